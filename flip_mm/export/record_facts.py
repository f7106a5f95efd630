# SPDX-License-Identifier: Apache-2.0
"""What the record of a training says for the card of its model, see docs/records.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flip_mm.evaluation.curve import GRID
from flip_mm.evaluation.options import current_name
from flip_mm.evaluation.record_fields import check_record
from flip_mm.evaluation.roles import DEV
from flip_mm.inference.model_card import Decision

# Parts that only --resume compares, or that repeat others.
LEFT_OUT = ("arithmetic", "hardware", "settings", "tests")


def training_facts(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a record that describes a model: of its validations only that of the checkpoint.

    Args:
        record: Of a checkpoint; empty if it has none.

    Raises:
        ValueError: A part of the record has a wrong type.
    """
    if not record:
        return {}
    check_record(record)
    found = {key: value for key, value in record.items() if key not in LEFT_OUT}
    found["config"] = {key: value for key, value in (record.get("config") or {}).items() if key != "settings"}
    found["validations"] = [item for item in [_validation(record)] if item]
    return found


def decision_of(record: Mapping[str, Any]) -> Decision | None:
    """Return the threshold that was fitted on held-out source videos when the checkpoint was validated; None without.

    A threshold that was fitted on the target ('paper') is not taken: it needs labels of the camera on which it is used.

    Args:
        record: Of a checkpoint.
    """
    validation = _validation(record)
    reports = validation.get("reports") or {}
    report = reports.get(DEV) or {}
    rule = current_name(str(report.get("threshold_rule", "")))
    threshold = (report.get("figures") or {}).get("threshold")
    if not rule.startswith(f"{DEV} (") or not isinstance(threshold, (int, float)) or not 0 <= threshold <= GRID[-1]:
        return None
    run = record.get("run") or {}
    same = [found for found in reports.values() if current_name(str(found.get("threshold_rule", ""))) == rule]
    data = dict(role=DEV, sources=run.get("sources"), holdout=run.get("holdout"))
    data |= {key: report.get(key) for key in ("level", "real", "spoof")}
    return Decision(
        accept=threshold,
        reject=threshold,
        rule=rule.removeprefix(f"{DEV} (").removesuffix(")"),
        origin=f"fitted on held-out videos of the training domains at iteration {validation.get('iteration')}",
        data=data,
        rates={found.get("role"): {key: found.get(key) for key in ("APCER", "BPCER")} for found in same},
    )


def license_note(record: Mapping[str, Any]) -> str:
    """Return a note on the initial weights; '' without a record of them."""
    names = [str(item["name"]) for item in record.get("weights") or () if item.get("name")]
    return f"The training started from {', '.join(names)}, with the licence of these weights." if names else ""


def _validation(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the validation of the checkpoint; empty without."""
    iteration = (record.get("checkpoint") or {}).get("iteration")
    return next((item for item in record.get("validations") or () if item.get("iteration") == iteration), {})
