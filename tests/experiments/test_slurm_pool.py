# SPDX-License-Identifier: Apache-2.0
"""Submitting and waiting, with programs in place of Slurm's that only take note."""

import json
import os
import re
import sys
import time

import pytest

from flip_mm.experiments import slurm_pool, slurm_task
from flip_mm.experiments.job import Job, Outcome, State
from flip_mm.experiments.slurm_options import SlurmOptions
from flip_mm.experiments.slurm_pool import SlurmPool
from flip_mm.experiments.slurm_queue import parse_queue
from flip_mm.experiments.slurm_task import SlurmTask, outcome_file, read_outcome, write_outcome
from flip_mm.experiments.stage import Stage
from flip_mm.experiments.summary import closing_text
from flip_mm.utils.folder_lock import FolderLock

pytest.importorskip("submitit")

# Submits nothing: copies the script, and answers as Slurm does. A file `full` is a limit on the number of jobs.
SBATCH = """#!/bin/sh
cd "$(dirname "$0")"
number=$((100 + $(ls | grep -c "^script")))
if [ -e full ] && [ "$number" -ge "$(cat full)" ]; then
    echo "sbatch: error: QOSMaxSubmitJobPerUserLimit" >&2
    echo "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit)" >&2
    exit 1
fi
cp "$1" "script$number"
echo "Submitted batch job $number"
"""


class Queue:
    """Slurm's queue: the states of the jobs, and what happens when it is asked."""

    def __init__(self, folder):
        self.folder, self.states, self.plan, self.cancelled = folder, {}, [], []

    def script(self, number):
        return (self.folder / f"script{number}").read_text()

    def numbers(self):
        return sorted(path.name.removeprefix("script") for path in self.folder.glob("script*"))

    def ask(self):
        if self.plan:
            self.plan.pop(0)()
        lines = []
        for number in self.numbers():
            (said,) = re.findall(r"#SBATCH --comment='(.*)'", self.script(number))
            if (state := self.states.get(number, "PENDING")) != "GONE":
                lines.append(f"{number}|{state}|{said}")
        return list(parse_queue("\n".join(lines)))


@pytest.fixture
def finished():
    """Names of the jobs that their records call finished."""
    return set()


@pytest.fixture
def queue(tmp_path, monkeypatch, finished):
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, text in (("sbatch", SBATCH), ("srun", "#!/bin/sh\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    made = Queue(folder)
    monkeypatch.setattr(slurm_pool, "queued_jobs", made.ask)
    monkeypatch.setattr(slurm_pool, "cancel", made.cancelled.append)
    monkeypatch.setattr(slurm_pool, "partition_facts", lambda name: (None, False))
    monkeypatch.setattr(slurm_pool, "is_finished", lambda job: job.name in finished)
    return made


@pytest.fixture
def make(tmp_path, queue):
    def pool(**options):
        return SlurmPool("cpu", tmp_path / "work", SlurmOptions(**options), poll=0, delay=0)

    return pool


@pytest.fixture
def jobs(tmp_path):
    def job(name, *options):
        folder = str(tmp_path / "work" / name)
        return Job(name, folder, (Stage(("train", "flip_v_demo", *options), folder),))

    return [job("one"), job("two"), job("two", "--seed", "1")]


def test_jobs_are_submitted_and_the_records_decide(make, jobs, queue, finished, tmp_path):
    pool, work = make(time=90, mem="4G", others=dict(account="lab")), tmp_path / "work/.slurm"

    def end():
        finished.add("one")
        queue.states |= {"100": "COMPLETED", "101": "FAILED"}
        write_outcome(outcome_file(work, "101"), Outcome(jobs[1], State.FAILED, 3.0, "no data", "its.log"))

    queue.plan = [lambda: None, lambda: None, end]
    one, two = pool.run(jobs[:2])
    assert (one.job.name, one.state) == ("one", State.FINISHED)
    assert two == Outcome(jobs[1], State.FAILED, 3.0, "no data", "its.log")
    script = queue.script("100")
    lines = [
        "partition=cpu",
        "time=90",
        "mem=4G",
        "account=lab",
        "cpus-per-task=1",
        "requeue",
        "job-name=one",
        "signal=USR2@90",
    ]
    for line in lines:
        assert f"#SBATCH --{line}\n" in script
    assert "gpus" not in script
    assert f"srun --unbuffered --output {work}/%j_%t_log.out --cpus-per-task=1 {sys.executable} " in script
    assert {path.name for path in work.glob("*.pkl")} == {"100_submitted.pkl", "101_submitted.pkl"}


def test_finished_jobs_are_not_submitted(make, jobs, queue, finished):
    finished.add("one")
    assert [outcome.state for outcome in make().run(jobs[:1])] == [State.SKIPPED]
    assert queue.numbers() == []


def test_a_second_runner_finds_the_jobs(make, jobs, queue, finished):
    first = make().run(jobs[:2])
    queue.plan = [lambda: None, lambda: 1 / 0]
    with pytest.raises(ZeroDivisionError):  # killed
        next(first)
    queue.states["100"] = "RUNNING"

    def end():
        finished.update(("one", "two"))
        queue.states |= {"100": "GONE", "101": "COMPLETED"}

    queue.plan = [lambda: None, end]
    assert [outcome.state for outcome in make().run(jobs[:2])] == [State.FINISHED] * 2
    assert queue.numbers() == ["100", "101"]


def test_two_runners_do_not_submit_at_once(make, jobs, queue, finished, tmp_path):
    folder = tmp_path / "work/.slurm"
    folder.mkdir(mode=0o700, parents=True)
    read, write = os.pipe()
    other = os.fork()
    if not other:
        with FolderLock(folder, "submission"):
            os.write(write, b"locked")
            time.sleep(0.3)
            (tmp_path / "submitted").touch()
        os._exit(0)
    assert os.read(read, 6) == b"locked"

    def end():
        assert (tmp_path / "submitted").exists()
        finished.add("one")
        queue.states["100"] = "COMPLETED"

    queue.plan = [lambda: None, end]
    assert [outcome.state for outcome in make().run(jobs[:1])] == [State.FINISHED]
    os.waitpid(other, 0)


def test_a_job_without_its_file_is_submitted_again(make, jobs, queue, finished, tmp_path):
    first = make().run(jobs[:1])
    queue.plan = [lambda: None, lambda: 1 / 0]
    with pytest.raises(ZeroDivisionError):
        next(first)
    (tmp_path / "work/.slurm/100_submitted.pkl").unlink()
    queue.plan = [lambda: None, lambda: (finished.add("one"), queue.states.update({"101": "COMPLETED"}))]
    assert [outcome.state for outcome in make().run(jobs[:1])] == [State.FINISHED]
    assert (queue.cancelled, queue.numbers()) == (["100"], ["100", "101"])


def test_other_settings_in_the_same_folder_are_refused(make, jobs, queue):
    queue.plan = [lambda: None, lambda: 1 / 0]
    with pytest.raises(ZeroDivisionError):
        next(make().run([jobs[1]]))
    with pytest.raises(ValueError, match=r"Slurm's job 100 works in '.*two' with other settings: wait for it, or"):
        next(make().run([jobs[2]]))


def test_a_folder_that_others_can_write_to_is_refused(make, jobs, queue, tmp_path):
    folder = tmp_path / "work/.slurm"
    folder.mkdir(parents=True)
    folder.chmod(0o775)
    with pytest.raises(ValueError, match=r"others can write to it, and Slurm's jobs execute its files: remove it"):
        next(make().run(jobs))
    folder.rmdir()
    queue.plan = [lambda: None, lambda: 1 / 0]
    with pytest.raises(ZeroDivisionError):
        next(make().run(jobs[:1]))
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("state", "restarts", "submitted"), [("CANCELLED", 5, 1), ("PREEMPTED", 5, 6), ("NODE_FAIL", 0, 1)])
def test_a_job_that_slurm_ended(make, jobs, queue, state, restarts, submitted):
    def end():
        queue.states |= dict.fromkeys(queue.numbers(), state)

    queue.plan = [end] * 20
    (outcome,) = make(restarts=restarts).run(jobs[:1])
    assert outcome.state is State.FAILED
    last = 99 + submitted
    assert outcome.reason == f"Slurm's job {last} ended ({state}) before it was finished"
    assert len(queue.numbers()) == submitted
    # It has no log.
    assert closing_text([outcome], "work").endswith(f"  one: {outcome.reason}")


def test_a_limit_on_the_number_of_jobs(make, jobs, queue, finished):
    (queue.folder / "full").write_text("101")

    def free():
        finished.add("one")
        queue.states["100"] = "COMPLETED"
        (queue.folder / "full").unlink()

    def end():
        finished.add("two")
        queue.states["101"] = "COMPLETED"

    queue.plan = [*[lambda: None] * 4, free, lambda: None, end]
    assert [outcome.job.name for outcome in make().run(jobs[:2])] == ["one", "two"]
    (queue.folder / "full").write_text("0")
    finished.clear()
    queue.states |= {"100": "GONE", "101": "GONE"}
    with pytest.raises(RuntimeError, match=r"Slurm refuses 'one': sbatch: error: Batch job submission failed: "):
        next(make().run(jobs[:1]))


def test_slurm_does_not_answer_for_a_while(make, jobs, queue, finished):
    def fail():
        raise RuntimeError("Slurm does not answer.")

    queue.plan = [lambda: None, fail, lambda: (finished.add("one"), queue.states.update({"100": "COMPLETED"}))]
    with pytest.warns(UserWarning, match="Slurm does not answer. Its jobs are not lost: asking again."):
        assert [outcome.state for outcome in make().run(jobs[:1])] == [State.FINISHED]


def test_without_submitit(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(ImportError, match=r'--slurm needs submitit: pip install "flip_mm\[slurm\]"'):
        SlurmPool("cpu", tmp_path)


@pytest.mark.parametrize("state", [State.FINISHED, State.FAILED, State.INTERRUPTED])
def test_what_runs_in_a_job(jobs, tmp_path, monkeypatch, state):
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setattr(slurm_task.signal, "signal", lambda *_: None)
    monkeypatch.setattr(slurm_task, "run_job", lambda job, environment, stop: Outcome(job, state, 2.0, "", environment["A"]))
    path, task = outcome_file(tmp_path, "7"), SlurmTask(str(tmp_path), {"A": "log"})
    path.write_text("of an earlier start")
    if state is State.INTERRUPTED:
        with pytest.raises(SystemExit, match="Stopped by SIGTERM"):
            task(jobs[0])
        assert not path.exists()
    else:
        task(jobs[0])
        assert read_outcome(path, jobs[0]) == Outcome(jobs[0], state, 2.0, "", "log")
        assert "job" not in json.loads(path.read_text())
    again = task.checkpoint(jobs[0])
    assert (again.function, again.args) == (task, (jobs[0],))


def test_an_error_in_a_job_is_its_outcome(jobs, tmp_path, monkeypatch):
    def refuse(*_):
        raise ValueError("another training")

    monkeypatch.setenv("SLURM_JOB_ID", "7")
    monkeypatch.setattr(slurm_task.signal, "signal", lambda *_: None)
    monkeypatch.setattr(slurm_task, "run_job", refuse)
    SlurmTask(str(tmp_path), {})(jobs[0])
    found = read_outcome(outcome_file(tmp_path, "7"), jobs[0])
    assert (found.state, found.reason) == (State.FAILED, "another training")
    outcome_file(tmp_path, "7").write_text("[1")
    assert read_outcome(outcome_file(tmp_path, "7"), jobs[0]) is None
