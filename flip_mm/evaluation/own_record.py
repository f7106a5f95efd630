# SPDX-License-Identifier: Apache-2.0
"""Find the record of the training that scores come from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flip_mm.utils.files import read_utf8

from .provenance import Provenance
from .record_fields import check_record


def read_own_record(path: str | Path, known: Provenance | None) -> dict[str, Any]:
    """Read a ``record.json``, and check that it belongs to some scores.

    Args:
        path: The file.
        known: Provenance of the scores; None if unknown, then every record fits.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no record, or that of another training.
    """
    try:
        record = json.loads(read_utf8(path))
        check_record(record)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"'{path}': {error}") from error
    if known is not None and (problem := difference(record, known)):
        raise ValueError(f"'{path}' is the record of another training than that of the scores: {problem}.")
    return record


def find_own_record(folder: str | Path, known: Provenance | None) -> dict[str, Any] | None:
    """Return the record in a folder that scores of this provenance belong to, if there is one.

    Args:
        folder: Folder of the score file.
        known: Provenance of the scores; without it no record is known to be theirs.
    """
    if known is None or known.seed is None or not known.run:
        return None
    found = []
    for path in sorted(Path(folder).glob("record*.json")):
        try:
            found.append(read_own_record(path, known))
        except (OSError, ValueError):
            continue
    tested = [record for record in found if known.checkpoint in _tested(record)]
    return next(iter(tested or found), None)


def difference(record: Mapping[str, Any], known: Provenance) -> str:
    """Say why scores cannot be those of a training; ``''`` if they can."""
    run = (record.get("run") or {}).get("name") or ""
    # A test on another target has the sources of its training.
    if run and known.run and run.partition("->")[0] != known.run.partition("->")[0]:
        return f"its run is {run}, and that of the scores {known.run}"
    seed = record.get("seed")
    if None not in (seed, known.seed) and seed != known.seed:
        return f"its seed is {seed}, and that of the scores {known.seed}"
    return ""


def _tested(record: Mapping[str, Any]) -> set[str | None]:
    return {(test.get("checkpoint") or {}).get("name") for test in record.get("tests") or []}
