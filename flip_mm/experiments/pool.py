# SPDX-License-Identifier: Apache-2.0
"""Run jobs on this machine, several at a time."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from .job import Job, Outcome, State, run_job

# Seconds between two looks at a job that another runner is doing.
POLL = 2.0


class Pool(Protocol):
    """Runs jobs somewhere: on this machine, or in a cluster.

    Attributes:
        left_behind: What happened to the jobs when the iterator was closed, for a message.
    """

    left_behind: str

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Run all jobs by :func:`~flip_mm.experiments.job.run_job`.

        Yields:
            The outcome of each job, when it ends. Closing the iterator, as Ctrl-C does, ends all processes on this machine.
        """
        ...


class LocalPool:
    """Runs one job at a time on each device of this machine.

    A job that another runner is doing is left for the end; when that runner has ended it, it is skipped, and when that runner
    was killed, it is continued here.

    Args:
        devices: Environment variables of each place for a job, see :func:`~flip_mm.experiments.devices.devices`.
    """

    left_behind = "the running trainings were ended. The same command continues them from their last checkpoints."

    def __init__(self, devices: Sequence[Mapping[str, str]]) -> None:
        self.devices = devices

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """See :class:`Pool`."""
        waiting, stop = _Waiting(jobs), threading.Event()
        ended: queue.Queue[Outcome | BaseException] = queue.Queue()
        workers = [
            threading.Thread(target=_work, args=(waiting, device, stop, ended), daemon=True)
            for device in self.devices[: len(jobs)]
        ]
        for worker in workers:
            worker.start()
        try:
            for _ in jobs:
                outcome = ended.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                yield outcome
        finally:
            stop.set()
            for worker in workers:
                worker.join()


class _Waiting:
    """The jobs that wait; those that another runner is doing have a time before which they are not tried again."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = deque((0.0, job) for job in jobs)
        self._lock = threading.Lock()

    def take(self) -> tuple[float, Job] | None:
        """Remove and return the first job with its time; None if there is no job."""
        with self._lock:
            return self._jobs.popleft() if self._jobs else None

    def put_back(self, job: Job) -> None:
        """Add a job at the end."""
        with self._lock:
            self._jobs.append((time.monotonic() + POLL, job))


def _work(waiting: _Waiting, device: Mapping[str, str], stop: threading.Event, ended: queue.Queue) -> None:
    """Do jobs until there are no more."""
    while not stop.is_set() and (taken := waiting.take()) is not None:
        earliest, job = taken
        stop.wait(max(0.0, earliest - time.monotonic()))
        if stop.is_set():
            return
        try:
            ended.put(run_job(job, device, stop))
        except BlockingIOError:
            waiting.put_back(job)
        except (OSError, ValueError) as error:
            # Of this job only: its folder cannot be written, the disk is full.
            ended.put(Outcome(job, State.FAILED, reason=str(error)))
        except BaseException as error:  # a fault, which ends the main thread, too
            ended.put(error)
            return
