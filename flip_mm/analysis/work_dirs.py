# SPDX-License-Identifier: Apache-2.0
"""Analyse trainings from their work dirs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from flip_mm.explain.output_folder import check_folder
from flip_mm.visualization.html_page import require_jinja2

from .run_analysis import AnalysisOptions, analyse_run
from .run_folder import BEST, open_run
from .run_labels import file_stems, run_labels
from .write_analysis import write_analysis


def analyze(
    folders: Sequence[str | Path],
    out: str | Path,
    checkpoint: str = BEST,
    data_root: str | None = None,
    options: AnalysisOptions | None = None,
    say: Callable[[str], None] = print,
) -> list[Path]:
    """Analyse trainings.

    Args:
        folders: Their work dirs.
        out: Folder of the results.
        checkpoint: See :func:`~flip_mm.analysis.run_folder.open_run`.
        data_root: Folder of the data; None takes the one in each config.
        options: What is analysed.
        say: Called with a line before each long step.

    Returns:
        The written files, the page first.

    Raises:
        ImportError: Jinja2 is not installed.
        OSError: A folder or file is missing or cannot be written.
        RuntimeError: A checkpoint or an image is damaged.
        ValueError: A record is damaged, belongs to another config, or a work dir is given twice.
    """
    require_jinja2()
    check_folder(Path(out))
    if len({Path(folder).resolve() for folder in folders}) < len(folders):
        raise ValueError("A work dir is given twice: give each training once.")
    # All of them before the first one is analysed, which takes longer.
    runs = [open_run(folder, checkpoint, data_root) for folder in folders]
    labels = run_labels(runs)
    options = options or AnalysisOptions()
    found = [
        analyse_run(run, label, stem, options, say) for run, label, stem in zip(runs, labels, file_stems(labels), strict=True)
    ]
    return write_analysis(found, Path(out))
