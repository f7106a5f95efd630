# SPDX-License-Identifier: Apache-2.0
"""Show texts and names of files safely, normalise names, and shorten lists of names.

All output of text from files uses :func:`safe_text`: the terminal and log files (``apis.output``), error messages, CSV files
(:mod:`~flip_mm.utils.csv_cells` also prevents formulas), figures, and HTML pages, where Jinja2 escapes HTML.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import PurePath
from unicodedata import category, normalize

# Control characters, invisible format characters (such as those that change the writing direction), lone surrogates, and
# separators of lines and paragraphs.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe_text(text: str, keep: str = "\n\t") -> str:
    r"""Escape control characters and invisible characters in a text.

    A byte of a file name that is not UTF-8 becomes ``\xff``.

    Args:
        text: Any text.
        keep: Control characters that are not escaped.

    Example:
        >>> print(safe_text("a\x1b[2J\u202egnp.exe"))
        a\x1b[2J\u202egnp.exe
    """
    if text.isprintable():
        return text
    return "".join(_escape(char) if category(char) in UNSEEN and char not in keep else char for char in text)


def safe_line(text: str) -> str:
    r"""Return a text in one line: :func:`safe_text` without exceptions for control characters.

    Example:
        >>> print(safe_line("a\nb.avi"), safe_line("caf\udce9.avi"))
        a\nb.avi caf\xe9.avi
    """
    return safe_text(text, keep="")


def _escape(char: str) -> str:
    # Python decodes bytes of file names that are not UTF-8 to these lone surrogates.
    if "\udc80" <= char <= "\udcff":
        return f"\\x{ord(char) & 0xFF:02x}"
    return char.encode("unicode_escape").decode()


def plain_name(name: str) -> str:
    r"""Normalise a name: composed letters, no spaces around it, no invisible characters.

    Example:
        >>> plain_name(" cafe\u0301\u200b ") == "caf\u00e9"
        True
    """
    if name.isascii() and name.isprintable():
        return name.strip()
    return "".join(c for c in normalize("NFC", name) if category(c) not in UNSEEN).strip()


def first_few(names: Collection[str], most: int = 5, separator: str = ", ") -> str:
    """Return the first names, and the number of the others.

    Example:
        >>> first_few(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    shown = separator.join(list(names)[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def safe_stem(path: str, default: str = "picture") -> str:
    """Return the name of a file without its ending, as it can begin the name of a new file in any folder.

    Args:
        path: Path of the file, or any text.
        default: If nothing is left of it.

    Returns:
        1 to 100 letters, digits and ``_.+-``; the first is no dot.

    Example:
        >>> safe_stem("a b/../c d.tar.gz"), safe_stem("..")
        ('c_d.tar', 'picture')
    """
    return re.sub(r"[^\w.+-]+", "_", PurePath(path).stem)[:100].lstrip(".") or default
