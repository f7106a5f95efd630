# SPDX-License-Identifier: Apache-2.0
"""Save figures as files, or put them into pages."""

from __future__ import annotations

import io
from base64 import b64encode
from pathlib import Path
from textwrap import fill

from matplotlib import rc_context
from matplotlib.figure import Figure

from flip_mm.utils.files import write_file
from flip_mm.utils.text import safe_text

# Size of a long title; letters in an inch, and inches of a line.
TITLE_SIZE, LETTERS, TITLE_LINE = 8.5, 13.8, 0.155


def plain_label(text: str) -> str:
    r"""Escape a text so that matplotlib draws it literally: text between two ``$`` would be a formula.

    Example:
        >>> print(plain_label("a$b$"))
        a\$b\$
    """
    return safe_text(text).replace("$", r"\$")


def draw_title(figure: Figure, title: str) -> None:
    """Write a title of several lines at the upper left, wrapped to the width of the figure."""
    width = int(figure.get_figwidth() * LETTERS)
    lines = [own for line in title.splitlines() for own in fill(line, width).splitlines()]
    figure.suptitle(plain_label("\n".join(lines)), fontsize=TITLE_SIZE, x=0.01, ha="left")


def title_height(title: str, width: float) -> float:
    """Return the height in inches of a title in a figure of a width."""
    return TITLE_LINE * sum(len(fill(line, int(width * LETTERS)).splitlines()) for line in title.splitlines())


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


def save_figure_svg(figure: Figure, path: str | Path) -> None:
    """Write a figure as SVG, with text as text; the same figure gives the same bytes.

    Raises:
        OSError: The message names the file and the reason; no incomplete file is left.
    """
    data = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "flip_mm"}):
        figure.savefig(data, format="svg", metadata={"Date": None})
    write_file(path, data.getvalue())


def save_figure_as(figure: Figure, path: str | Path) -> None:
    """Write a figure in the format that the ending of the name says.

    Raises:
        OSError: The message names the file and the reason; no incomplete file is left.
        ValueError: The ending is another one.
    """
    savers = {".png": save_figure, ".pdf": save_figure_pdf, ".svg": save_figure_svg}
    suffix = Path(path).suffix.lower()
    if suffix not in savers:
        raise ValueError(f"'{path}' is no name of a plot: it must end in {', '.join(savers)}.")
    savers[suffix](figure, path)


def figure_uri(figure: Figure, dpi: int = 110) -> str:
    """Return a figure as ``'data:image/png;base64,...'``, for an HTML page."""
    return f"data:image/png;base64,{b64encode(_png(figure, dpi)).decode()}"


def _png(figure: Figure, dpi: int) -> bytes:
    data = io.BytesIO()
    figure.savefig(data, format="png", dpi=dpi)
    return data.getvalue()
