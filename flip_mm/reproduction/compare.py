# SPDX-License-Identifier: Apache-2.0
"""Compare the results of trainings with published ones, and their recipe with the published recipe."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flip_mm.evaluation.results import is_synthetic
from flip_mm.tables.published_rows import PublishedRow, find_published

from .checklist import Check, check_record, check_trainings
from .rows import Row, make_rows
from .trainings import Training, read_trainings
from .verdict import verdict

# Head of a model -> its method in the names of configs.
METHODS = dict(FLIPVHead="flip_v", FLIPITHead="flip_it", FLIPMCLHead="flip_mcl")
DRAWN = "the images are synthetic, and published values are of recorded faces"
SettingsOf = Callable[[str], Mapping[str, Any] | None]


@dataclass(frozen=True)
class MethodReport:
    """The comparison of one method, with equal settings in all trainings.

    Attributes:
        method: Name of the config.
        protocol: ``'p1'``.
        details: What tells it from other trainings of this config: shots, holdout, hash of the settings.
        reference: Name of the published config; ``''`` if nothing is published.
        source: Where the values are published.
        rows: Our metrics and the published ones.
        checks: What was compared with the published recipe.
        information: Versions and devices, which are not compared.
        verdict: The result in a few sentences.
    """

    method: str
    protocol: str
    details: str
    reference: str
    source: str
    rows: tuple[Row, ...]
    checks: tuple[Check, ...]
    information: str
    verdict: str


@dataclass(frozen=True)
class Comparison:
    """The comparison of all trainings below a folder.

    Attributes:
        methods: One report per method.
        problems: One sentence for each record that was not read.
    """

    methods: tuple[MethodReport, ...]
    problems: tuple[str, ...]


def compare(*places: str | Path, settings_of: SettingsOf, reference: str = "") -> Comparison:
    """Compare all trainings in files and folders with published results.

    Args:
        places: See :func:`~flip_mm.reproduction.trainings.read_trainings`.
        settings_of: Function: name of a shipped config -> its settings; None if there is no such config.
        reference: Name of the published config; ``''`` finds it by the name of the config, or by head and protocol.

    Raises:
        OSError: A file cannot be read.
        ValueError: No record can be read, a seed has two different results, or nothing is published for ``reference``.
    """
    trainings, problems = read_trainings(*places)
    groups: dict[tuple, list[Training]] = {}
    for training in trainings:
        try:
            # A damaged field is an error of its file, not of the whole report.
            check_record(training.record, {})
            groups.setdefault(_variant(training), []).append(training)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            problems.append(f"'{training.path}': this is no record of a run ({type(error).__name__}: {error})")
    if not groups:
        raise ValueError(problems[0])
    names = [variant[:2] for variant in groups]
    reports = [_report(group, settings_of, reference, names.count(variant[:2]) > 1) for variant, group in groups.items()]
    return Comparison(tuple(reports), tuple(problems))


def _variant(training: Training) -> tuple:
    """What trainings must have in common, so that their seeds and runs are averaged."""
    record, run = training.record, training.record.get("run") or {}
    settings = (record.get("config") or {}).get("sha256")
    extra = [run.get(name) for name in ("shots", "holdout", "unlabelled")] + [bool(run.get("aux"))]
    return training.method, _protocol(training), settings, _head(record), record.get("world_size"), *extra


def _report(trainings: Sequence[Training], settings_of: SettingsOf, reference: str, has_others: bool) -> MethodReport:
    first = trainings[0]
    name, row = _published(first, reference)
    checks = check_trainings(trainings, settings_of(name) if name else None, row.other) if row else []
    synthetic = any(is_synthetic(training.record) for training in trainings)
    rows = make_rows(trainings, None, absent=DRAWN) if synthetic else make_rows(trainings, row)
    return MethodReport(
        method=first.method,
        protocol=_protocol(first),
        details=_details(first, has_others),
        reference=name,
        source=_source(row) if row else "",
        rows=tuple(rows),
        checks=tuple(checks),
        information=_information(trainings),
        verdict=verdict(rows, checks, synthetic),
    )


def _published(training: Training, reference: str) -> tuple[str, PublishedRow | None]:
    """Return the name of the published config and its row."""
    protocol, shots = _protocol(training), (training.record.get("run") or {}).get("shots") or 0
    if reference:
        if row := find_published(reference, protocol, shots):
            return reference, row
        raise ValueError(
            f"--reference {reference}: nothing is published for this config, protocol {protocol} and {shots} shots; "
            "see flip_mm/tables/published for the configs that have published results."
        )
    for name in (training.method, f"{METHODS.get(_head(training.record), '')}_{protocol}"):
        if row := find_published(name, protocol, shots):
            return name, row
    return "", None


def _source(row: PublishedRow) -> str:
    about = f", as quoted there; our config: {row.other.about}" if row.other else ""
    return f"{row.source}, {row.method}{about}"


def _head(record: Mapping[str, Any]) -> str:
    """Type of the model's head; ``''`` if unknown."""
    settings = (record.get("config") or {}).get("settings") or {}
    return str(((settings.get("model") or {}).get("head") or {}).get("type") or "")


def _protocol(training: Training) -> str:
    record = training.record
    return (record.get("run") or {}).get("protocol") or record.get("protocol") or ""


def _details(training: Training, has_others: bool) -> str:
    run = training.record.get("run") or {}
    parts = [f"{run['shots']}-shot"] if run.get("shots") else []
    parts += [f"holdout {run['holdout']:g}"] if run.get("holdout") else []
    parts += [f"unlabelled {run['unlabelled']}"] if run.get("unlabelled") else []
    digest = (training.record.get("config") or {}).get("sha256") or ""
    return ", ".join(parts + ([f"settings {digest[:8]}"] if has_others and digest else []))


def _information(trainings: Iterable[Training]) -> str:
    found: dict[str, dict[str, None]] = {}
    for training in trainings:
        record = training.record
        for name, value in (record.get("versions") or {}).items():
            found.setdefault(name, {})[str(value)] = None
        hardware = record.get("hardware")
        devices = hardware.get("devices") if isinstance(hardware, Mapping) else None
        for device in devices if isinstance(devices, list) else ():
            found.setdefault("device", {})[str(device)] = None
    return ", ".join(f"{name} {' and '.join(values)}" for name, values in found.items())
