# SPDX-License-Identifier: Apache-2.0
"""Pictures as files."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure

from flip_mm.files import write_file


def save_figure(figure: Figure, path: str | Path, dpi: int = 150) -> None:
    """Write a figure as PNG.

    Raises:
        OSError: Naming the file and why; no half file is left.
    """
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=dpi)
    write_file(path, data.getvalue())
