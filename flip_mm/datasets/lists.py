# SPDX-License-Identifier: Apache-2.0
"""List files: where they lie and what their lines are."""

from __future__ import annotations

from pathlib import Path

from mmengine.logging import print_log

from .protocols import DOMAINS

# Class -> word in the list's file name; in the order of a batch.
LIST_CLASSES = {"real": "real", "spoof": "fake"}
LIST_KINDS = ("train", "test", "shot")


def list_name(domain: str, name: str, kind: str) -> str:
    """Name of a list file; arguments as for :func:`list_path`.

    Example:
        >>> list_name("M", "spoof", "test")
        'msu_fake_test.txt'
    """
    return f"{DOMAINS[domain]}_{LIST_CLASSES[name]}_{kind}.txt"


def list_path(root: Path, domain: str, name: str, kind: str) -> Path:
    """Path of a list.

    Args:
        root: Data root.
        domain: A key of ``DOMAINS``.
        name: A key of ``LIST_CLASSES``.
        kind: One of ``LIST_KINDS``.

    Example:
        >>> list_path(Path("data/MCIO"), "M", "spoof", "test").name
        'msu_fake_test.txt'
    """
    return root / "txt" / list_name(domain, name, kind)


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
        ValueError: The file is no UTF-8 text, has no lines, or a line leaves the folder of images.
    """
    try:
        lines = nonblank_lines(path)
    except UnicodeDecodeError as error:
        raise ValueError(f"The list '{path}' is not UTF-8 text: {error}. Save it as UTF-8.") from error
    unique = list(dict.fromkeys(lines))
    if not unique:
        raise ValueError(f"The list '{path}' is empty.")
    if len(unique) < len(lines):
        print_log(f"'{path}' repeats {len(lines) - len(unique)} of its lines; each counts once.", logger="current")
    for line in unique:
        if line.startswith("/") or ".." in line.split("/"):
            raise ValueError(f"'{path}': the line '{line}' leaves the folder of images; lines are paths inside frame/.")
    return unique
