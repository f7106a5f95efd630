# SPDX-License-Identifier: Apache-2.0
"""Save figures as files."""

from __future__ import annotations

import io
from pathlib import Path

from matplotlib.figure import Figure

from flip_mm.utils.files import write_file
from flip_mm.utils.text import safe_text


def plain_label(text: str) -> str:
    r"""Escape a text so that matplotlib draws it literally: text between two ``$`` would be a formula.

    Example:
        >>> print(plain_label("a$b$"))
        a\$b\$
    """
    return safe_text(text).replace("$", r"\$")


def save_figure(figure: Figure, path: str | Path, dpi: int = 150) -> None:
    """Write a figure as PNG.

    Raises:
        OSError: The message names the file and the reason; no incomplete file is left.
    """
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=dpi)
    write_file(path, data.getvalue())
