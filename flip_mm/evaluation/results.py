# SPDX-License-Identifier: Apache-2.0
"""Read results from the records of trainings and tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flip_mm.utils.files import read_utf8

from .provenance import UNLABELLED, Provenance
from .selection import rule_of

SPLITS = ("test", "val")


@dataclass(frozen=True)
class Result:
    """The metrics of one role in one evaluation, and the values that make results comparable.

    Attributes:
        method: Name of the config file without its ending.
        provenance: Run, seed and checkpoint.
        split: ``'test'``, or ``'val'`` for a validation in training.
        role: ``'target'`` or ``'dev'``.
        level: ``'video'`` or ``'frame'``.
        threshold: Short name of the threshold rule.
        threshold_oracle: Whether the threshold was fitted with labels of the target.
        weights: ``'raw'`` or ``'ema'``.
        config: Hash of the settings in the config.
        lists: Hash of the lists of training and test.
        version: Version of flip_mm.
        metrics: Name -> value, in percent.
    """

    method: str
    provenance: Provenance
    split: str
    role: str
    level: str
    threshold: str
    threshold_oracle: bool
    weights: str
    config: str
    lists: str
    version: str
    metrics: Mapping[str, float] = field(hash=False)


def results_of(record: Mapping[str, Any]) -> list[Result]:
    """Return all results of a record.

    Args:
        record: Content of a ``record.json``, see docs/records.md. These keys are read: ``config`` (``name``, ``sha256``),
            ``run``, ``seed``, ``data``, ``versions``, ``iterations``, ``validations`` and ``tests``. Each of the last two
            has ``reports`` (the dicts of :meth:`Report.to_dict() <flip_mm.evaluation.report.Report.to_dict>`).

    Returns:
        All tests, the last validation, and each validation that a kept best checkpoint comes from, once per metric that
        chose it.

    Raises:
        ValueError: The dict is no record.
    """
    try:
        return [*_of_tests(record), *_of_validations(record)]
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"this is no record of a run ({type(error).__name__}: {error})") from error


def read_records(*places: str | Path) -> list[Result]:
    """Read the results of all records in files and folders.

    Args:
        places: Files, or folders that contain ``record*.json`` at any depth. Names of folders have no meaning.

    Returns:
        All results, in the order of the file names.

    Raises:
        FileNotFoundError: A file does not exist, or a folder has no record.
        ValueError: A file is no record; the message names it.
    """
    found: list[Result] = []
    for place in map(Path, places):
        paths = sorted(place.rglob("record*.json")) if place.is_dir() else [place]
        if not paths:
            raise FileNotFoundError(f"'{place}' holds no record.json: trainings and tests of this version write one.")
        for path in paths:
            try:
                found += results_of(json.loads(read_utf8(path)))
            except (ValueError, RecursionError) as error:
                raise ValueError(f"'{path}': {error}") from error
    return found


def _of_tests(record: Mapping[str, Any]) -> Iterator[Result]:
    for test in record.get("tests") or []:
        origin = test.get("provenance")
        origin = Provenance.from_dict(origin) if origin else _provenance(record, **_of_checkpoint(test))
        yield from _results(record, test, "test", origin, test.get("data"))


def _of_validations(record: Mapping[str, Any]) -> Iterator[Result]:
    done = (record.get("iterations") or {}).get("done")
    for validation in record.get("validations") or []:
        iteration = validation["iteration"]
        chosen = list(validation.get("best_by") or []) + ([""] if iteration == done else [])
        for metric in chosen:
            origin = _provenance(record, iteration=iteration, selection=rule_of(metric).name, selection_metric=metric)
            yield from _results(record, validation, "val", origin, record.get("data", {}).get("val"))


def _results(
    record: Mapping[str, Any], evaluation: Mapping[str, Any], split: str, origin: Provenance, tested: Mapping | None
) -> Iterator[Result]:
    config = record.get("config") or {}
    versions = evaluation.get("versions") or record.get("versions") or {}
    for report in evaluation["reports"].values():
        yield Result(
            method=Path(config.get("name") or "unknown config").stem,
            provenance=origin,
            split=split,
            role=report["role"],
            level=report["level"],
            threshold=report["threshold_rule"],
            threshold_oracle=report["threshold_oracle"],
            weights=evaluation.get("weights") or "raw",
            config=config.get("sha256") or "",
            lists=_hash([_lists((record.get("data") or {}).get("train")), _lists(tested)]),
            version=versions.get("flip_mm") or "",
            metrics=dict(report["figures"]),
        )


def _of_checkpoint(test: Mapping[str, Any]) -> dict[str, Any]:
    return dict(checkpoint=(test.get("checkpoint") or {}).get("name") or "", iteration=test.get("iteration"))


def _provenance(record: Mapping[str, Any], **known: Any) -> Provenance:
    run = record.get("run") or {}
    return Provenance(
        protocol=run.get("protocol") or record.get("protocol") or "",
        run=run.get("name") or "",
        seed=record.get("seed"),
        shots=run.get("shots"),
        unlabelled=run["unlabelled"] if run.get("unlabelled") in UNLABELLED else None,
        **known,
    )


def _lists(data: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return domain -> list name -> hash."""
    return {
        domain: {name: entry["sha256"] for name, entry in (described.get("lists") or {}).items()}
        for domain, described in (data or {}).items()
    }


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
