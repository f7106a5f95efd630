# SPDX-License-Identifier: Apache-2.0
"""Tell from a record whether a stage is finished, and refuse the work dir of another training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from flip_mm.config_checks.config_parts import flat
from flip_mm.engine.records.record_file import FILE, read_record
from flip_mm.evaluation.record_fields import check_record
from flip_mm.utils.files import file_sha256
from flip_mm.utils.text import first_few

from .stage import Stage

# Values longer than this are not printed.
LONGEST = 40


class RecordState(Enum):
    """What a record says of a stage."""

    MISSING = "missing"
    UNFINISHED = "unfinished"
    FINISHED = "finished"


def state_of(stage: Stage) -> RecordState:
    """Return whether a stage is finished: its record has all iterations of a training, or the test of this checkpoint.

    Raises:
        ValueError: The record is damaged, or of a training with other settings; the message names file and keys.
    """
    path = Path(stage.work_dir, FILE)
    record = read_valid_record(path)
    if record is None:
        return RecordState.MISSING
    if stage.action == "test":
        return RecordState.FINISHED if _has_test(record, stage) else RecordState.UNFINISHED
    if found := list(differences(stage.expected, record)):
        raise ValueError(
            f"'{stage.work_dir}' is the work dir of another training: {first_few(found, 3)}. Choose another --work-dir, or "
            "give the settings of that training."
        )
    iterations = record.get("iterations") or {}
    is_done = iterations.get("done") is not None and iterations.get("done") == iterations.get("planned")
    return RecordState.FINISHED if is_done else RecordState.UNFINISHED


def read_valid_record(path: Path) -> dict[str, Any] | None:
    """Return a record; None if there is no file.

    Raises:
        ValueError: The file is damaged, no record, or of another version; the message names it.
    """
    record = read_record(path)
    if record is not None:
        try:
            check_record(record)
        except ValueError as error:
            raise ValueError(f"'{path}': {error}. Move it to another folder.") from error
    return record


def differences(expected: Mapping[str, Any], record: Mapping[str, Any]) -> Iterator[str]:
    """Yield what differs between an expected training and a record, as texts that name the key.

    Args:
        expected: ``config``, ``run``, ``seed`` and ``data``, as in a record.
        record: A record.
    """
    one, other = _comparable(expected), _comparable(record)
    for key in sorted(one.keys() | other.keys()):
        if one.get(key) != other.get(key):
            yield f"{key} is {_short(other, key)} there and {_short(one, key)} here"


def _comparable(record: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted key -> value."""
    config, run = record.get("config") or {}, record.get("run") or {}
    values = {"config": config.get("name"), "seed": record.get("seed")}
    values |= {f"run.{name}": value for name, value in run.items() if value not in (None, "")}
    values |= dict(flat(config.get("settings") or {}))
    for split, domains in (record.get("data") or {}).items():
        for domain, described in domains.items():
            for name, facts in (described.get("lists") or {}).items():
                values[f"list {name} ({domain}, {split})"] = facts.get("sha256")
    return values


def _short(values: Mapping[str, Any], key: str) -> str:
    """A value for a message."""
    if key not in values:
        return "absent"
    text = str(values[key])
    return text if len(text) <= LONGEST else f"{text[:8]}..."


def _has_test(record: Mapping[str, Any], stage: Stage) -> bool:
    checkpoint, wanted = stage.given_checkpoint(), stage.expected.get("run") or {}
    tests = [test for test in record.get("tests") or [] if (test.get("run") or {}).get("name") == wanted.get("name")]
    named = [test for test in tests if checkpoint and (test.get("checkpoint") or {}).get("name") == checkpoint.name]
    return bool(named) and any(test["checkpoint"].get("sha256") == file_sha256(checkpoint) for test in named)
