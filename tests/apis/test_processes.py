# SPDX-License-Identifier: Apache-2.0
import json
import logging
import os

import pytest
import torch

from flip_mm.apis.processes import check_launcher, run_main

NAMES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "LOCAL_WORLD_SIZE", "SLURM_JOB_ID", "TORCHELASTIC_ERROR_FILE")
TORCHRUN = dict(RANK="0", WORLD_SIZE="2", MASTER_ADDR="localhost", MASTER_PORT="1", LOCAL_WORLD_SIZE="2")
SLURM = dict(SLURM_PROCID="0", SLURM_NTASKS="2", SLURM_NODELIST="a,b")


@pytest.fixture
def environment(monkeypatch):
    """environment(NAME=value): what a launcher would have set, and nothing else."""
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that a test's own changes are undone
        monkeypatch.delenv(name)
    return lambda **values: [monkeypatch.setenv(name, value) for name, value in values.items()]


def test_one_process_needs_no_launcher(environment):
    check_launcher("none")
    environment(WORLD_SIZE="1")
    check_launcher("none")


def test_processes_without_a_common_group_are_refused(environment):
    environment(**TORCHRUN)
    check_launcher("pytorch")
    with pytest.raises(ValueError, match=r"2 processes were started \(WORLD_SIZE\) without --launcher"):
        check_launcher("none")


@pytest.mark.parametrize(
    ("launcher", "message"),
    [
        ("pytorch", r"RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT not set in the environment. Start with bash tools/dist_train"),
        ("slurm", r"SLURM_PROCID, SLURM_NTASKS, SLURM_NODELIST not set in the environment. Start with bash tools/slurm_train"),
        ("mpi", r"OMPI_COMM_WORLD_RANK, .*, MASTER_ADDR not set in the environment. Start with mpirun"),
    ],
)
def test_a_launcher_option_without_its_launcher_is_refused(environment, launcher, message):
    with pytest.raises(ValueError, match=f"--launcher {launcher}: {message}"):
        check_launcher(launcher)


def test_more_processes_than_gpus(environment, monkeypatch):
    environment(**TORCHRUN)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="2 processes were started on this machine and 1 GPUs are visible: start at most 1"):
        check_launcher("pytorch")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    check_launcher("pytorch")


def test_slurm_jobs_on_one_machine_use_different_ports(environment):
    ports = set()
    for job in ("4711", "4712"):
        environment(SLURM_JOB_ID=job, **SLURM)
        os.environ.pop("MASTER_PORT", None)
        check_launcher("slurm")
        ports.add(int(os.environ["MASTER_PORT"]))
    assert len(ports) == 2
    assert all(10_000 <= port < 30_000 for port in ports)
    environment(MASTER_PORT="1234")
    check_launcher("slurm")
    assert os.environ["MASTER_PORT"] == "1234"


def test_warnings_of_other_libraries_come_from_the_first_process(environment):
    level = logging.getLogger().level
    try:
        environment(**TORCHRUN)
        check_launcher("pytorch")
        assert logging.getLogger().level == level
        environment(RANK="1")
        check_launcher("pytorch")
        assert logging.getLogger().level == logging.ERROR
    finally:
        logging.getLogger().setLevel(level)


def fail():
    raise FileNotFoundError(2, "No list", "txt")


def test_the_launcher_prints_the_error_if_there_is_one(environment, tmp_path, capfd):
    assert run_main(fail) == 2
    assert capfd.readouterr().err.endswith(": error: No list: 'txt'. Check the path.\n")
    environment(TORCHELASTIC_ERROR_FILE=str(tmp_path / "error.json"))
    assert run_main(fail) == 2
    error = json.loads((tmp_path / "error.json").read_text())["message"]
    assert error["message"] == "Refusal: No list: 'txt'. Check the path."
    assert "in fail" in error["extraInfo"]["py_callstack"]
    assert run_main(lambda: {}["x"]) == 1
    assert json.loads((tmp_path / "error.json").read_text())["message"]["message"] == "KeyError: 'x'"
    assert "".join(capfd.readouterr()) == ""


def test_the_process_group_is_destroyed_at_the_end(processes, environment):
    def run(rank):
        run_main(lambda: None)
        parted = not torch.distributed.is_initialized()
        torch.distributed.init_process_group("gloo", store=torch.distributed.HashStore(), rank=0, world_size=1)
        return parted

    assert processes(2, run) == [True, True]
