# SPDX-License-Identifier: Apache-2.0
"""Several jobs at a time, with functions in place of trainings."""

import threading
import time

import pytest

from flip_mm.experiments import pool
from flip_mm.experiments.devices import devices
from flip_mm.experiments.job import Job, Outcome, State
from flip_mm.experiments.pool import LocalPool

JOBS = [Job(f"job {number}", f"folder{number}", ()) for number in range(6)]


@pytest.fixture
def run(monkeypatch):
    """run(do, places): outcomes of JOBS; do(job, device, stop) stands for run_job."""

    def start(do, places=2):
        monkeypatch.setattr(pool, "run_job", do)
        monkeypatch.setattr(pool, "POLL", 0.05)
        return LocalPool([{"GPU": str(number)} for number in range(places)]).run(JOBS)

    return start


def test_every_job_is_done_once_and_one_at_a_time_on_each_device(run):
    busy, most, lock = {}, [], threading.Lock()

    def do(job, device, stop):
        with lock:
            assert not busy.get(device["GPU"])
            busy[device["GPU"]] = True
            most.append(sum(busy.values()))
        time.sleep(0.02)
        busy[device["GPU"]] = False
        return Outcome(job, State.FINISHED)

    assert sorted(outcome.job.name for outcome in run(do)) == [job.name for job in JOBS]
    assert max(most) == 2


def test_a_failed_job_does_not_end_the_others(run):
    def do(job, device, stop):
        if job is JOBS[1]:
            raise OSError(28, "No space left on device: 'x' was not written")
        return Outcome(job, State.FAILED if job is JOBS[2] else State.FINISHED, reason="loss is NaN")

    outcomes = {outcome.job.name: outcome for outcome in run(do)}
    assert len(outcomes) == 6
    assert outcomes["job 1"].state is outcomes["job 2"].state is State.FAILED
    assert "No space left" in outcomes["job 1"].reason
    assert sum(outcome.state is State.FINISHED for outcome in outcomes.values()) == 4


def test_a_job_of_another_runner_is_left_for_the_end(run):
    order, tries = [], []

    def do(job, device, stop):
        if job is JOBS[0]:
            tries.append(job)
            if len(tries) < 3:
                raise BlockingIOError(11, "Another run is writing")
        order.append(job.name)
        return Outcome(job, State.SKIPPED if job is JOBS[0] else State.FINISHED)

    list(run(do, places=1))
    assert len(tries) == 3
    assert order == [job.name for job in [*JOBS[1:], JOBS[0]]]


def test_closing_stops_the_jobs_and_waits_for_them(run):
    ended = []

    def do(job, device, stop):
        if job is not JOBS[0]:
            assert stop.wait(30)
            time.sleep(0.05)
            ended.append(job)
        return Outcome(job, State.INTERRUPTED if stop.is_set() else State.FINISHED)

    running = run(do, places=2)
    assert next(running).job is JOBS[0]
    running.close()
    assert 1 <= len(ended) <= 2


def test_a_fault_is_raised(run):
    def do(job, device, stop):
        raise KeyError("a fault")

    with pytest.raises(KeyError):
        list(run(do))


@pytest.mark.parametrize(
    ("count", "visible", "arguments", "places"),
    [
        (0, None, {}, [""]),
        (0, None, dict(parallel=3), ["", "", ""]),
        (2, None, {}, ["0", "1"]),
        (2, None, dict(parallel=1), [""]),
        (4, None, dict(gpus=[1, 3]), ["1", "3"]),
        (2, "5,GPU-7f", dict(gpus=[1]), ["GPU-7f"]),
    ],
)
def test_devices(monkeypatch, count, visible, arguments, places):
    monkeypatch.setattr("torch.cuda.device_count", lambda: count)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert [device["CUDA_VISIBLE_DEVICES"] for device in devices(**arguments)] == places


@pytest.mark.parametrize(
    ("count", "words"), [(0, "there is none: use --parallel N"), (1, "there is only GPU 0"), (4, "the numbers are 0 to 3")]
)
def test_a_gpu_that_does_not_exist(monkeypatch, count, words):
    monkeypatch.setattr("torch.cuda.device_count", lambda: count)
    with pytest.raises(ValueError, match=f"no GPU 4 here, {words}"):
        devices(gpus=[0, 4] if count else [4])
