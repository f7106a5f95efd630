# SPDX-License-Identifier: Apache-2.0
"""Which images the weights of a training have seen: its own, and those of the checkpoints that it started or learned from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .provenance import UNLABELLED

# `source` of weights that are a whole checkpoint, which may have been trained on any images.
LOAD_FROM = "load_from"
# A teacher shows a student what it has learned from its images.
TEACHER = "model.teacher.checkpoint"
# Fields of a run; a file may contain anything.
TYPES = dict(
    protocol=str, sources=(list, tuple), aux=(list, tuple), target=str, shots=int, holdout=(int, float), unlabelled=str
)
DEFAULTS = dict(aux=[], shots=0, holdout=0.0, unlabelled="")
NEEDED = ("protocol", "sources", "target")


def seen_by(record: Mapping[str, Any], name: str) -> dict[str, list]:
    """What the weights of a checkpoint have seen, for the record of a training that starts from them.

    Args:
        record: Record of the checkpoint's training; empty if it has none.
        name: Name of the checkpoint.

    Returns:
        ``runs``: fields of its run and of those of its ancestors. ``unknown``: names of the checkpoints among them that do not
        tell their run.
    """
    earlier, own = seen_before(record), _run(record.get("run"))
    runs = [*([own] if own else []), *(run for run in earlier["runs"] if run != own)]
    return dict(runs=runs, unknown=list(dict.fromkeys([*([] if own else [name]), *earlier["unknown"]])))


def seen_before(record: Mapping[str, Any]) -> dict[str, list]:
    """The same of the checkpoints that a training started or learned from; both lists are empty if there are none."""
    runs: list[dict[str, Any]] = []
    unknown: list[str] = []
    weights = record.get("weights")
    for entry in weights if isinstance(weights, list) else ():
        if not isinstance(entry, Mapping) or entry.get("source") not in (LOAD_FROM, TEACHER):
            continue
        seen = entry.get("seen")
        seen = seen if isinstance(seen, Mapping) else {}
        found, names = ([_run(run) for run in _list(seen, "runs")], [str(name) for name in _list(seen, "unknown")])
        runs += [run for number, run in enumerate(found) if run and run not in runs + found[:number]]
        # A checkpoint that says nothing at all is unknown, too.
        is_unknown = None in found or not found + names
        unknown += [*names, *([str(entry.get("name"))] if is_unknown else [])]
    return dict(runs=runs, unknown=list(dict.fromkeys(unknown)))


def target_seen(record: Mapping[str, Any], target: str | None) -> dict[str, Any]:
    """What the weights of a training have seen of a target.

    Args:
        record: Record of the training.
        target: The domain that is tested; None or ``''`` for that of the training.

    Returns:
        ``shots``, ``unlabelled`` and ``unknown_start`` of a :class:`~flip_mm.evaluation.provenance.Provenance`, and
        ``adapted`` if the method adapts in the test.
    """
    run, earlier = record.get("run") or {}, seen_before(record)
    target = target or run.get("target")
    own = [run] if target == run.get("target") else []
    runs = own + [run for run in earlier["runs"] if target is not None and run["target"] == target]
    # A run that is not known at all says nothing of shots.
    shots = [run["shots"] for run in runs if run.get("shots") is not None] or ([0] if run and not own else [])
    unlabelled = [run["unlabelled"] for run in runs if run.get("unlabelled") in UNLABELLED]
    needs = record.get("needs")
    adapted = dict(adapted="test") if isinstance(needs, Mapping) and needs.get("test_time") else {}
    return adapted | dict(
        shots=max(shots, default=None),
        unlabelled=next(iter(unlabelled), None),
        unknown_start=", ".join(earlier["unknown"]),
    )


def _run(value: Any) -> dict[str, Any] | None:
    """The fields of a run as JSON values; None if it does not say which domains it has, or has wrong types."""
    if not isinstance(value, Mapping) or not all(value.get(name) for name in NEEDED):
        return None
    fields = DEFAULTS | {name: value[name] for name in TYPES if name in value}
    if not all(isinstance(part, TYPES[name]) for name, part in fields.items()):
        return None
    return {name: list(part) if isinstance(part, tuple) else part for name, part in fields.items()}


def _list(values: Mapping, name: str) -> list:
    value = values.get(name)
    return value if isinstance(value, list) else []
