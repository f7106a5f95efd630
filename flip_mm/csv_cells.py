# SPDX-License-Identifier: Apache-2.0
"""CSV files that people open in spreadsheets: text cells that must not run as formulas, and bytes that must be UTF-8."""

from __future__ import annotations

import re
from pathlib import Path

# A spreadsheet runs a cell that begins so as a formula (OWASP). Such cells get a leading ', and so do those which would read
# back as if they had got one.
FORMULA = re.compile(r"'*[=+\-@\t\r\0]")


def quote_cell(text: str) -> str:
    """Put a ``'`` before a text cell that begins with ``= + - @``, tab, carriage return or NUL.

    Example:
        >>> quote_cell("=1+1"), quote_cell("print")
        ("'=1+1", 'print')
    """
    return f"'{text}" if FORMULA.match(text) else text


def unquote_cell(text: str) -> str:
    """Undo :func:`quote_cell`; other text stays as it is.

    Example:
        >>> unquote_cell("'=1+1"), unquote_cell("'plain")
        ('=1+1', "'plain")
    """
    return text[1:] if text[:1] == "'" and FORMULA.match(text) else text


def read_csv_text(path: str | Path) -> str:
    """Text of a UTF-8 file, without its byte order mark, line ends as they are.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not UTF-8; the message names file and line.
    """
    data = Path(path).read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(f"'{path}', line {line}: this is not UTF-8 text ({error.reason}). Save it as UTF-8.") from error
