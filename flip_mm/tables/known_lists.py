# SPDX-License-Identifier: Apache-2.0
"""Compare the lists in records with those of the authors, by hash and number of lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "published" / "lists.json"


@dataclass(frozen=True)
class ListComparison:
    """A list of a record, compared with the authors' list of the same name.

    Attributes:
        domain: ``'M'``, ``'C'``, ...
        name: Name of the list file, e.g. ``'oulu_real_test.txt'``.
        lines: Number of its lines; None if the record does not contain it.
        published: Number of lines of the authors' list; None if they have none of this name.
        is_same: Whether both files have the same bytes.
    """

    domain: str
    name: str
    lines: int | None
    published: int | None
    is_same: bool


@cache
def known_lists() -> dict[str, dict[str, Any]]:
    """Return the authors' lists: file name -> ``sha256`` of the file and number of ``lines``.

    Example:
        >>> known_lists()["oulu_real_test.txt"]["lines"]
        710
    """
    return json.loads(FILE.read_text(encoding="utf-8"))["lists"]


def compare_lists(data: Mapping[str, Any]) -> Iterator[ListComparison]:
    """Compare all lists of a record with the authors' lists.

    Args:
        data: ``data`` of a record or of a test: split -> domain -> ``lists``, or domain -> ``lists``. Other fields
            are ignored.

    Yields:
        One comparison per list file, in the order of the record.
    """
    domains = data.items() if any("lists" in part for part in _parts(data)) else _of_splits(data)
    seen = set()
    for domain, described in domains:
        lists = described.get("lists") if isinstance(described, Mapping) else None
        for name, entry in (lists or {}).items():
            if name in seen:
                continue
            seen.add(name)
            known = known_lists().get(name) or {}
            is_same = bool(known) and entry.get("sha256") == known["sha256"]
            yield ListComparison(domain, name, entry.get("lines"), known.get("lines"), is_same)


def _of_splits(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for split in _parts(data):
        yield from split.items()


def _parts(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [part for part in data.values() if isinstance(part, Mapping)]
