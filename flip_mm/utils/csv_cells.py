# SPDX-License-Identifier: Apache-2.0
"""Write CSV files that are safe in spreadsheets: no text cell runs as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

# A spreadsheet runs such a cell as a formula (OWASP). It gets a leading ', and so does a cell that looks already quoted.
FORMULA = re.compile(r"'*[=+\-@\t\r\0]")
# Texts that need no quotes: lines of a text that begin with a letter, digit or / and have no comma, quote or blank.
PLAIN = re.compile(r"(?:[A-Za-z0-9/_][!#-+\--~]*\n)*")


def quote_cell(text: str) -> str:
    """Put a ``'`` before a text cell that begins with ``= + - @``, tab, carriage return or NUL.

    Example:
        >>> quote_cell("=1+1"), quote_cell("print")
        ("'=1+1", 'print')
    """
    return f"'{text}" if FORMULA.match(text) else text


def unquote_cell(text: str) -> str:
    """Undo :func:`quote_cell`; other text is not changed.

    Example:
        >>> unquote_cell("'=1+1"), unquote_cell("'plain")
        ('=1+1', "'plain")
    """
    return text[1:] if text[:1] == "'" and FORMULA.match(text) else text


def quoted_cells(texts: Sequence[str]) -> list[str]:
    r"""Return texts as :func:`csv_text` writes them, in a row with other cells.

    Example:
        >>> quoted_cells(["print", "a,b", "=1"])
        ['print', '"a,b"', "'=1"]
    """
    try:
        joined = "\n".join([*texts, ""])
    except TypeError:
        joined = " "
    if joined.count("\n") == len(texts) and PLAIN.fullmatch(joined):
        return list(texts)
    return [csv_text([(text, 0)])[:-3] for text in texts]


def csv_text(rows: Iterable[Sequence[str | float | None]]) -> str:
    r"""Return rows as CSV with ``\n`` as line end: texts quoted by :func:`quote_cell`, numbers with all digits, None empty.

    Example:
        >>> csv_text([("file", "score"), ("=1.avi", -0.1), ("b", None)])
        "file,score\n'=1.avi,-0.1\nb,\n"
    """
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(
        [quote_cell(cell) if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return text.getvalue()
