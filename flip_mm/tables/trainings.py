# SPDX-License-Identifier: Apache-2.0
"""Read the records of a folder: their results, and the trainings without any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flip_mm.evaluation.record_files import method_of, read_record_file, record_files
from flip_mm.evaluation.results import Result, is_synthetic, progress_of, results_in
from flip_mm.utils.text import first_few

from .data_kind import data_kind

NO_RECORD = "no record of this run"


@dataclass(frozen=True)
class Training:
    """The training of a record, with or without results.

    Attributes:
        method: Name of the config file without its ending.
        protocol: ``'p1'``.
        run: ``'OCI->M'``.
        seed: Seed of the training.
        shots: Labelled target images per class.
        unlabelled: List of the target that trained without labels.
        holdout: Share of the source videos that training left out.
        data: See :func:`~flip_mm.tables.data_kind.data_kind`.
        progress: ``'stopped at 4 of 8'`` if it did not end.
        has_results: Whether the record has a validation or test.
    """

    method: str
    protocol: str
    run: str
    seed: int | None
    shots: int
    unlabelled: str
    holdout: float
    data: str
    progress: str
    has_results: bool

    def problem(self) -> str:
        """Say why a table of finished trainings has no result of it."""
        if self.progress:
            return f"seed {self.seed} {self.progress} iterations"
        reason = "no result with these rules" if self.has_results else "no validation or test in its record"
        return f"seed {self.seed} has {reason}"


def read_trainings(*places: str | Path) -> tuple[list[Result], list[Training]]:
    """Read all records in files and folders.

    Args:
        places: See :func:`~flip_mm.evaluation.results.read_records`.

    Returns:
        All results, and the trainings of all records.

    Raises:
        FileNotFoundError: A file does not exist, or a folder has no record.
        ValueError: A file is no record; the message names it.
    """
    results: list[Result] = []
    trainings = []
    for path in record_files(*places):
        record = read_record_file(path)
        found = results_in(path, record)
        results += found
        trainings.append(_training(record, bool(found)))
    return results, trainings


def why_missing(trainings: Iterable[Training], seeds: Sequence[int | None] = ()) -> str:
    """Say why there is no result of a run.

    Args:
        trainings: Trainings of this run whose results are missing.
        seeds: Further seeds that have no result.
    """
    trainings = list(trainings)
    known = {training.seed for training in trainings}
    problems = [training.problem() for training in trainings]
    problems += [f"seed {seed} has no record" for seed in seeds if seed not in known]
    return first_few(list(dict.fromkeys(problems)), separator="; ") if problems else NO_RECORD


def _training(record: Mapping[str, Any], has_results: bool) -> Training:
    run = record.get("run") or {}
    return Training(
        method=method_of(record),
        protocol=run.get("protocol") or "",
        run=run.get("name") or "",
        seed=record.get("seed"),
        shots=run.get("shots") or 0,
        unlabelled=run.get("unlabelled") or "",
        holdout=run.get("holdout") or 0.0,
        data=data_kind(is_synthetic(record), record.get("data") or {}),
        progress=progress_of(record),
        has_results=has_results,
    )
