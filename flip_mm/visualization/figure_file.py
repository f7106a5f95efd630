# SPDX-License-Identifier: Apache-2.0
"""Pictures as files."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure

from flip_mm.utils.files import write_file
from flip_mm.utils.text import safe_text


def plain_label(text: str) -> str:
    r"""Text of others as matplotlib draws it literally: between two ``$`` it would read a formula.

    Example:
        >>> print(plain_label("a$b$"))
        a\$b\$
    """
    return safe_text(text).replace("$", r"\$")


def save_figure(figure: Figure, path: str | Path, dpi: int = 150) -> None:
    """Write a figure as PNG.

    Raises:
        OSError: Naming the file and why; no half file is left.
    """
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=dpi)
    write_file(path, data.getvalue())
