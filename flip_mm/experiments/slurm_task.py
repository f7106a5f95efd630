# SPDX-License-Identifier: Apache-2.0
"""What runs inside a job of Slurm: one job of the experiment, continued after a requeue."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from flip_mm.apis.errors import user_message
from flip_mm.utils.files import write_text

from .job import Job, Outcome, State, run_job

# Seconds.
LOCKED, POLL = 300, 5


class SlurmTask:
    """Runs a job of the experiment; submitit pickles it with the job and calls it on the machine of the cluster.

    The records of the work dirs say what is finished, so a job that was requeued continues where it was. When Slurm's time is
    over, submitit calls :meth:`checkpoint` and requeues the job.

    Args:
        folder: Where the outcome is written as JSON.
        environment: Environment variables of the trainings.
    """

    def __init__(self, folder: str, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment

    def __call__(self, job: Job) -> None:
        """Run the job, and write how it ended.

        Raises:
            SystemExit: SIGTERM stopped it.
        """
        path = outcome_file(self.folder, os.environ["SLURM_JOB_ID"])
        path.unlink(missing_ok=True)
        stop = threading.Event()
        # Of scancel, a requeue or a preemption, some seconds before SIGKILL. submitit ignores it.
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        try:
            outcome = self._run(job, stop)
        except (ValueError, OSError) as error:
            outcome = Outcome(job, State.FAILED, reason=user_message(error) or str(error))
        if outcome.state is State.INTERRUPTED:
            # Slurm knows whether it starts the job again.
            raise SystemExit("Stopped by SIGTERM. The training continues when the job is started again.")
        write_outcome(path, outcome)

    def _run(self, job: Job, stop: threading.Event) -> Outcome:
        """Run the job; the lock of a machine that failed lasts until the file system has noticed it."""
        patience = time.monotonic() + LOCKED
        while True:
            try:
                return run_job(job, self.environment, stop)
            except BlockingIOError:
                if time.monotonic() > patience or stop.wait(POLL):
                    raise

    def checkpoint(self, job: Job) -> Any:
        """Return what submitit starts after a requeue: the same again."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self, job)


def outcome_file(folder: str | Path, number: str) -> Path:
    """Return the path of the outcome of one of Slurm's jobs."""
    return Path(folder, f"{number}_outcome.json")


def write_outcome(path: Path, outcome: Outcome) -> None:
    """Write an outcome without its job, which contains paths of this machine only in ``log``."""
    plain = dict(state=outcome.state.value, seconds=outcome.seconds, reason=outcome.reason, log=outcome.log)
    write_text(path, json.dumps(plain, indent=1) + "\n")


def read_outcome(path: Path, job: Job) -> Outcome | None:
    """Return the outcome of a job; None if there is none that can be read."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return Outcome(job, State(plain["state"]), float(plain["seconds"]), str(plain["reason"]), str(plain["log"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
