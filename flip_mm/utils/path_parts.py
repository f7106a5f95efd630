# SPDX-License-Identifier: Apache-2.0
"""Convert texts of a table to valid names of files and folders on any file system."""

from __future__ import annotations

import re
import unicodedata

# Bytes in UTF-8; file systems allow 255, including endings such as _frame0.png.part.
LONGEST = 100
OTHER = re.compile(r"[^\w.-]")
# Unicode categories: control characters, and lone surrogates, which Python uses for bytes that are not UTF-8.
UNPRINTABLE = ("Cc", "Cs")


def safe_part(text: str) -> str:
    """Convert a text to the name of a folder or file.

    Letters and digits of any script, ``.``, ``_`` and ``-`` are kept, in Unicode's composed form (NFC); every other character
    becomes ``_``. Different texts may get the same name; the caller must check this.

    Args:
        text: Text of a cell, without spaces around it.

    Returns:
        The name.

    Raises:
        ValueError: The text is empty, contains a path separator or control characters, starts with a dot, or is longer than
            100 bytes; the message is the end of a sentence.

    Example:
        >>> safe_part("Jörg 3"), safe_part("print (A4)")
        ('Jörg_3', 'print__A4_')
    """
    composed = unicodedata.normalize("NFC", text)
    if not composed:
        raise ValueError("is empty")
    if any(unicodedata.category(char) in UNPRINTABLE for char in composed):
        raise ValueError("holds control characters")
    if "/" in composed or "\\" in composed:
        raise ValueError("holds a path separator, and would lead to another folder")
    if composed.startswith("."):
        raise ValueError("begins with a dot, and would lead to another folder or be hidden")
    part = "".join(char if unicodedata.category(char)[0] == "M" or not OTHER.match(char) else "_" for char in composed)
    if len(part.encode()) > LONGEST:
        raise ValueError(f"is longer than {LONGEST} bytes")
    return part


def is_printable(text: str) -> bool:
    """Return whether a path can be shown in one line and written as UTF-8."""
    return not any(unicodedata.category(char) in UNPRINTABLE for char in text)
