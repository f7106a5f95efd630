# SPDX-License-Identifier: Apache-2.0
"""Read from logs how far jobs are, and estimate the remaining time."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from flip_mm.utils.files import read_tail

from .job import Job

STEP = re.compile(rb"^train (\d+)/(\d+)", re.MULTILINE)


def share_done(job: Job) -> float:
    """Return how much of a job is done, 0 to 1, from the last step in the logs of its trainings."""
    trainings = [stage for stage in job.stages if stage.action == "train"]
    shares = [_share(read_tail(stage.log)) if stage.log.is_file() else 0.0 for stage in trainings]
    return sum(shares) / max(1, len(shares))


def seconds_left(jobs: Sequence[Job], ended: Collection[Job], at_start: float, elapsed: float) -> float | None:
    """Estimate the remaining time of all jobs from what was done since the start.

    Args:
        jobs: All jobs.
        ended: Those that have ended.
        at_start: :func:`total_done` at the start.
        elapsed: Seconds since then.

    Returns:
        Seconds; None if nothing was done yet.
    """
    done = total_done(jobs, ended)
    if done <= at_start:
        return None
    return elapsed * (len(jobs) - done) / (done - at_start)


def total_done(jobs: Sequence[Job], ended: Collection[Job]) -> float:
    """Return the number of jobs that are done; those that run count by their share."""
    return sum(1.0 if job in ended else share_done(job) for job in jobs)


def _share(text: bytes) -> float:
    steps = STEP.findall(text)
    if not steps or not int(steps[-1][1]):
        return 0.0
    return min(1.0, int(steps[-1][0]) / int(steps[-1][1]))
