# SPDX-License-Identifier: Apache-2.0
"""Read results from the records of trainings and tests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .options import current_name
from .provenance import Provenance
from .record_fields import check_record
from .record_files import method_of, read_record_file, record_files
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
        intervals: Name -> bounds of the 95 % interval over test videos, in percent; empty if the record holds none.
        not_finite: Names of metrics that were not finite.
        aux: Auxiliary domains in training; None if unknown.
        data: Domain -> ``lists`` of training and test, as in the record.
        is_synthetic: Whether the data are those of the synthetic data set; None if the record does not say it.
        progress: ``'stopped at 4 of 8'`` if the training did not end, for tests as well.
        path: File of the record; ``''`` if unknown.
        depth: Where the depth maps of the training come from; ``''`` if it had none.
        test_time: Whether the method adapts to the images of the target that it is tested on.
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
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)
    not_finite: tuple[str, ...] = ()
    aux: tuple[str, ...] | None = None
    data: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    is_synthetic: bool | None = None
    progress: str = ""
    path: str = ""
    depth: str = ""
    test_time: bool = False


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
    return [result for path in record_files(*places) for result in results_in(path, read_record_file(path))]


def results_in(path: Path, record: Mapping[str, Any]) -> list[Result]:
    """Return :func:`results_of` a record, with the name of its file in the results and in errors."""
    try:
        return [replace(result, path=str(path)) for result in results_of(record)]
    except ValueError as error:
        raise ValueError(f"'{path}': {error}") from error


def prefer_tests(results: Iterable[Result]) -> list[Result]:
    """Leave out validations of checkpoints that were tested: both have the same metrics.

    Args:
        results: Results of any methods, runs and seeds.
    """

    def checkpoint(result: Result) -> tuple:
        known, values = result.provenance, (result.method, result.role, result.level, result.threshold, result.weights)
        training = (known.protocol, known.run, known.seed, known.shots, known.unlabelled, known.holdout, result.config)
        return (*values, *training, known.iteration, known.selection, known.selection_metric)

    results = list(results)
    tested = {checkpoint(result) for result in results if result.split == "test"}
    return [result for result in results if result.split == "test" or checkpoint(result) not in tested]


def progress_of(record: Mapping[str, Any]) -> str:
    """Return ``'stopped at 4 of 8'`` for a training that did not end, otherwise ``''``."""
    iterations = record.get("iterations") or {}
    done, planned = iterations.get("done"), iterations.get("planned")
    return "" if done == planned else f"stopped at {done} of {planned}"


def is_synthetic(record: Mapping[str, Any], tested: Mapping[str, Any] | None = None) -> bool | None:
    """Return whether a training used the synthetic data set, as the record or the name of the config says.

    Args:
        record: Content of a ``record.json``.
        tested: ``data`` of one of its tests.

    Returns:
        None if neither says it: records of earlier versions do not.
    """
    splits = [*(record.get("data") or {}).values(), tested]
    found = [(described or {}).get("synthetic") for split in splits for described in (split or {}).values()]
    if any(found) or "demo" in re.split(r"[_-]", method_of(record)):
        return True
    return False if False in found else None


def _of_tests(record: Mapping[str, Any]) -> Iterator[Result]:
    for test in record.get("tests") or []:
        origin = test.get("provenance")
        origin = Provenance.from_dict(origin) if origin else _provenance(record, **_of_checkpoint(test))
        yield from _results(record, test, "test", origin, test.get("data"))


def _of_validations(record: Mapping[str, Any]) -> Iterator[Result]:
    done, stopped = (record.get("iterations") or {}).get("done"), progress_of(record)
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
            method=method_of(record),
            provenance=origin,
            split=split,
            role=report["role"],
            level=report["level"],
            threshold=threshold,
            threshold_oracle=report["threshold_oracle"],
            weights=evaluation.get("weights") or "raw",
            config=config.get("sha256") or "",
            lists=_hash([_lists((record.get("data") or {}).get("train")), _lists(tested)]),
            start=_hash(sorted([_start(entry, record) for entry in weights], key=str)),
            is_warm=any(entry.get("source") == LOAD_FROM and not is_stage(entry, record) for entry in weights),
            world_size=record.get("world_size"),
            stopped=stopped,
            holdout=run.get("holdout") if uses_dev else None,
            version=versions.get("flip_mm") or "",
            # None stands for a value that was not finite.
            metrics={name: value for name, value in report["figures"].items() if value is not None},
            intervals=_intervals(report),
            not_finite=tuple(name for name, value in report["figures"].items() if value is None),
            aux=_aux(record),
            data=dict(train=(record.get("data") or {}).get("train") or {}, test=tested or {}),
            is_synthetic=is_synthetic(record, tested),
            progress=progress_of(record),
            depth=_depth(record),
            test_time=bool(origin.adapted),
        )


def _intervals(report: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return the bounds of each metric; a null stands for an interval that was not finite."""
    found = {}
    for name, bounds in (report.get("intervals") or {}).items():
        if bounds is not None and None not in bounds:
            low, high = map(float, bounds)
            found[name] = (low, high)
    return found


def is_stage(entry: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Return whether a checkpoint that a training started from is that of the method's previous stage.

    Args:
        entry: One of ``weights`` of the record.
        record: Record of the training.
    """
    previous = record.get("previous_stage")
    return bool(previous) and entry.get("config") == previous


def _start(entry: Mapping[str, Any], record: Mapping[str, Any]) -> list[Any]:
    """Return what tells initial weights apart; a previous stage is part of the method, and every seed has its own."""
    if is_stage(entry, record):
        return [entry["config"], entry.get("left_out")]
    return [entry.get(name) for name in START]


def _depth(record: Mapping[str, Any]) -> str:
    """Return where the depth maps of a training, or of the one that it started from, come from."""
    found = [record.get("depth"), *(entry.get("depth") for entry in record.get("weights") or [])]
    return next(filter(None, found), "unknown source" if (record.get("needs") or {}).get("depth") else "")


def _aux(record: Mapping[str, Any]) -> tuple[str, ...] | None:
    aux = (record.get("run") or {}).get("aux")
    return None if aux is None else tuple(map(str, aux))


def _of_checkpoint(test: Mapping[str, Any]) -> dict[str, Any]:
    return dict(checkpoint=(test.get("checkpoint") or {}).get("name") or "", iteration=test.get("iteration"))


def _provenance(record: Mapping[str, Any], **known: Any) -> Provenance:
    run = record.get("run") or {}
    return Provenance(
        protocol=run.get("protocol") or record.get("protocol") or "",
        run=run.get("name") or "",
        seed=record.get("seed"),
        holdout=run.get("holdout"),
        depth=record.get("depth") or "",
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
