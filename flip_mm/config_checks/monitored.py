# SPDX-License-Identifier: Apache-2.0
"""Check the metrics that choose checkpoints, stop trainings or lower rates: do they exist, and is the direction right?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mmengine.hooks import CheckpointHook, EarlyStoppingHook, Hook
from mmpretrain.registry import DATASETS, HOOKS, METRICS, PARAM_SCHEDULERS

from flip_mm.datasets import FASDataset
from flip_mm.datasets.protocols import ROLES
from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.directions import DIRECTIONS, direction_of
from flip_mm.evaluation.roles import DEV, TARGET
from flip_mm.utils.nearest import did_you_mean

from .config_parts import class_of, metrics_of, named_hooks, named_schedulers

RULES = ("greater", "less")
AUTO = "auto"
BEST, RULE = "default_hooks.checkpoint.save_best", "default_hooks.checkpoint.rule"


def check_monitored(cfg: Mapping) -> None:
    """Compare ``save_best`` and every ``monitor`` with the metrics of the validation.

    The values of other metrics than ``FASMetric`` are not checked.

    Args:
        cfg: The config.

    Raises:
        ValueError: A metric is not reported, has no direction, is named twice, or has a wrong rule.
    """
    if not cfg.get("val_evaluator"):
        return
    for key, hook in named_hooks(cfg):
        kind = class_of(hook, HOOKS) or Hook
        if issubclass(kind, CheckpointHook):
            names = _as_list(f"{key}.save_best", hook.get("save_best"))
            for name, rule in zip(names, _spread(key, hook.get("rule"), len(names)), strict=True):
                _check(cfg, key, "save_best", name, rule, is_inferred=getattr(kind, "INFERS_DIRECTION", False))
        elif issubclass(kind, EarlyStoppingHook):
            _check(cfg, key, "monitor", hook.get("monitor"), hook.get("rule"))
    for key, scheduler in named_schedulers(cfg.get("param_scheduler")):
        if getattr(class_of(scheduler, PARAM_SCHEDULERS), "need_val_args", False):
            _check(cfg, key, "monitor", scheduler.get("monitor", "loss"), scheduler.get("rule", "less"))


def directions(cfg: Mapping) -> str | list[str | None] | None:
    """Return the direction in which ``default_hooks.checkpoint`` compares values.

    Args:
        cfg: The config.

    Returns:
        For one metric in ``save_best`` the direction, for a list a list, otherwise None. The direction is None if it is
        unknown: for metrics of other packages without ``rule``.
    """
    options = (cfg.get("default_hooks") or {}).get("checkpoint") or {}
    best, rule = options.get("save_best"), options.get("rule")
    if best == AUTO:
        best = _first_reported(cfg) or AUTO
    if isinstance(best, str):
        return direction_of(best) or (rule[0] if isinstance(rule, list) else rule)
    if not best:
        return None
    rules = _spread("default_hooks.checkpoint", rule, len(best))
    return [direction_of(name) or rule for name, rule in zip(best, rules, strict=True)]


def settings_with_directions(settings: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Add a direction for each metric to the stored settings of a training; older checkpoints have one rule for all metrics.

    Args:
        settings: From :func:`~flip_mm.engine.records.training_settings.training_settings`.

    Returns:
        The settings, and the metrics for which an older version kept the worst checkpoint as the best.
    """
    directed = {key: value for key, value in settings.items() if key != RULE}
    turned = []
    for key in (key for key in settings if key.startswith(BEST)):
        name = key.replace(BEST, RULE)
        old = settings.get(name, settings.get(RULE))
        new = direction_of(settings[key]) or old
        if new:
            directed[name] = new
        if old not in (new, None):
            turned.append(settings[key])
    return directed, turned


def reported_metrics(cfg: Mapping) -> tuple[list[str], bool]:
    """Return the names of the metrics that ``val_evaluator`` will report.

    Args:
        cfg: The config.

    Returns:
        The names from ``FASMetric``, and whether there may be others: from another metric, a subclass, or roles that only the
        data set knows.
    """
    dataset = (cfg.get("val_dataloader") or {}).get("dataset") or {}
    kind = class_of(dataset, DATASETS)
    is_known = kind is not None and issubclass(kind, FASDataset)
    tested = dataset.get("roles", ROLES)
    roles = [DEV] * (DEV in tested and bool((dataset.get("run") or {}).get("holdout"))) + [TARGET] * (TARGET in tested)
    names, others = [], not is_known
    for metric in metrics_of(cfg.get("val_evaluator") or []):
        others |= class_of(metric, METRICS) is not FASMetric
        if not _is_ours(metric):
            continue
        prefix = f"{metric['prefix']}/" if metric.get("prefix") else ""
        names += [f"{prefix}{role}/{name}" for role in roles for name in DIRECTIONS]
    return names, others


def _check(cfg: Mapping, key: str, option: str, name: Any, rule: Any, is_inferred: bool = False) -> None:
    """Check one name and its rule; ``is_inferred``: without a rule the hook uses the metric's direction."""
    if rule not in (*RULES, None):
        raise ValueError(f"{key}.rule must be 'greater', 'less' or None, got {rule!r}.")
    reported, others = reported_metrics(cfg)
    if name == AUTO:
        name = _first_reported(cfg) or AUTO
    if name not in reported:
        if not others:
            raise ValueError(f"{key}.{option}: {name!r} is not reported by val_evaluator{_hint(str(name), reported)}")
        return
    better = direction_of(name)
    if better is None:
        usable = ", ".join(metric for metric in reported if direction_of(metric))
        raise ValueError(f"{key}.{option}: {name!r} has no direction (higher or lower is better); choose one of {usable}.")
    if rule != better and not (rule is None and (is_inferred or _infers(name) == better)):
        way = "remove it" if is_inferred else f"set {key}.rule={better!r}"
        raise ValueError(f"{key}.rule={rule!r} does not fit {name!r}, for which it must be {better!r}: {way}.")


def _first_reported(cfg: Mapping) -> str | None:
    """The metric that ``'auto'`` means; None if the first metric is no ``FASMetric``."""
    first = next(metrics_of(cfg.get("val_evaluator") or []), None)
    return reported_metrics(cfg)[0][0] if first is not None and _is_ours(first) else None


def _is_ours(metric: Mapping) -> bool:
    kind = class_of(metric, METRICS)
    return kind is not None and issubclass(kind, FASMetric)


def _infers(name: str) -> str | None:
    """The direction that mmengine infers from a name."""
    return "greater" if any(part.lower() in name.lower() for part in EarlyStoppingHook._default_greater_keys) else None


def _hint(name: str, reported: Sequence[str]) -> str:
    """A suggestion, and the names that exist."""
    role, _, metric = name.rpartition("/")
    # 'HTER' without a role, or 'dev/APCER' for 'dev/APCER_worst'; the target comes first.
    like = [
        valid
        for valid in sorted(reported, key=lambda valid: f"{DEV}/" in valid)
        if (found := valid.rpartition("/"))[2].lower().startswith(metric.lower() or " ") and role in ("", found[0])
    ]
    suggestion = f", did you mean {like[0]}?" if like else did_you_mean(name, reported, cutoff=0.5, most=1) or "."
    suggestion += "" if role else f" The part before / is the role (target or {DEV})."
    holdout = "" if any(f"{DEV}/" in metric for metric in reported) else f" Metrics of {DEV} need --holdout."
    return f"{suggestion} It reports {', '.join(reported)}.{holdout}"


def _as_list(key: str, save_best: Any) -> list[str]:
    """``save_best`` as a list of names."""
    names = [save_best] if isinstance(save_best, str) else save_best if isinstance(save_best, list) else []
    is_empty = save_best is None or save_best == []
    if not (names or is_empty) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"{key} must be the name of a metric or a list of names, got {save_best!r}.")
    if len(set(names)) < len(names) or (AUTO in names and len(names) > 1):
        raise ValueError(f"{key} must name every metric once, and 'auto' alone, got {save_best!r}.")
    return names


def _spread(key: str, rule: Any, count: int) -> list[Any]:
    """One rule for each metric."""
    rules = rule if isinstance(rule, list) else [rule]
    if isinstance(rule, list) and not all(entry in RULES for entry in rule):
        raise ValueError(f"{key}.rule must be 'greater', 'less', None or a list of 'greater' and 'less', got {rule!r}.")
    if len(rules) == 1:
        return rules * count
    if len(rules) != count:
        raise ValueError(f"{key}.rule has {len(rules)} entries for {count} metrics in save_best; remove it.")
    return rules
