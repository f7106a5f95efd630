# SPDX-License-Identifier: Apache-2.0
"""Find and read the records in files and folders."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flip_mm.utils.files import read_utf8

from .record_fields import check_record


def record_files(*places: str | Path) -> Iterator[Path]:
    """Yield the files of all records in files and folders, in the order of their names.

    Args:
        places: Files, or folders that contain ``record*.json`` at any depth. Names of folders have no meaning.

    Raises:
        FileNotFoundError: A folder has no record.
    """
    for place in map(Path, places):
        paths = sorted(place.rglob("record*.json")) if place.is_dir() else [place]
        if not paths:
            raise FileNotFoundError(f"'{place}' holds no record.json: trainings and tests of this version write one.")
        yield from paths


def read_record_file(path: Path) -> dict[str, Any]:
    """Read a record and check its fields.

    Raises:
        FileNotFoundError: The file does not exist.
        ValueError: It is no record; the message names the file.
    """
    try:
        record = json.loads(read_utf8(path))
        check_record(record)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"'{path}': {error}") from error
    return record


def method_of(record: Mapping[str, Any]) -> str:
    """Return the name of a record's config without its ending.

    Example:
        >>> method_of({"config": {"name": "configs/flip_v_p1.py"}}), method_of({})
        ('flip_v_p1', 'unknown config')
    """
    return Path((record.get("config") or {}).get("name") or "unknown config").stem
