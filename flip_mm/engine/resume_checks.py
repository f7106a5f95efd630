# SPDX-License-Identifier: Apache-2.0
"""Whether a training is the one that a checkpoint belongs to: comparisons of plain data, without a runner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flip_mm.config_checks.config_parts import flat
from flip_mm.config_checks.monitored import settings_with_directions
from flip_mm.utils.text import first_few

from .arithmetic import arithmetic_warning
from .findings import Findings
from .training_settings import checkpoint_options, is_free

NEEDED = ("meta", "state_dict", "optimizer", "message_hub")
NAMED = 8


def compare_for_resume(checkpoint: Mapping, stored: Mapping, own: Mapping) -> Findings:
    """Compare a checkpoint with the training that is to continue from it.

    Args:
        checkpoint: Content of the file.
        stored: Its record; empty where it has none.
        own: The record of the training: ``seed``, ``max_iters``, ``settings``, ``world_size``, ``batch_size``, ``arithmetic``,
            ``lists`` (domain -> file name -> ``sha256``). What one of the two lacks is not compared.

    Returns:
        What was found; the first problem is the one to report.
    """
    missing = [name for name in NEEDED if name not in checkpoint]
    if missing:
        return Findings(
            (
                f"There is no {' and no '.join(missing)} in the checkpoint, so it cannot be resumed from. Resume from an "
                "iter_*.pth; to start a new training with its weights: --cfg-options load_from=CHECKPOINT.",
            )
        )
    done, wanted = checkpoint["meta"]["iter"], own["max_iters"]
    problems, warnings = [], []
    if done > wanted:
        problems.append(f"The checkpoint has {done} iterations behind it and train_cfg.max_iters is {wanted}; raise it.")
    elif done == wanted:
        warnings.append(f"All {done} iterations of this training are done; a larger train_cfg.max_iters extends it.")
    if "settings" in stored:
        settings, turned = settings_with_directions(stored["settings"])
        warnings += [
            f"Until now this training took the checkpoint with the worst {metric} for its best one, because its "
            "default_hooks.checkpoint.rule did not fit; the next one with a better value replaces it."
            for metric in turned
        ]
        problems += settings_problem(settings, own["settings"])
        problem, warning = _compare_steps(stored, own)
        problems += problem
        warnings += warning
        warnings += filter(None, [arithmetic_warning(stored.get("arithmetic") or {})])
        warnings += _compare_lists(stored, own)
    else:
        warnings.append("The checkpoint does not say with which settings it was trained; they are not compared.")
    if stored.get("seed") not in (None, own.get("seed")):
        problems.append(
            f"The training to be resumed has the seed {stored['seed']}, this one {own['seed']}: batches would follow one and "
            f"dropout the other. Resume with --seed {stored['seed']}."
        )
    return Findings(tuple(problems), tuple(warnings))


def settings_problem(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Compare flat settings; those of the validation only where both trainings validate."""
    validation = ("val_", "default_hooks.")
    both_validate = all(any(key.startswith("val_evaluator") for key in settings) for settings in (old, new))
    different = [
        f"{key}: {old.get(key)!r} against {new.get(key)!r}"
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key) and (both_validate or not key.startswith(validation)) and not is_free(key)
    ]
    if not different:
        return []
    more = f"; and {len(different) - NAMED} more" if len(different) > NAMED else ""
    return [
        f"The training to be resumed has other settings: {'; '.join(different[:NAMED])}{more}. Resume with the config and "
        "options that it was started with, or start a new training in another --work-dir."
    ]


def accumulation_problem(cfg: Mapping) -> str | None:
    """Why checkpoints would lose gradients: those of a half accumulated step are in no checkpoint."""
    intervals = {
        "default_hooks.checkpoint.interval": checkpoint_options(cfg).get("interval", -1),
        "train_cfg.val_interval": (cfg.get("train_cfg") or {}).get("val_interval", -1),
    }
    wrapper = cfg.get("optim_wrapper")
    counts = [(key, value) for key, value in flat(wrapper, "optim_wrapper") if key.endswith(".accumulative_counts")]
    for key, steps in counts if isinstance(wrapper, Mapping) else ():
        for name, interval in intervals.items():
            if interval > 0 and interval % steps:
                return (
                    f"{name}={interval} is no multiple of {key}={steps}: a checkpoint in between would lose the gradients "
                    "gathered so far."
                )
    return None


def _compare_steps(stored: Mapping, own: Mapping) -> tuple[list[str], list[str]]:
    """Which images a step sees follows from processes x batch size; how they are shared out does not matter."""
    there, here = ((record.get("world_size"), record.get("batch_size")) for record in (stored, own))
    if there == here or None in (*there, *here):
        return [], []
    (processes, size), (own_processes, own_size), step = there, here, there[0] * there[1]
    words = (
        f"The training to be resumed ran with {processes} x {size} (processes x train_dataloader.batch_size) images in a step, "
        f"for each domain and class where the sampler draws so, this one with {own_processes} x {own_size}"
    )
    if own_processes * own_size == step:
        return [], [
            f"{words}: converted. Every step sees the same images with the same augmentation; what a process draws or counts "
            "for itself (dropout, prompt views, BatchNorm without sync_bn) differs."
        ]
    ways = [f"{processes} processes and train_dataloader.batch_size={size}"]
    if step % own_processes == 0:
        ways.append(f"--cfg-options train_dataloader.batch_size={step // own_processes} with the present processes")
    return [f"{words}: its batches would be others. Resume with {', or with '.join(ways)}."], []


def _compare_lists(stored: Mapping, own: Mapping) -> list[str]:
    """Lists that have changed since."""
    train = (stored.get("data") or {}).get("train") or {}
    old = {name: own for domain in train.values() for name, own in (domain.get("lists") or {}).items()}
    new = {name: own for domain in (own.get("lists") or {}).values() for name, own in domain.items()}
    changed = sorted(name for name in old.keys() & new.keys() if old[name]["sha256"] != new[name]["sha256"])
    if not changed:
        return []
    return [
        f"The content of {first_few(changed)} has changed since the training to be resumed started: its batches will be "
        "others. Restore it, or start a new training in another --work-dir."
    ]
