# SPDX-License-Identifier: Apache-2.0
"""What a job asks Slurm for, and what Slurm's commands print."""

import subprocess

import pytest

from flip_mm.experiments import slurm_queue
from flip_mm.experiments.slurm_options import parse_options, read_time
from flip_mm.experiments.slurm_queue import comment, parse_queue, partition_facts, queued_jobs


@pytest.mark.parametrize(
    ("words", "limit", "has_gpus", "expected"),
    [
        ([], None, False, dict(time=1440, cpus_per_task=1)),
        ([], 60, True, dict(time=60, cpus_per_task=5, gpus_per_node="1")),
        (["gpus=0"], None, True, dict(time=1440, cpus_per_task=1)),
        (["gpus=a100:2", "time=2-00:00:00"], 60, True, dict(time=2880, cpus_per_task=5, gpus_per_node="a100:2")),
        (["gres=gpu:1", "cpus_per_task=3"], None, True, dict(time=1440, cpus_per_task=3)),
    ],
)
def test_resources_of_a_job(words, limit, has_gpus, expected):
    parameters = parse_options(words).for_partition(limit, has_gpus).parameters()
    more = parameters.pop("additional_parameters")
    assert parameters == expected | dict(srun_args=[f"--cpus-per-task={expected['cpus_per_task']}"])
    assert more == dict(requeue=True) | (dict(gres="gpu:1") if words[:1] == ["gres=gpu:1"] else {})


def test_further_options_are_given_to_sbatch():
    options = parse_options(["--account=lab", "mem=16G", "qos=high", "restarts=3", "exclude=node[1-3]"])
    assert options.restarts == 3
    more = options.for_partition(None, False).parameters()["additional_parameters"]
    assert more == dict(requeue=True, account="lab", qos="high", exclude="node[1-3]", mem="16G")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["time"], r"--slurm-options takes KEY=VALUE, such as time=720 or account=NAME, got 'time'"),
        (["time="], "got 'time='"),
        (["a b=1"], "got 'a b=1'"),
        (["qos=x\n#SBATCH --uid=0"], "takes KEY=VALUE"),
        (["time=soon"], "time must be minutes, HH:MM:SS or D-HH:MM:SS, above 0, got 'soon'"),
        (["time=0"], "above 0, got '0'"),
        (["time=infinite"], "above 0, got 'infinite'"),
        (["gpus=two"], "gpus must be a number, or TYPE:NUMBER such as a100:1, got 'two'"),
        (["mem=lots"], "mem must be memory such as 16G, got 'lots'"),
        (["cpus-per-task=0"], "cpus-per-task must be a whole number of at least 1, got '0'"),
        (["restarts=-1"], "restarts must be a whole number of at least 0, got '-1'"),
        (["time=1", "time=2"], "time is given twice"),
        (["output=x"], "output: flip_mm sets it itself"),
    ],
)
def test_wrong_options(words, message):
    with pytest.raises(ValueError, match=message):
        parse_options(words)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("5", 5), ("1:30", 2), ("01:30:00", 90), ("2-0", 2880), ("1-02:03", 1563), ("1-00:00:01", 1441), ("infinite", None)],
)
def test_times_as_slurm_writes_them(text, minutes):
    assert read_time(text) == minutes


def test_jobs_of_others_are_not_ours():
    lines = [
        f"12|RUNNING|{comment('f1', 'c1')}",
        "13|PENDING|(null)",
        f"14|CANCELLED|{comment('f2', 'c2')}",
        "15|RUNNING|a|b",
        "",
    ]
    first, second = parse_queue("\n".join(lines))
    assert (first.number, first.folder, first.content, first.is_alive) == ("12", "f1", "c1", True)
    assert (second.number, second.state, second.is_alive) == ("14", "CANCELLED", False)


@pytest.fixture
def answers(tmp_path, monkeypatch):
    """answers(program, text, code): a program of Slurm that prints a text."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def write(program, text, code=0):
        path = tmp_path / program
        stream = " >&2" if code else ""
        path.write_text(f"#!/bin/sh\ncat{stream} <<'END'\n{text}\nEND\nexit {code}\n")
        path.chmod(0o755)

    return write


def test_facts_of_a_partition(answers):
    answers("sinfo", "cpu|up|infinite|(null)\ngpu|up|2-00:00:00|gpu:a100:4(S:0-1)\nold|down|1:00:00|(null)")
    assert partition_facts("cpu") == (None, False)
    assert partition_facts("gpu") == (2880, True)
    with pytest.raises(ValueError, match="--slurm 'gpus': Slurm has no partition of this name; there are: cpu, gpu, old"):
        partition_facts("gpus")
    with pytest.raises(ValueError, match="--slurm old: the partition is down"):
        partition_facts("old")


def test_a_slurm_that_does_not_answer(answers, monkeypatch):
    answers("squeue", "slurm_load_jobs error: Unable to contact slurm controller", code=1)
    with pytest.raises(RuntimeError, match=r"`squeue` ended with 'slurm_load_jobs error: Unable to contact slurm controller'"):
        queued_jobs()

    def wait(*_, **options):
        raise subprocess.TimeoutExpired("squeue", options["timeout"])

    monkeypatch.setattr(slurm_queue.subprocess, "run", wait)
    with pytest.raises(RuntimeError, match="`squeue` took more than 60 s"):
        queued_jobs()


def test_a_machine_without_slurm(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match="--slurm: there is no program 'sinfo'"):
        partition_facts("cpu")
