# SPDX-License-Identifier: Apache-2.0
"""Save figures as files, or put them into pages."""

from __future__ import annotations

import io
from base64 import b64encode
from pathlib import Path

from matplotlib import rc_context
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
    write_file(path, _png(figure, dpi))


def save_figure_pdf(figure: Figure, path: str | Path) -> None:
    """Write a figure as PDF, with text as text; the same figure gives the same bytes.

    Raises:
        OSError: The message names the file and the reason; no incomplete file is left.
    """
    data = io.BytesIO()
    with rc_context({"pdf.fonttype": 42}):
        figure.savefig(data, format="pdf", metadata={"CreationDate": None})
    write_file(path, data.getvalue())


def figure_uri(figure: Figure, dpi: int = 110) -> str:
    """Return a figure as ``'data:image/png;base64,...'``, for an HTML page."""
    return f"data:image/png;base64,{b64encode(_png(figure, dpi)).decode()}"


def _png(figure: Figure, dpi: int) -> bytes:
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=dpi)
    return data.getvalue()
