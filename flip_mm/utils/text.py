# SPDX-License-Identifier: Apache-2.0
"""Text that comes from files and names of files: what of it may be shown, and which names look alike."""

from __future__ import annotations

from collections.abc import Collection
from unicodedata import category, normalize

# Control characters, invisible format characters (those that turn the direction of writing among them), lone surrogates, and
# the separators of lines and paragraphs.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def safe_text(text: str, keep: str = "\n\t") -> str:
    r"""Text as it may be shown: characters that a terminal or a browser would obey instead of showing are written out.

    Args:
        text: Any.
        keep: Control characters that stay.

    Example:
        >>> print(safe_text("a\x1b[2J\u202egnp.exe"))
        a\x1b[2J\u202egnp.exe
    """
    if text.isprintable():
        return text
    return "".join(c.encode("unicode_escape").decode() if category(c) in UNSEEN and c not in keep else c for c in text)


def plain_name(name: str) -> str:
    r"""A name as a reader sees it: composed letters, no blanks around it, no invisible characters.

    Example:
        >>> plain_name(" cafe\u0301\u200b ") == "caf\u00e9"
        True
    """
    if name.isascii() and name.isprintable():
        return name.strip()
    return "".join(c for c in normalize("NFC", name) if category(c) not in UNSEEN).strip()


def first_few(names: Collection[str], most: int = 5, separator: str = ", ") -> str:
    """The first names, and how many more there are.

    Example:
        >>> first_few(["a", "b", "c"], most=2)
        'a, b and 1 more'
    """
    shown = separator.join(list(names)[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
