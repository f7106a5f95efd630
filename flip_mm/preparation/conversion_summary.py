# SPDX-License-Identifier: Apache-2.0
"""Print the summary of a conversion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from flip_mm.datasets.archive import WHOLE_ARCHIVE, Problem, Scan
from flip_mm.datasets.data_set import DataSet

from .convert_recordings import ConversionResult
from .manifest import ManifestRow

STAGES = ("decode", "detect", "crop", "write")
SHOWN = 5
# Warn if the shares of lost recordings of the two classes differ by more than this.
MAX_LOSS_DIFFERENCE = 0.05


def print_scan(archive: DataSet, scan: Scan, file: TextIO | None = None) -> None:
    """Print the content of an archive, to standard output unless ``file`` is given."""
    print(f"{archive.title}: {len(scan.recordings)} recordings to convert", file=file)
    for reason, number in sorted(scan.left_out.items()):
        print(f"  skipped {number}: {reason}", file=file)
    for note in scan.notes:
        print(f"  {note}", file=file)


def print_shares(result: ConversionResult, published: bool) -> None:
    """Print the converted recordings by class; warn if one class lost many more, since that changes the data set.

    Args:
        result: Result of the conversion.
        published: Whether it is a published data set, not one of the user.
    """
    shares = ", ".join(f"{label} {done} of {total}" for label, (done, total) in result.shares.items())
    print(f"converted recordings: {shares}")
    lost = {label: 1 - done / total for label, (done, total) in result.shares.items() if total}
    if max(lost.values(), default=0) - min(lost.values(), default=0) > MAX_LOSS_DIFFERENCE:
        label = max(lost, key=lost.get)
        effect = "The data set differs from the published one" if published else "The shares of your classes have changed"
        print(
            f"  WARNING: {100 * lost[label]:.0f}% of the {label} recordings are lost, many more than of the other class. "
            f"{effect}: see docs/faces.md, and say so with every result."
        )


def print_uncertain_boxes(rows: Sequence[ManifestRow]) -> None:
    """Print how many face boxes are uncertain, and why."""
    counts = Counter(doubt for row in rows for doubt in row.uncertain.split())
    if counts:
        number = sum(row.uncertain != "" for row in rows)
        reasons = ", ".join(f"{doubt.replace('_', ' ')}: {count}" for doubt, count in sorted(counts.items()))
        print(f"{number} of {len(rows)} images have an uncertain face box ({reasons}): check them in faces.html.")


def print_problems(problems: Sequence[Problem], path: Path) -> None:
    """Print the first problems, and the file that lists all."""
    if not problems:
        return
    print(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}, listed in {path}:")
    # Problems of single files first, then problems of the archive as a whole.
    for problem in sorted(problems, key=lambda problem: problem.source == WHOLE_ARCHIVE)[:SHOWN]:
        print(f"  {problem.source}: {problem.reason}")
    if len(problems) > SHOWN:
        print(f"  ... and {len(problems) - SHOWN} more")


def print_times(result: ConversionResult) -> None:
    """Print the time per recording and stage, and how busy the processes were."""
    if not result.converted:
        return
    total = sum(result.seconds.values())
    processes = "1 process" if result.workers == 1 else f"{result.workers} processes"
    print(
        f"{result.elapsed:.1f} s for {result.converted} recordings on {processes} ("
        f"{100 * total / (result.workers * result.elapsed):.0f}% busy); per recording {total / result.converted:.2f} s: "
        + ", ".join(f"{stage} {result.seconds[stage] / result.converted:.2f} s" for stage in STAGES)
    )
