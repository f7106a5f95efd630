# SPDX-License-Identifier: Apache-2.0
"""The file `record.json`: read, write, and add the result of a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flip_mm.utils.files import read_utf8

from .durable_backend import DurableBackend

FILE = "record.json"
# What tells one training from another.
IDENTITY = ("seed", "run", "config", "data")


def read_record(path: Path) -> dict[str, Any] | None:
    """A record; None where there is none.

    Raises:
        ValueError: The file holds something else.
    """
    if not path.is_file():
        return None
    try:
        record = json.loads(read_utf8(path))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"'{path}' is no record of a run: {error}. Move it away.") from error
    if not isinstance(record, dict):
        raise ValueError(f"'{path}' is no record of a run: it holds no settings by name. Move it away.")
    return record


def write_record(record: Mapping[str, Any], path: Path) -> None:
    """Write a record; a crash leaves the earlier one.

    Raises:
        OSError: It could not be written.
    """
    DurableBackend().put_text(json.dumps(record, indent=1, allow_nan=False) + "\n", path)


def same_training(one: Mapping, other: Mapping) -> bool:
    """Whether two records are of one training, as far as both say so; not where one alone says anything."""
    shared = [name for name in IDENTITY if name in one and name in other]
    if not shared:
        return not any(name in one or name in other for name in IDENTITY)
    pairs = [(_identity(one, name), _identity(other, name)) for name in shared]
    return all(first[key] == second[key] for first, second in pairs for key in first.keys() & second.keys())


def recorded_tests(path: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    """The tests in a file, if it is of the same training: ``dict(tests=[...])``, empty where there are none."""
    try:
        present = read_record(path) or {}
    except ValueError:
        return {}
    return {"tests": present["tests"]} if present.get("tests") and same_training(present, record) else {}


def with_test(record: Mapping[str, Any], test: Mapping[str, Any]) -> dict[str, Any]:
    """A record to which the result of a test is added; it replaces that of the same test."""

    def key(own: Mapping) -> list:
        return [own.get(name) for name in ("checkpoint", "weights", "run", "threshold")]

    earlier = [own for own in record.get("tests") or [] if key(own) != key(test)]
    return {**record, "tests": [*earlier, dict(test)]}


def _identity(record: Mapping, name: str) -> dict[str, Any]:
    value = record[name]
    if name == "config":
        return {"sha256": value["sha256"]} if "sha256" in value else {}
    if name == "data":
        return {domain: own.get("lists") for domain, own in (value.get("train") or {}).items()}
    if name == "run":
        return {field: list(own) if isinstance(own, tuple) else own for field, own in value.items()}
    return {name: value}
