# SPDX-License-Identifier: Apache-2.0
"""Show the progress of many trainings: a bar and a table on a terminal, otherwise a line for each job that ends."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text
from tqdm import tqdm

from .job import Job, Outcome, State
from .remaining import seconds_left, total_done
from .summary import metrics_line

# Lines of the table: the jobs that ended last.
MOST = 15
COLOURS = {State.FINISHED: "green", State.SKIPPED: "dim", State.FAILED: "red", State.INTERRUPTED: "yellow"}


class Progress(Protocol):
    """Shows what happens."""

    def start(self, jobs: Sequence[Job], finished: Sequence[Job]) -> None:
        """All jobs are known, and which of them are finished."""

    def ended(self, outcome: Outcome) -> None:
        """A job has ended."""

    def close(self) -> None:
        """Nothing more will happen."""


def progress_on(stream: TextIO) -> Progress:
    """Return a progress for a terminal, or for a file or pipe."""
    console = Console(file=stream)
    return TerminalProgress(console) if console.is_terminal else PlainProgress()


class PlainProgress:
    """Prints a line when a job ends."""

    def __init__(self) -> None:
        self.count = self.ended_count = 0

    def start(self, jobs: Sequence[Job], finished: Sequence[Job]) -> None:
        """Print how many jobs there are."""
        self.count, self.ended_count = len(jobs), len(finished)
        print(opening(jobs, finished), flush=True)

    def ended(self, outcome: Outcome) -> None:
        """Print the job and its metrics, or the reason of its failure."""
        self.ended_count += 1
        details = outcome_text(outcome)
        print(f"[{self.ended_count}/{self.count}] {outcome.job.name}: {details}", flush=True)

    def close(self) -> None:
        """Nothing."""


class TerminalProgress:
    """Shows a bar with the remaining time, and a table of the jobs that ended last."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.jobs: Sequence[Job] = ()
        self.done: set[Job] = set()
        self.outcomes: list[Outcome] = []
        self.begin, self.at_start = time.monotonic(), 0.0
        self.live = Live(console=console, get_renderable=self.picture, refresh_per_second=1)

    def start(self, jobs: Sequence[Job], finished: Sequence[Job]) -> None:
        """Show the bar."""
        self.console.print(Text(opening(jobs, finished)))
        self.jobs, self.done = jobs, {*finished}
        self.begin, self.at_start = time.monotonic(), total_done(jobs, self.done)
        self.live.start()

    def ended(self, outcome: Outcome) -> None:
        """Add the job to the table."""
        self.done.add(outcome.job)
        self.outcomes.append(outcome)

    def close(self) -> None:
        """Leave the last state on the terminal."""
        if self.live.is_started:
            self.live.stop()

    def picture(self) -> Group:
        """The table and the bar."""
        # One line for each job: if it were higher than the terminal, the bar would be hidden.
        table = Table(box=None)
        for name in ("training", "time", "result"):
            table.add_column(name, no_wrap=True, overflow="ellipsis")
        for outcome in self.outcomes[-MOST:]:
            colour = COLOURS[outcome.state]
            interval = tqdm.format_interval(outcome.seconds)
            table.add_row(Text(outcome.job.name), interval, Text(outcome_text(outcome), style=colour))
        elapsed = time.monotonic() - self.begin
        left = seconds_left(self.jobs, self.done, self.at_start, elapsed)
        line = Table.grid(padding=(0, 1))
        line.add_row(
            ProgressBar(total=max(1, len(self.jobs)), completed=total_done(self.jobs, self.done), width=40),
            f"{len(self.done)}/{len(self.jobs)}",
            f"{tqdm.format_interval(elapsed)} elapsed",
            "" if left is None else f"{tqdm.format_interval(left)} left",
        )
        return Group(*([table] if self.outcomes else []), line)


def opening(jobs: Sequence[Job], finished: Sequence[Job]) -> str:
    """Return the first line: how many jobs there are.

    >>> opening([1, 2, 3], [1])
    '3 trainings, 1 of them finished before'
    """
    trainings = "1 training" if len(jobs) == 1 else f"{len(jobs)} trainings"
    return f"{trainings}, {len(finished)} of them finished before" if finished else trainings


def outcome_text(outcome: Outcome) -> str:
    """Return metrics, or why there are none."""
    if outcome.state in (State.FINISHED, State.SKIPPED):
        return metrics_line(outcome.job) or outcome.state.value
    return f"{outcome.state.value}: {outcome.reason}" if outcome.state is State.FAILED else outcome.state.value
