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

from .options import current_name
from .provenance import Provenance
from .record_fields import check_record
from .roles import DEV
from .seen import LOAD_FROM, target_seen
from .selection import rule_of

SPLITS = ("test", "val")
# What tells initial weights apart: names of files do not, but a tag may have no hash.
START = ("source", "sha256", "tensors_sha256", "left_out")


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
        start: Hash of the initial weights.
        is_warm: Whether a whole checkpoint was loaded before training.
        world_size: Number of processes of the training.
        stopped: ``'stopped at 4 of 8'`` for a validation of a training that did not end.
        holdout: Share of the source videos in the development set of the test; None if it has no effect.
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
    start: str
    is_warm: bool
    world_size: int | None
    stopped: str
    holdout: float | None
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
        ValueError: The dict is no record, has another format, or a field has a wrong type; the message names the field.
    """
    try:
        check_record(record)
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
    iterations = record.get("iterations") or {}
    done, planned = iterations.get("done"), iterations.get("planned")
    stopped = "" if done == planned else f"stopped at {done} of {planned}"
    for validation in record.get("validations") or []:
        iteration = validation["iteration"]
        chosen = list(validation.get("best_by") or []) + ([""] if iteration == done else [])
        for metric in chosen:
            # Nothing chose the newest iteration of a training that was stopped.
            rule = rule_of(metric).name if metric or not stopped else ""
            origin = _provenance(record, iteration=iteration, selection=rule, selection_metric=metric)
            yield from _results(record, validation, "val", origin, (record.get("data") or {}).get("val"), stopped)


def _results(
    record: Mapping[str, Any],
    evaluation: Mapping[str, Any],
    split: str,
    origin: Provenance,
    tested: Mapping | None,
    stopped: str = "",
) -> Iterator[Result]:
    config, weights = record.get("config") or {}, record.get("weights") or []
    versions = evaluation.get("versions") or record.get("versions") or {}
    run = evaluation.get("run") or record.get("run") or {}
    for report in evaluation["reports"].values():
        threshold = current_name(report["threshold_rule"])
        uses_dev = DEV in (report["role"], threshold.split(" ")[0])
        yield Result(
            method=Path(config.get("name") or "unknown config").stem,
            provenance=origin,
            split=split,
            role=report["role"],
            level=report["level"],
            threshold=threshold,
            threshold_oracle=report["threshold_oracle"],
            weights=evaluation.get("weights") or "raw",
            config=config.get("sha256") or "",
            lists=_hash([_lists((record.get("data") or {}).get("train")), _lists(tested)]),
            start=_hash(sorted([[entry.get(name) for name in START] for entry in weights], key=str)),
            is_warm=any(entry.get("source") == LOAD_FROM for entry in weights),
            world_size=record.get("world_size"),
            stopped=stopped,
            holdout=run.get("holdout") if uses_dev else None,
            version=versions.get("flip_mm") or "",
            # None stands for a value that was not finite.
            metrics={name: value for name, value in report["figures"].items() if value is not None},
        )


def _of_checkpoint(test: Mapping[str, Any]) -> dict[str, Any]:
    return dict(checkpoint=(test.get("checkpoint") or {}).get("name") or "", iteration=test.get("iteration"))


def _provenance(record: Mapping[str, Any], **known: Any) -> Provenance:
    run = record.get("run") or {}
    return Provenance(
        protocol=run.get("protocol") or record.get("protocol") or "",
        run=run.get("name") or "",
        seed=record.get("seed"),
        holdout=run.get("holdout"),
        **target_seen(record, run.get("target")),
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
