# SPDX-License-Identifier: Apache-2.0
"""Find out which training and checkpoint the scores of an evaluation come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from flip_mm.datasets.protocols import Run
from flip_mm.evaluation.provenance import Provenance
from flip_mm.evaluation.seen import target_seen
from flip_mm.evaluation.selection import EARLIER_NAMES, LAST, OTHER_TARGET, RULES, rule_of

from .run_record import stored_record

BEST = "best_ckpt"
SAVE_BEST = "default_hooks.checkpoint.save_best"


def provenance(record: Mapping, checkpoint: str = "", **overrides: Any) -> Provenance:
    """Return where scores come from.

    Args:
        record: Record of the training, see :mod:`~flip_mm.engine.records.run_record`; missing fields stay unknown.
        checkpoint: Name or path of the checkpoint; only the name is stored.
        **overrides: Fields of :class:`~flip_mm.evaluation.provenance.Provenance` that replace those of the record.
    """
    run = record.get("run") or {}
    fields = dict(
        protocol=run.get("protocol", ""),
        run=run.get("name") or (_run_name(run["sources"], run["target"]) if run.get("sources") and run.get("target") else ""),
        seed=record.get("seed"),
        checkpoint=PurePath(str(checkpoint).replace("\\", "/")).name,
        holdout=run.get("holdout"),
        depth=record.get("depth", ""),
    )
    return Provenance(**fields | target_seen(record, run.get("target")) | overrides)


def provenance_of_file(checkpoint: Mapping, name: str) -> Provenance:
    """Return where the scores of a checkpoint come from.

    Args:
        checkpoint: Content of the file.
        name: Name or path of the file.
    """
    record = stored_record(checkpoint)
    chosen = record.get("checkpoint") or {}
    rule = chosen.get("selection") or ""
    if not chosen:
        rule, chosen = _selection_without_record(checkpoint, record, name)
    return provenance(
        record,
        name,
        iteration=chosen.get("iteration", record.get("iteration")),
        selection=rule if rule in {*RULES, *EARLIER_NAMES} else "",
        selection_metric=chosen.get("metric", ""),
    )


def in_run(origin: Provenance, record: Mapping, run: Run | None) -> Provenance:
    """Return where the scores of a test come from.

    Args:
        origin: Provenance of the checkpoint.
        record: Record of its training; without ``run`` if that is unknown.
        run: The run that is tested; None if the data set has none.

    Returns:
        ``origin``. If the test has another target than the training: the sources of the training and the target of the test,
        what the training and its ancestors have seen of that target, and ``'other-target'`` for a checkpoint that was chosen
        on the training's target.
    """
    trained = record.get("run") or {}
    if run is None or not trained.get("sources") or trained.get("target") == run.target:
        return origin
    rule, seen = origin.rule, target_seen(record, run.target)
    return replace(
        origin,
        run=_run_name(trained["sources"], run.target),
        selection=OTHER_TARGET if rule is not None and rule.uses_target else origin.selection,
        **seen | dict(unlabelled=seen["unlabelled"] or ""),
    )


def selection_of(iteration: int, max_iters: int | None, metric: str = "") -> dict[str, Any]:
    """Return how a checkpoint was chosen, for its record.

    Args:
        iteration: Iteration of the checkpoint.
        max_iters: Iterations of the training.
        metric: Metric by which it is the best; ``''`` for one that is saved at regular intervals. Of these only the last one
            is chosen by a rule.
    """
    rule = rule_of(metric or None).name if metric or iteration == max_iters else ""
    return dict(iteration=iteration, selection=rule, metric=metric)


def _selection_without_record(checkpoint: Mapping, record: Mapping, name: str) -> tuple[str, dict[str, Any]]:
    """The same for checkpoints of earlier versions, from the paths of the best checkpoints that mmengine stores."""
    info = (checkpoint.get("message_hub") or {}).get("runtime_info") or {}
    file = PurePath(name.replace("\\", "/")).name
    for key, path in info.items():
        if key.startswith(BEST) and isinstance(path, str) and PurePath(path.replace("\\", "/")).name == file:
            single = (record.get("settings") or {}).get(SAVE_BEST, "")
            metric = key.removeprefix(BEST).removeprefix("_") or (single if single != "auto" else "")
            return (rule_of(metric).name if metric else ""), dict(metric=metric)
    iteration = record.get("iteration")
    is_last = iteration is not None and iteration == info.get("max_iters")
    return (LAST if is_last else ""), {}


def _run_name(sources: Sequence[str], target: str) -> str:
    return Run("", tuple(sources), (), target).name
