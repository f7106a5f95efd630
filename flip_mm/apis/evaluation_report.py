# SPDX-License-Identifier: Apache-2.0
"""Write the report of a score file as an HTML page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from flip_mm.evaluation import Report, ScoreTable
from flip_mm.evaluation.own_record import find_own_record, read_own_record
from flip_mm.evaluation.roles import DEV
from flip_mm.evaluation.score_file import ScoreFile
from flip_mm.utils.files import name_in_errors, read_bytes

PAGE = "report.html"


def write_evaluation_report(
    file: str | Path,
    content: ScoreFile,
    frames: Mapping[str, ScoreTable],
    reports: Mapping[str, Report],
    folder: str | Path,
    data_root: str | Path | None = None,
    record: str | Path | None = None,
    dev: str | Path | None = None,
) -> Path:
    """Write ``report.html``.

    Args:
        file: The score file.
        content: Its content.
        frames: Role -> scores of its frames, those of ``dev`` included.
        reports: The metrics of each role.
        folder: Folder of the page; it is created.
        data_root: Folder of the images; None for a page without pictures.
        record: The ``record.json`` of the training; None looks for it next to the score file.
        dev: The score file of ``dev``, if there is one.

    Returns:
        The page.

    Raises:
        ImportError: Jinja2 is not installed.
        OSError: The folder or the page cannot be written.
        ValueError: ``record`` is no record, or that of another training.
    """
    # Imports matplotlib and SciPy.
    from flip_mm.visualization.evaluation_page import write_evaluation_page

    known = content.provenance
    own = read_own_record(record, known) if record else find_own_record(Path(file).parent, known)
    tested = next((report for role, report in reports.items() if role != DEV), None) or reports[DEV]
    facts = {
        "file": Path(file).name,
        "sha256": hashlib.sha256(read_bytes(file)).hexdigest(),
        "frames": str(len(content.frames)),
        "threshold of the test that wrote it": content.threshold_rule,
    }
    if dev:
        facts |= {"dev file": Path(dev).name, "dev sha256": hashlib.sha256(read_bytes(dev)).hexdigest()}
    page = Path(folder, PAGE)
    with name_in_errors(folder):
        page.parent.mkdir(parents=True, exist_ok=True)
    write_evaluation_page(page, frames, tested, data_root, own, facts)
    return page
