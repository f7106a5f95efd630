# SPDX-License-Identifier: Apache-2.0
"""Read list files, and parse their lines."""

from __future__ import annotations

import codecs
import logging
import re
from pathlib import Path
from typing import NamedTuple

from flip_mm.labels import LIST_WORDS
from flip_mm.utils.packed_text import PackedText, all_different
from flip_mm.utils.text import plain_name

from .data_roots import DataRoots, root_of
from .frame_name import FrameName
from .sets import DATA_SETS

LIST_KINDS = ("train", "test", "shot")
# Lists of other programs may have a second column with the label.
LABEL = r"[\"']?(?:-?\d+(?:\.\d+)?|real|fake|spoof|live|attack|bonafide|true|false)[\"']?"
LABEL_AFTER = re.compile(rf"(?P<path>.*\.\w+[\"']?)(?:\s*[,;]\s*|\s+){LABEL}", re.IGNORECASE)
LABEL_BEFORE = re.compile(rf"{LABEL}(?:\s*[,;]\s*|\s+)(?P<path>.*\.\w+)", re.IGNORECASE)

# Bytes of a list without labels, blanks and invisible characters: a label is separated by a blank, comma or semicolon.
USUAL = bytes({*range(0x21, 0x7F)} - {*b",;"} | {*b"\r\n"})


def print_log(*args: object, **kwargs: object) -> None:
    """Call mmengine's ``print_log``, imported here because the import takes seconds and is rarely needed."""
    from mmengine.logging import print_log as log

    log(*args, **kwargs)


def list_name(domain: str, name: str, kind: str) -> str:
    """Name of a list file; arguments as for :func:`list_path`.

    Example:
        >>> list_name("M", "spoof", "test")
        'msu_fake_test.txt'
    """
    return f"{DATA_SETS[domain].stem}_{LIST_WORDS[name]}_{kind}.txt"


def list_path(root: Path | DataRoots, domain: str, name: str, kind: str) -> Path:
    """Path of a list.

    Args:
        root: Data root, or several.
        domain: A key of ``DATA_SETS``.
        name: A key of ``LIST_WORDS``.
        kind: One of ``LIST_KINDS``.

    Example:
        >>> list_path(Path("data/MCIO"), "M", "spoof", "test").name
        'msu_fake_test.txt'
    """
    return root_of(root, domain) / "txt" / list_name(domain, name, kind)


def label_column(line: str) -> str | None:
    """Return the path of a line that has a label before or after the path; None if it has no label.

    Example:
        >>> label_column("a.png 1"), label_column("1,a b.png"), label_column("a b.png")
        ('a.png', 'a b.png', None)
    """
    for pattern in (LABEL_AFTER, LABEL_BEFORE):
        if match := pattern.fullmatch(line):
            return match["path"]
    return None


def nonblank_lines(path: Path) -> list[str]:
    """Return all lines of a list that are not blank, stripped.

    Raises:
        UnicodeDecodeError: The file is not UTF-8 text.
        OSError: The file cannot be read.
    """
    return [line for text in path.read_text(encoding="utf-8-sig").splitlines() if (line := text.strip())]


def read_list(path: Path) -> list[str]:
    """Return the unique lines of a list, in their order.

    Args:
        path: UTF-8 text, one path relative to ``frame/`` per line.

    Returns:
        Paths with ``/``.

    Raises:
        ValueError: The file is not UTF-8 text or is empty, a line has a label or leads out of ``frame/``, or two lines look
            the same but differ in invisible characters.
    """
    return list(list_lines(path))


def list_lines(path: Path) -> PackedText:
    """Return the lines of :func:`read_list` in one block of memory."""
    data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
    if _is_usual(data):
        lines = PackedText.lines(data)
        # No two lines are the same or differ only in case.
        if len(lines) and all_different(lines.hashes(str.lower)):
            return lines
    return PackedText.of(_checked_lines(path))


def _is_usual(data: bytes) -> bool:
    """Whether a list has only characters of usual paths, and no line that could have a label or lead out of ``frame/``."""
    outside = data.startswith(b"/") or any(part in data for part in (b"..", b"\n/", b"\r/"))
    return not outside and not data.translate(None, USUAL)


def _checked_lines(path: Path) -> list[str]:
    """Check the lines of a list one by one."""
    try:
        lines = nonblank_lines(path)
    except UnicodeDecodeError as error:
        raise ValueError(f"The list '{path}' is not UTF-8 text: {error}. Save it as UTF-8.") from error
    unique = list(dict.fromkeys(lines))
    if not unique:
        raise ValueError(f"The list '{path}' is empty.")
    if len(unique) < len(lines):
        print_log(f"'{path}' repeats {len(lines) - len(unique)} of its lines; each counts once.", logger="current")
    seen: dict[str, str] = {}
    cased: dict[str, str] = {}
    alike: list[tuple[str, str]] = []
    for line in unique:
        if path_only := label_column(line):
            raise ValueError(
                f"'{path}': the line '{line}' has a label. Write only the path, '{path_only}'; the class is in the name of the "
                "list."
            )
        if (first := seen.setdefault(plain_name(line), line)) != line:
            raise ValueError(
                f"'{path}': the lines {first!a} and {line!a} differ only in blanks, invisible characters or the encoding of "
                "letters. Keep the line that matches an image file."
            )
        if (other := cased.setdefault(line.casefold(), line)) != line:
            alike.append((other, line))
        if line.startswith("/") or ".." in line.split("/"):
            raise ValueError(f"'{path}': the line '{line}' leads out of frame/; lines are paths inside frame/.")
    if alike:
        first, other = alike[0]
        text = f"'{path}': {len(alike)} lines differ from another line only in case, such as '{first}' and '{other}'"
        print_log(f"{text}; each counts.", logger="current", level=logging.WARNING)
    return unique


class Entry(NamedTuple):
    """A line of a list, and its parsed name."""

    line: str
    name: FrameName


def read_entry(domain: str, name: str, line: str) -> Entry:
    """Parse one line.

    Args:
        domain: A key of ``DATA_SETS``.
        name: Class of the list, ``'real'`` or ``'spoof'``.
        line: Line of the list.

    Raises:
        ValueError: The line is no official name, belongs to the other class, or does not name frame 0 although lists of the
            domain do.
    """
    data_set = DATA_SETS[domain]
    parsed = data_set.parse(line)
    data_set.frames_to_test(line)  # raises if it is not frame 0
    if parsed.label != name:
        raise ValueError(f"the line '{line}' belongs in the list of the other class.")
    return Entry(line, parsed)


def read_entries(path: Path, domain: str, name: str) -> list[Entry]:
    """Read and parse a list.

    Args:
        path: The list.
        domain: A key of ``DATA_SETS``.
        name: Class of the list, ``'real'`` or ``'spoof'``.

    Returns:
        Its unique lines in their order, and their parsed names.

    Raises:
        ValueError: See :func:`read_list` and :func:`read_entry`; the message names the list.
    """
    return [read_entry_of(path, domain, name, line) for line in read_list(path)]


def read_entry_of(path: Path, domain: str, name: str, line: str) -> Entry:
    """Parse one line of a list; an error names the list."""
    try:
        return read_entry(domain, name, line)
    except ValueError as error:
        hint = " Write the path with / instead of \\." if "\\" in line else ""
        raise ValueError(f"'{path}': {error}{hint}") from error
