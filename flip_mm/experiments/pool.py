# SPDX-License-Identifier: Apache-2.0
"""Run jobs on this machine, several at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from .job import Job, Outcome


class Pool(Protocol):
    """Runs jobs somewhere: on this machine, or in a cluster."""

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Run all jobs by :func:`~flip_mm.experiments.job.run_job`.

        Yields:
            The outcome of each job, when it ends. Closing the iterator, as Ctrl-C does, ends all processes.
        """
        ...
