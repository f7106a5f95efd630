# SPDX-License-Identifier: Apache-2.0
"""Check the format of a record and the types of the fields that a table reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FORMAT = 1
NUMBER = (int, float)
WORDS = {Mapping: "an object", list: "a list", str: "text", int: "a whole number", NUMBER: "a number", bool: "true or false"}
RECORD = dict.fromkeys(("config", "run", "data", "versions", "iterations"), Mapping)
RECORD |= dict(weights=list, validations=list, tests=list, seed=int, world_size=int, depth=str)
RUN = dict(name=str, protocol=str, target=str, shots=int, holdout=NUMBER, unlabelled=str)
EVALUATION = dict.fromkeys(("checkpoint", "run", "data", "versions", "provenance", "reports"), Mapping)
EVALUATION |= dict(iteration=int, weights=str, best_by=list)
REPORT = dict(role=str, level=str, threshold_rule=str, threshold_oracle=bool, figures=Mapping, intervals=Mapping)
PARTS = dict(
    config=dict(name=str, sha256=str),
    run=RUN,
    versions=dict(flip_mm=str),
    iterations=dict(done=int, planned=int),
    checkpoint=dict(name=str),
)


def check_record(record: Any) -> None:
    """Check the content of a ``record.json``; fields that are absent or null are unknown.

    Raises:
        ValueError: It is no JSON object, has another format, or a field has a wrong type; the message names the field.
    """
    if not isinstance(record, Mapping):
        raise ValueError("this is no record of a run: it must be a JSON object")
    if record.get("format") not in (None, FORMAT):
        raise ValueError(
            f"format is {record['format']!r}, and this version of flip_mm reads format {FORMAT}: use the version that wrote it"
        )
    _check_parts(record, RECORD, "")
    _check_items(record, "weights", Mapping, "")
    _check_data(record.get("data"), "data.")
    for split in ("validations", "tests"):
        _check_items(record, split, Mapping, "")
        for number, evaluation in enumerate(record.get(split) or []):
            place = f"{split}[{number}]."
            _check_parts(evaluation, EVALUATION, place)
            _check_items(evaluation, "best_by", str, place)
            _check_domains(evaluation.get("data"), f"{place}data.")
            for name, report in (evaluation.get("reports") or {}).items():
                _check(report, Mapping, f"{place}reports.{name}")
                _check_fields(report, REPORT, f"{place}reports.{name}.")
                for metric, value in (report.get("figures") or {}).items():
                    _check(value, NUMBER, f"{place}reports.{name}.figures.{metric}")
                for metric, bounds in (report.get("intervals") or {}).items():
                    _check_bounds(bounds, f"{place}reports.{name}.intervals.{metric}")


def _check_parts(values: Mapping, kinds: Mapping, place: str) -> None:
    """Check fields, and the fields of those that ``PARTS`` names."""
    _check_fields(values, kinds, place)
    for name in kinds.keys() & PARTS.keys():
        _check_fields(values.get(name) or {}, PARTS[name], f"{place}{name}.")


def _check_data(data: Mapping | None, place: str) -> None:
    for split, domains in (data or {}).items():
        _check(domains, Mapping, f"{place}{split}")
        _check_domains(domains, f"{place}{split}.")


def _check_domains(domains: Mapping | None, place: str) -> None:
    for domain, described in (domains or {}).items():
        _check(described, Mapping, f"{place}{domain}")
        _check((described or {}).get("lists"), Mapping, f"{place}{domain}.lists")
        for name, own in ((described or {}).get("lists") or {}).items():
            _check(own, Mapping, f"{place}{domain}.lists.{name}")


def _check_items(values: Mapping, name: str, kind: Any, place: str) -> None:
    for number, item in enumerate(values.get(name) or []):
        if item is None:
            raise ValueError(f"'{place}{name}[{number}]' must be {WORDS[kind]}, got null")
        _check(item, kind, f"{place}{name}[{number}]")


def _check_bounds(bounds: Any, place: str) -> None:
    _check(bounds, list, place)
    for value in bounds or []:
        _check(value, NUMBER, place)
    if bounds is not None and len(bounds) != 2:
        raise ValueError(f"'{place}' must be a list of two numbers, got {len(bounds)}")


def _check_fields(values: Mapping, kinds: Mapping, place: str) -> None:
    for name, kind in kinds.items():
        _check(values.get(name), kind, f"{place}{name}")


def _check(value: Any, kind: Any, place: str) -> None:
    is_flag = isinstance(value, bool) and kind is not bool
    if value is not None and (is_flag or not isinstance(value, kind)):
        raise ValueError(f"'{place}' must be {WORDS[kind]}, got {str(value)[:40]!r}")
