# SPDX-License-Identifier: Apache-2.0
"""Ask Slurm for its partitions and for the jobs of this user.

``squeue`` and ``sinfo`` answer on every cluster; ``sacct``, which submitit asks, only where accounting is set up.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from flip_mm.utils.text import first_few, safe_text

from .slurm_options import read_time

# Seconds that a command may take: a busy controller is slow.
PATIENCE = 60
PREFIX = "flip_mm"
# A job in another state has ended, and is not started again by Slurm.
ALIVE = frozenset(
    (
        *("PENDING", "RUNNING", "SUSPENDED", "CONFIGURING", "COMPLETING", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING"),
        *("REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD", "SPECIAL_EXIT"),
    )
)


@dataclass(frozen=True)
class QueuedJob:
    """A job of this user in Slurm's queue, or one that has ended a short time ago.

    Attributes:
        number: Slurm's number of the job.
        state: Slurm's word for its state: ``RUNNING``, ``CANCELLED``, ...
        folder: Hash of the folder of the experiment's job.
        content: Hash of its stages.
    """

    number: str
    state: str
    folder: str
    content: str

    @property
    def is_alive(self) -> bool:
        """Whether it is waiting, running, or will be started again."""
        return self.state in ALIVE


def comment(folder: str, content: str) -> str:
    """Return the comment by which a job is found in the queue.

    Args:
        folder: Hash of its folder.
        content: Hash of its stages.
    """
    return f"{PREFIX} {folder} {content}"


def queued_jobs() -> list[QueuedJob]:
    """Return the jobs of flip_mm of this user, also those that ended in the last minutes.

    Raises:
        RuntimeError: Slurm does not answer.
    """
    return list(parse_queue(_ask("squeue", "--me", "--noheader", "--states=all", "--format=%i|%T|%k")))


def parse_queue(text: str) -> Iterator[QueuedJob]:
    """Yield the jobs of flip_mm from lines of ``number|state|comment``."""
    for line in text.splitlines():
        number, _, rest = line.strip().partition("|")
        state, _, said = rest.partition("|")
        words = said.split()
        if len(words) == 3 and words[0] == PREFIX:
            yield QueuedJob(number, state, words[1], words[2])


def partition_facts(name: str) -> tuple[int | None, bool]:
    """Return the limit of time of a partition in minutes, None for no limit, and whether its machines have GPUs.

    Raises:
        ValueError: There is no such partition, or Slurm offers no machine in it.
        RuntimeError: Slurm does not answer.
    """
    rows = [line.split("|") for line in _ask("sinfo", "--noheader", "--all", "--format=%R|%a|%l|%G").splitlines()]
    found = [row for row in rows if len(row) == 4 and row[0] == name]
    if not found:
        names = first_few(sorted({row[0] for row in rows if row[0]})) or "none"
        raise ValueError(f"--slurm '{safe_text(name)}': Slurm has no partition of this name; there are: {names}.")
    if all(row[1] != "up" for row in found):
        raise ValueError(f"--slurm {name}: the partition is {found[0][1]}, see `sinfo`; choose another one.")
    return read_time(found[0][2]), any("gpu" in row[3] for row in found)


def cancel(number: str) -> None:
    """Cancel a job.

    Raises:
        RuntimeError: Slurm does not answer.
    """
    _ask("scancel", number)


def _ask(program: str, *arguments: str) -> str:
    if shutil.which(program) is None:
        raise RuntimeError(f"--slurm: there is no program '{program}'; start this on a machine of a Slurm cluster.")
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True, errors="replace", timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"Slurm does not answer: `{program}` took more than {PATIENCE} s. Try again later.") from None
    if done.returncode:
        last = safe_text(done.stderr.strip().rpartition("\n")[2], keep="")
        raise RuntimeError(f"Slurm does not answer: `{program}` ended with '{last}'. Check `sinfo`.")
    return done.stdout
