# SPDX-License-Identifier: Apache-2.0
"""The commands of the launcher scripts, without running them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from torch.distributed import DistNetworkError
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture
def launch(load_tool):
    return load_tool("_launch.py")


def test_on_one_machine_a_free_port_is_found(launch):
    assert launch.torchrun_arguments("4", {}) == ["--standalone", "--nproc-per-node=4"]


def test_the_variables_of_mmpretrain(launch):
    one = launch.torchrun_arguments("4", dict(PORT="1234"))
    assert one == ["--nnodes=1", "--node-rank=0", "--master-addr=127.0.0.1", "--master-port=1234", "--nproc-per-node=4"]
    many = launch.torchrun_arguments("8", dict(NNODES="3", NODE_RANK="2", MASTER_ADDR="first"))
    assert many == ["--nnodes=3", "--node-rank=2", "--master-addr=first", "--master-port=29500", "--nproc-per-node=8"]


@pytest.mark.parametrize(
    ("processes", "environment", "message"),
    [
        ("two", {}, "GPUS must be a whole number above 0, got 'two'"),
        ("0", {}, "GPUS must be a whole number above 0, got '0'"),
        ("2", dict(NNODES="-1"), "NNODES must be a whole number above 0, got '-1'"),
        ("2", dict(NNODES="2", NODE_RANK="1"), "NNODES=2: set MASTER_ADDR to the address of the first machine"),
        ("2", dict(NNODES="2", MASTER_ADDR="first"), "NODE_RANK to 0 there"),
    ],
)
def test_missing_variables_are_named(launch, processes, environment, message):
    with pytest.raises(ValueError, match=message):
        launch.torchrun_arguments(processes, environment)


def failure(tmp_path, rank, message, moment, exitcode=1):
    """A failed process that left an error, or none."""
    path = tmp_path / f"{rank}.json"
    found = ProcessFailure(local_rank=rank, pid=1, exitcode=exitcode, error_file=str(path))
    if message:
        path.write_text("{}")
        os.utime(path, (moment, moment))
        # Whole seconds, as torch keeps them, do not tell who was first.
        found.message, found.timestamp, found.error_file = dict(extraInfo=dict(py_callstack=message)), int(moment), str(path)
    else:
        found.timestamp = int(moment)
    return found


@pytest.fixture
def ends(launch, monkeypatch, capsys):
    """ends(exception): the exit code when torchrun ends with it, and what the launcher says."""

    def run(exception, **environment):
        def stop(arguments):
            raise exception

        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["_launch.py", "2", "train.py"])
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS"):
            monkeypatch.setenv(name, "1")
        monkeypatch.setattr(launch.run, "main", stop)
        code = launch.main()
        return code, capsys.readouterr().err

    return run


def test_the_message_comes_from_the_process_that_failed_first(ends, tmp_path):
    failures = {0: failure(tmp_path, 0, "Connection closed", 1000.9), 1: failure(tmp_path, 1, "KeyError: 'x'\n", 1000.2)}
    assert ends(ChildFailedError("train.py", failures)) == (1, "Process 1 failed, the others were ended:\n\nKeyError: 'x'\n")


def test_an_error_of_the_user_is_one_line(ends, tmp_path):
    failures = {rank: failure(tmp_path, rank, "Traceback ...", 1000 + rank) for rank in (0, 1)}
    for found in failures.values():
        found.message["message"] = "Refusal: No list at 'txt': see docs."
    assert ends(ChildFailedError("train.py", failures)) == (2, "No list at 'txt': see docs.\n")
    code, told = ends(ChildFailedError("train.py", failures), FLIP_MM_TRACEBACK="1")
    assert (code, told.splitlines()[-2:]) == (2, ["Traceback ...", "No list at 'txt': see docs."])


def test_a_process_that_left_no_error(ends, tmp_path):
    killed = ends(ChildFailedError("train.py", {1: failure(tmp_path, 1, "", 1000, exitcode=-9)}))
    assert killed == (1, "Process 1 ended with exit code -9, SIGKILL; see its output above.\n")
    usage = ends(ChildFailedError("train.py", {0: failure(tmp_path, 0, "", 1000, exitcode=2)}))
    assert usage == (2, "Process 0 ended with exit code 2; see its output above.\n")


def test_a_port_in_use_and_an_interruption(ends):
    said = ends(DistNetworkError("port: 1234, code: -98, name: EADDRINUSE"), PORT="1234")
    assert said == (2, "PORT=1234 is in use on this machine: set another PORT. On one machine it may be left unset.\n")
    assert ends(SignalException("Ctrl-C", 2)) == (130, "")
    assert ends(SignalException("of a cluster", 15)) == (130, "")


SETTINGS = ("GPUS", "GPUS_PER_NODE", "NTASKS", "NTASKS_PER_NODE", "CPUS_PER_TASK", "SRUN_ARGS", "PYTHON")
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")


def script(name, *arguments, path=None, **environment):
    variables = {k: v for k, v in os.environ.items() if k not in SETTINGS + THREADS}
    variables |= environment
    if path:
        variables["PATH"] = f"{path}{os.pathsep}{variables['PATH']}"
    return subprocess.run(["bash", str(TOOLS / name), *arguments], capture_output=True, text=True, env=variables)


@pytest.fixture
def printing(tmp_path):
    """A folder with programs that print their arguments in place of running."""
    for name in ("python", "srun"):
        program = tmp_path / name
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
        program.chmod(0o755)
    return tmp_path


def test_what_the_scripts_start(printing):
    train = script("dist_train.sh", "c.py", "2", "--cfg-options", "a=[1, 2]", path=printing).stdout.splitlines()
    assert train == [
        *(str(TOOLS / "_launch.py"), "2", str(TOOLS / "train.py"), "c.py", "--launcher", "pytorch"),
        *("--cfg-options", "a=[1, 2]"),
    ]
    test = script("dist_test.sh", "c.py", "w.pth", "2", "--seed", "1", path=printing).stdout.splitlines()
    assert test[1:] == ["2", str(TOOLS / "test.py"), "c.py", "w.pth", "--launcher", "pytorch", "--seed", "1"]
    own = script("dist_train.sh", "c.py", "2", PYTHON=str(printing / "srun")).stdout.splitlines()
    assert own == train[:6]


def test_the_options_for_slurm(printing):
    asked = script("slurm_train.sh", "gpu", "flip", "c.py", "--amp", path=printing, GPUS="4", SRUN_ARGS="--qos high").stdout
    assert asked.splitlines() == [
        *("--partition=gpu", "--job-name=flip", "--gres=gpu:4", "--ntasks=4", "--ntasks-per-node=4", "--cpus-per-task=5"),
        *("--kill-on-bad-exit=1", "--qos", "high", "python", "-u", str(TOOLS / "train.py"), "c.py"),
        *("--launcher", "slurm", "--amp"),
    ]
    assert "--ntasks=16\n--ntasks-per-node=8" in script("slurm_train.sh", "p", "j", "c.py", path=printing, GPUS="16").stdout
    assert "--ntasks=8\n--ntasks-per-node=8" in script("slurm_train.sh", "p", "j", "c.py", path=printing).stdout


def test_tasks_without_a_gpu_for_slurm(printing):
    asked = script("slurm_train.sh", "cpu", "flip", "c.py", path=printing, GPUS="0", NTASKS="4", NTASKS_PER_NODE="2").stdout
    assert asked.splitlines() == [
        *("--partition=cpu", "--job-name=flip", "--ntasks=4", "--ntasks-per-node=2", "--cpus-per-task=1"),
        *("--kill-on-bad-exit=1", "python", "-u", str(TOOLS / "train.py"), "c.py", "--launcher", "slurm"),
    ]
    (printing / "srun").write_text('#!/bin/sh\necho "$OMP_NUM_THREADS $MKL_NUM_THREADS <$CUDA_VISIBLE_DEVICES>"\n')
    settings = dict(GPUS="0", CPUS_PER_TASK="3", CUDA_VISIBLE_DEVICES="1", path=printing)
    assert script("slurm_train.sh", "cpu", "flip", "c.py", **settings).stdout == "3 3 <>\n"


@pytest.mark.parametrize("name", ["dist_train.sh", "dist_test.sh", "slurm_train.sh"])
def test_usage(name):
    ended = script(name, "c.py")
    assert ended.returncode == 2
    assert f"Usage: bash tools/{name} " in ended.stderr
