# SPDX-License-Identifier: Apache-2.0
"""Write the numbers of plots."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flip_mm.utils.csv_cells import csv_text
from flip_mm.utils.files import write_text


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows of the same keys as CSV, numbers with all digits; None is an empty cell.

    Raises:
        OSError: The file cannot be written.
    """
    rows = list(rows)
    if not rows:
        write_text(path, "")
        return
    write_text(path, csv_text([list(rows[0]), *(list(row.values()) for row in rows)]))
