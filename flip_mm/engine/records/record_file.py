# SPDX-License-Identifier: Apache-2.0
"""Read and write `record.json`, and add the result of a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flip_mm.engine.durable_backend import DurableBackend
from flip_mm.utils.files import read_utf8

FILE = "record.json"
# Fields that differ between trainings.
IDENTITY = ("seed", "run", "config", "data")


def read_record(path: Path) -> dict[str, Any] | None:
    """Read a record; None if there is no file.

    Raises:
        ValueError: The file contains something else.
    """
    if not path.is_file():
        return None
    try:
        record = json.loads(read_utf8(path))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"'{path}' is no record of a run: {error}. Move it to another folder.") from error
    if not isinstance(record, dict):
        raise ValueError(f"'{path}' is no record of a run: it must contain a JSON object. Move it to another folder.")
    return record


def write_record(record: Mapping[str, Any], path: Path) -> None:
    """Write a record; after a crash the earlier one is still there.

    Raises:
        OSError: It could not be written.
    """
    DurableBackend().put_text(json.dumps(record, indent=1, allow_nan=False) + "\n", path)


def same_training(one: Mapping, other: Mapping) -> bool:
    """Return whether two records are of the same training: all fields of ``IDENTITY`` that both have are equal."""
    shared = [name for name in IDENTITY if name in one and name in other]
    if not shared:
        return not any(name in one or name in other for name in IDENTITY)
    pairs = [(_identity(one, name), _identity(other, name)) for name in shared]
    return all(first[key] == second[key] for first, second in pairs for key in first.keys() & second.keys())


def recorded_tests(path: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tests in a file, if it is of the same training: ``dict(tests=[...])``, empty if there are none."""
    try:
        present = read_record(path) or {}
    except ValueError:
        return {}
    return {"tests": present["tests"]} if present.get("tests") and same_training(present, record) else {}


def with_test(record: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record with the result of a test added; it replaces an earlier result of the same test."""

    def key(other: Mapping) -> list:
        return [other.get(name) for name in ("checkpoint", "weights", "run", "threshold")]

    earlier = [other for other in record.get("tests") or [] if key(other) != key(test)]
    return {**record, "tests": [*earlier, dict(test)]}


def _identity(record: Mapping, name: str) -> dict[str, Any]:
    value = record[name]
    if name == "config":
        return {"sha256": value["sha256"]} if "sha256" in value else {}
    if name == "data":
        return {domain: part.get("lists") for domain, part in (value.get("train") or {}).items()}
    if name == "run":
        return {field: list(part) if isinstance(part, tuple) else part for field, part in value.items()}
    return {name: value}
