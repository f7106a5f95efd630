# SPDX-License-Identifier: Apache-2.0
"""One job of an experiment: a training and what follows from it, each a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from flip_mm.utils.folder_lock import FolderLock

from .process import run_process
from .record_state import RecordState, state_of
from .stage import Stage


@dataclass(frozen=True)
class Job:
    """A chain of stages for one config, run and seed; plain data, which can be pickled.

    Attributes:
        name: For people: ``'flip_v_demo ICM->O seed 0'``.
        folder: Work dir of the last training; two runners never do the same job at the same time, because it is locked.
        stages: In their order.
        space: Estimated bytes of all checkpoints.
    """

    name: str
    folder: str
    stages: tuple[Stage, ...]
    space: int = 0


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
            reason = run_process(stage, environment or {}, stop) or _unfinished(stage)
            seconds = time.monotonic() - begin
            if reason:
                state = State.INTERRUPTED if stop.is_set() else State.FAILED
                return Outcome(job, state, seconds, reason, str(stage.log))
            stage.move_files()
        return Outcome(job, State.FINISHED, time.monotonic() - begin)


def _unfinished(stage: Stage) -> str:
    """What is wrong with the record of a process that did not fail; '' if nothing is."""
    try:
        state = state_of(stage)
    except ValueError as error:
        return str(error)
    return "" if state is RecordState.FINISHED else f"its record in '{stage.work_dir}' does not say that it is finished"
