# SPDX-License-Identifier: Apache-2.0
"""What a conversion prints."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .engine import Result
from .recording import Archive, Problem, Scan

STAGES = ("decode", "detect", "crop", "write")
SHOWN = 5


def print_scan(archive: Archive, scan: Scan) -> None:
    """What an archive holds."""
    print(f"{archive.title}: {len(scan.recordings)} recordings to convert")
    for reason, number in sorted(scan.left_out.items()):
        print(f"  left out {number}: {reason}")
    for note in scan.notes:
        print(f"  {note}")


def print_shares(result: Result) -> None:
    """How much of each class there is: a detector that misses attacks more often than real faces changes the data set."""
    told = ", ".join(f"{label} {done} of {total}" for label, (done, total) in result.shares.items())
    print(f"converted recordings: {told}")


def print_problems(problems: Sequence[Problem], path: Path) -> None:
    """The first few, and where all of them stand."""
    if not problems:
        return
    print(f"{len(problems)} problems, listed in {path}:")
    for problem in problems[:SHOWN]:
        print(f"  {problem.source}: {problem.reason}")
    if len(problems) > SHOWN:
        print(f"  ... and {len(problems) - SHOWN} more")


def print_times(result: Result) -> None:
    """Time per recording, where it goes, and whether all processes had work."""
    if not result.converted:
        return
    total = sum(result.seconds.values())
    print(
        f"{result.elapsed:.1f} s for {result.converted} recordings on {result.workers} processes "
        f"({100 * total / (result.workers * result.elapsed):.0f}% busy); per recording {total / result.converted:.2f} s: "
        + ", ".join(f"{stage} {result.seconds[stage] / result.converted:.2f} s" for stage in STAGES)
    )
