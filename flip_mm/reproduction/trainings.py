# SPDX-License-Identifier: Apache-2.0
"""Read the trainings below a folder, and choose the result of each that can be compared with published values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flip_mm.evaluation.options import PAPER
from flip_mm.evaluation.record_files import method_of, read_record_file, record_files
from flip_mm.evaluation.results import Result, results_in
from flip_mm.evaluation.roles import TARGET
from flip_mm.evaluation.selection import TARGET_ORACLE
from flip_mm.tables.rules import PUBLISHED_METRIC


@dataclass(frozen=True)
class Training:
    """A training and one of its tested targets.

    Attributes:
        path: Its record.
        record: Content of the record.
        run: Name of the tested run, e.g. ``'OCI->M'``.
        seed: Seed; None if unknown.
        result: The result that can be compared with published values; None if there is none.
        reason: Why there is none.
    """

    path: Path
    record: Mapping[str, Any]
    run: str
    seed: int | None
    result: Result | None
    reason: str = ""

    @property
    def method(self) -> str:
        """Name of the config without its ending."""
        return method_of(self.record)


def read_trainings(*places: str | Path) -> tuple[list[Training], list[str]]:
    """Read all records in files and folders.

    Args:
        places: Files, or folders that contain ``record*.json`` at any depth.

    Returns:
        The trainings, once per tested run, in the order of the file names; and one sentence for each record that was not read.

    Raises:
        FileNotFoundError: A file does not exist, or a folder has no record.
        ValueError: None of the records can be read; the message names the first one.
    """
    found: list[Training] = []
    problems: list[str] = []
    for path in record_files(*places):
        try:
            found += trainings_of(read_record_file(path), path)
        except ValueError as error:
            problems.append(str(error))
    if not found:
        raise ValueError(problems[0])
    return found, problems


def trainings_of(record: Mapping[str, Any], path: Path) -> list[Training]:
    """Return the training of a record, once per tested run.

    Raises:
        ValueError: It is no record, see :func:`~flip_mm.evaluation.results.results_of`; the message names the file.
    """
    results = [result for result in results_in(path, record) if result.role == TARGET]
    own = (record.get("run") or {}).get("name") or ""
    runs = list(dict.fromkeys([*(result.provenance.run for result in results), *([] if results else [own])]))
    return [_of_run(record, path, run, [result for result in results if result.provenance.run == run]) for run in runs]


def _of_run(record: Mapping[str, Any], path: Path, run: str, results: Sequence[Result]) -> Training:
    # A test has all digits of its validation, and is the later one.
    chosen = [result for split in ("test", "val") for result in results if result.split == split and not _problem(result)]
    reason = "" if chosen else _reason(results)
    return Training(path, record, run, record.get("seed"), chosen[0] if chosen else None, reason)


def _problem(result: Result) -> str:
    """Why a result is not measured as the published ones; ``''`` if it is."""
    known = result.provenance
    if known.holdout:
        return f"trained with holdout {known.holdout:g}, the published ones without"
    if result.progress:
        return f"the training {result.progress}"
    if known.selection != TARGET_ORACLE or (known.selection_metric or PUBLISHED_METRIC) != PUBLISHED_METRIC:
        by = f" by {known.selection_metric}" if known.selection_metric else ""
        ours = f"checkpoint rule '{known.selection or 'unknown'}'{by}"
        return f"{ours}, the published ones '{TARGET_ORACLE}' by {PUBLISHED_METRIC}"
    if result.threshold != PAPER:
        return f"threshold rule '{result.threshold}', the published ones '{PAPER}'"
    return "" if result.level == "video" else f"scores of {result.level}s, the published ones of videos"


def _reason(results: Sequence[Result]) -> str:
    if not results:
        return "the record holds no result of the target"
    return "; ".join(dict.fromkeys(filter(None, map(_problem, results))))
