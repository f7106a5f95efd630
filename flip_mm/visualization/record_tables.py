# SPDX-License-Identifier: Apache-2.0
"""What is known of a training and its evaluation, as tables of an HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flip_mm.evaluation import Provenance

UNKNOWN = "unknown"


def record_groups(
    record: Mapping[str, Any] | None, known: Provenance | None, scores: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """Return title -> name -> value; what is not known is ``'unknown'``.

    Args:
        record: Content of a ``record.json`` that :func:`~flip_mm.evaluation.record_fields.check_record` accepts; None if there
            is none.
        known: Provenance of the scores.
        scores: Facts of the score file, name -> value.
    """
    record, known = record or {}, known or Provenance()
    run, config = _part(record, "run"), _part(record, "config")
    versions, time, hardware, iterations = (_part(record, name) for name in ("versions", "time", "hardware", "iterations"))
    tested = next((t for t in record.get("tests") or [] if _part(t, "checkpoint").get("name") == known.checkpoint), {})
    model = {
        "config": config.get("name"),
        "hash of its settings": config.get("sha256"),
        "protocol and run": f"{known.protocol} {known.run}".strip() or None,
        "trained on": _names(run.get("sources"), run.get("aux")),
        "target images in the training": known.target_seen,
        "seed": known.seed,
        "checkpoint": known.checkpoint,
        "hash of the checkpoint": _part(tested, "checkpoint").get("sha256"),
        "iteration": known.iteration,
        "how the checkpoint was chosen": known.selection_text if known.rule else None,
        "initial weights": ", ".join(_start(own) for own in record.get("weights") or []) or None,
    }
    done, planned = iterations.get("done"), iterations.get("planned")
    training = {
        "iterations": f"{done} of {planned}" if done is not None else None,
        "images in a step": record.get("batch_size"),
        "processes": record.get("world_size"),
        "device": ", ".join(map(str, hardware.get("devices") or [])) or None,
        "time": f"{time['wall_seconds']:.0f} s" if isinstance(time.get("wall_seconds"), (int, float)) else None,
        "versions": ", ".join(f"{name} {value}" for name, value in versions.items()) or None,
    }
    data = {
        f"{split}: {domain}": _lists(described)
        for split, domains in _part(record, "data").items()
        for domain, described in (domains or {}).items()
    }
    groups = {"Scores": scores, "Model": model, "Training": training, "Data lists": data or {"lists": None}}
    return {title: {name: _text(value) for name, value in rows.items()} for title, rows in groups.items()}


def _text(value: object) -> str:
    return UNKNOWN if value in (None, "") else str(value)


def _part(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = values.get(name)
    return part if isinstance(part, Mapping) else {}


def _names(sources: object, aux: object) -> str | None:
    names = [str(name) for part in (sources, aux) if isinstance(part, list) for name in part]
    return ", ".join(names) or None


def _start(weights: Mapping[str, Any]) -> str:
    digest = weights.get("sha256") or weights.get("tensors_sha256")
    return f"{weights.get('name') or UNKNOWN}" + (f" (sha256 {digest})" if digest else "")


def _lists(described: Mapping[str, Any] | None) -> str:
    described = described or {}
    lists = [
        f"{name}: {own.get('lines', UNKNOWN)} lines, sha256 {str(own.get('sha256') or UNKNOWN)[:16]}"
        for name, own in _part(described, "lists").items()
    ]
    return "; ".join([*lists, f"{described.get('images', UNKNOWN)} images"])
