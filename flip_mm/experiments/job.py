# SPDX-License-Identifier: Apache-2.0
"""One job of an experiment: a training and what follows from it, each a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from flip_mm.utils.folder_lock import FolderLock

from .process import run_process
from .record_state import RecordState, state_of


@dataclass(frozen=True)
class Stage:
    """One training or test, an ordinary call of ``flip_mm``.

    Attributes:
        arguments: Command and arguments without ``--work-dir``: ``("train", "flip_v_demo", "--seed", "0")``.
        work_dir: Its work dir.
        expected: What the record of the finished stage says: ``config``, ``run``, ``seed`` and ``data`` of a training, ``run``
            of a test.
        after: Work dir of the training that this stage starts from, or tests; ``''`` for none.
        checkpoint: Pattern of the checkpoint in ``after``; ``''`` for the last one.
    """

    arguments: tuple[str, ...]
    work_dir: str
    expected: Mapping[str, Any] = field(default_factory=dict, compare=False)
    after: str = ""
    checkpoint: str = ""

    @property
    def action(self) -> str:
        """``'train'`` or ``'test'``."""
        return self.arguments[0]

    @property
    def log(self) -> Path:
        """The file with everything that the process prints, of all its starts."""
        return Path(self.work_dir, f"{self.action}.log")


@dataclass(frozen=True)
class Job:
    """A chain of stages for one config, run and seed; plain data, which can be pickled.

    Attributes:
        name: For people: ``'flip_v_demo ICM->O seed 0'``.
        folder: Work dir of the last training; two runners never do the same job at the same time, because it is locked.
        stages: In their order.
        planned: Iterations of all trainings, for the remaining time; 0 if unknown.
    """

    name: str
    folder: str
    stages: tuple[Stage, ...]
    planned: int = 0


class State(Enum):
    """How a job ended."""

    FINISHED = "finished"
    SKIPPED = "finished before"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Outcome:
    """The end of a job.

    Attributes:
        job: The job.
        state: How it ended.
        seconds: Duration.
        reason: Last line that a failed process printed.
        log: Its log.
    """

    job: Job
    state: State
    seconds: float = 0.0
    reason: str = ""
    log: str = ""


def is_finished(job: Job) -> bool:
    """Return whether the records of all stages say that they are finished.

    Raises:
        ValueError: A record is damaged, or of a training with other settings.
    """
    return all(state_of(stage) is RecordState.FINISHED for stage in job.stages)


def run_job(job: Job, environment: Mapping[str, str] | None = None, stop: threading.Event | None = None) -> Outcome:
    """Run the stages that are not finished, one after another, and wait for them.

    A process that was stopped in the middle is continued from its last checkpoint.

    Args:
        job: The job.
        environment: Environment variables of the processes, in addition to those of this one.
        stop: When it is set, the running process is asked to end (SIGTERM) and the job is interrupted.

    Returns:
        How the job ended; errors of the processes do not raise.

    Raises:
        BlockingIOError: Another runner is doing this job.
        ValueError: A record is damaged, or of a training with other settings.
        OSError: A folder cannot be written.
    """
    begin, stop = time.monotonic(), stop or threading.Event()
    Path(job.folder).mkdir(parents=True, exist_ok=True)
    with FolderLock(job.folder, "run"):
        if is_finished(job):
            return Outcome(job, State.SKIPPED)
        for stage in job.stages:
            if state_of(stage) is RecordState.FINISHED:
                continue
            reason = run_process(stage, environment or {}, stop)
            seconds = time.monotonic() - begin
            if stop.is_set():
                return Outcome(job, State.INTERRUPTED, seconds)
            if reason:
                return Outcome(job, State.FAILED, seconds, reason, str(stage.log))
        return Outcome(job, State.FINISHED, time.monotonic() - begin)
