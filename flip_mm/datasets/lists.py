# SPDX-License-Identifier: Apache-2.0
"""List files: where they lie and what their lines are."""

from __future__ import annotations

import logging
import re
from pathlib import Path

from flip_mm.labels import LIST_WORDS
from flip_mm.utils.text import plain_name

from .protocols import DOMAINS

LIST_KINDS = ("train", "test", "shot")
# A second column, which lists of other programs have.
LABEL = r"[\"']?(?:-?\d+(?:\.\d+)?|real|fake|spoof|live|attack|bonafide|true|false)[\"']?"
LABEL_BEHIND = re.compile(rf"(?P<path>.*\.\w+[\"']?)(?:\s*[,;]\s*|\s+){LABEL}", re.IGNORECASE)
LABEL_BEFORE = re.compile(rf"{LABEL}(?:\s*[,;]\s*|\s+)(?P<path>.*\.\w+)", re.IGNORECASE)


def list_name(domain: str, name: str, kind: str) -> str:
    """Name of a list file; arguments as for :func:`list_path`.

    Example:
        >>> list_name("M", "spoof", "test")
        'msu_fake_test.txt'
    """
    return f"{DOMAINS[domain]}_{LIST_WORDS[name]}_{kind}.txt"


def list_path(root: Path, domain: str, name: str, kind: str) -> Path:
    """Path of a list.

    Args:
        root: Data root.
        domain: A key of ``DOMAINS``.
        name: A key of ``LIST_WORDS``.
        kind: One of ``LIST_KINDS``.

    Example:
        >>> list_path(Path("data/MCIO"), "M", "spoof", "test").name
        'msu_fake_test.txt'
    """
    return root / "txt" / list_name(domain, name, kind)


def label_column(line: str) -> str | None:
    """The path of a line that has a label behind or before it; None where it has none.

    Example:
        >>> label_column("a.png 1"), label_column("1,a b.png"), label_column("a b.png")
        ('a.png', 'a b.png', None)
    """
    for pattern in (LABEL_BEHIND, LABEL_BEFORE):
        if match := pattern.fullmatch(line):
            return match["path"]
    return None


def nonblank_lines(path: Path) -> list[str]:
    """All lines of a list that are not blank, without blanks around them.

    Raises:
        UnicodeDecodeError: The file is no UTF-8 text.
        OSError: It cannot be read.
    """
    return [line for text in path.read_text(encoding="utf-8-sig").splitlines() if (line := text.strip())]


def read_list(path: Path) -> list[str]:
    """Lines of a list, each once, in their order.

    Args:
        path: UTF-8 text, one path relative to ``frame/`` per line.

    Returns:
        Paths with ``/``.

    Raises:
        ValueError: The file is no UTF-8 text, has no lines, a line has a column of labels or leaves the folder of images, or
            two lines differ in nothing that can be seen.
    """
    try:
        lines = nonblank_lines(path)
    except UnicodeDecodeError as error:
        raise ValueError(f"The list '{path}' is not UTF-8 text: {error}. Save it as UTF-8.") from error
    unique = list(dict.fromkeys(lines))
    if not unique:
        raise ValueError(f"The list '{path}' is empty.")
    if len(unique) < len(lines):
        _log(f"'{path}' repeats {len(lines) - len(unique)} of its lines; each counts once.")
    seen: dict[str, str] = {}
    cased: dict[str, str] = {}
    alike: list[tuple[str, str]] = []
    for line in unique:
        if alone := label_column(line):
            raise ValueError(
                f"'{path}': the line '{line}' has a column of labels. A line is a path alone, such as '{alone}'; its class is "
                "in the list's name."
            )
        if (first := seen.setdefault(plain_name(line), line)) != line:
            raise ValueError(
                f"'{path}': the lines {first!a} and {line!a} differ only in blanks, invisible characters or the encoding of "
                "letters: keep the one whose image exists."
            )
        if (other := cased.setdefault(line.casefold(), line)) != line:
            alike.append((other, line))
        if line.startswith("/") or ".." in line.split("/"):
            raise ValueError(f"'{path}': the line '{line}' leaves the folder of images; lines are paths inside frame/.")
    if alike:
        first, other = alike[0]
        text = f"'{path}': {len(alike)} lines differ from another in upper and lower case only, such as '{first}' and '{other}'"
        _log(f"{text}; each counts.", logging.WARNING)
    return unique


def _log(message: str, level: int = logging.INFO) -> None:
    # MMEngine takes half a second to import, and most lists give no cause.
    from mmengine.logging import print_log

    print_log(message, logger="current", level=level)
