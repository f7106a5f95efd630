# SPDX-License-Identifier: Apache-2.0
"""Short names of several runs, for legends, tables and files."""

from __future__ import annotations

from collections.abc import Sequence

from flip_mm.utils.text import safe_stem

from .run_folder import RunFolder


def run_labels(runs: Sequence[RunFolder]) -> list[str]:
    """Return a name for each run, from what distinguishes it from the others.

    Method and seed are always in it; run, checkpoint and folder only where they are needed.
    """
    parts = [
        (run.method, run.provenance.run, f"seed {run.provenance.seed}", run.checkpoint.stem, run.folder.name) for run in runs
    ]
    chosen = {0, 2}
    for more in (1, 3, 4):
        if _different(parts, {*chosen, more}) > _different(parts, chosen):
            chosen.add(more)
    labels = [", ".join(own[number] for number in sorted(chosen)) for own in parts]
    return [label if labels.count(label) == 1 else f"{label} ({number})" for number, label in enumerate(labels, 1)]


def _different(parts: Sequence[tuple[str, ...]], places: set[int]) -> int:
    return len({tuple(own[place] for place in sorted(places)) for own in parts})


def file_stems(labels: Sequence[str]) -> list[str]:
    """Return a name for files of each run; two runs never get the same one."""
    stems = [safe_stem(label.replace("->", "-").replace(", ", "_").replace(" ", ""), "run") for label in labels]
    return [stem if stems.count(stem) == 1 else f"{stem}_{number}" for number, stem in enumerate(stems, 1)]
