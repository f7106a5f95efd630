# SPDX-License-Identifier: Apache-2.0
"""Check whether a checkpoint belongs to a training, by comparing plain data without a runner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flip_mm.config_checks.config_parts import flat
from flip_mm.config_checks.monitored import settings_with_directions
from flip_mm.engine.records.arithmetic import arithmetic_warning
from flip_mm.engine.records.hidden_places import without_place
from flip_mm.engine.records.training_settings import checkpoint_options, is_free
from flip_mm.evaluation.seen import TEACHER
from flip_mm.utils.text import first_few

from .earlier_defaults import restoring_options, without_defaults
from .earlier_views import with_earlier_views
from .findings import Findings

NEEDED = ("meta", "state_dict", "optimizer", "message_hub")
NAMED = 8


def compare_for_resume(checkpoint: Mapping, stored: Mapping, current: Mapping) -> Findings:
    """Compare a checkpoint with the training that will continue from it.

    Args:
        checkpoint: Content of the file.
        stored: Its record; empty if it has none.
        current: The record of the training: ``seed``, ``max_iters``, ``settings``, ``world_size``, ``batch_size``,
            ``arithmetic``, ``depth``, ``lists`` (domain -> file name -> ``sha256``), ``weights``. Only fields that both
            records have are compared.

    Returns:
        The findings; report the first problem.
    """
    missing = [name for name in NEEDED if name not in checkpoint]
    if missing:
        return Findings(
            (
                f"There is no {' and no '.join(missing)} in the checkpoint, so training cannot be resumed from it. Resume from "
                "an iter_*.pth; to start a new training with its weights: --cfg-options load_from=CHECKPOINT.",
            )
        )
    done, max_iters = checkpoint["meta"]["iter"], current["max_iters"]
    problems, warnings = [], []
    if done > max_iters:
        problems.append(f"The checkpoint was saved after {done} iterations and train_cfg.max_iters is {max_iters}; raise it.")
    elif done == max_iters:
        warnings.append(f"All {done} iterations of this training are done; a larger train_cfg.max_iters extends it.")
    if "settings" in stored:
        settings, turned = settings_with_directions(stored["settings"])
        warnings += [
            f"Until now this training kept the checkpoint with the worst {metric} as its best one, because its "
            "default_hooks.checkpoint.rule was wrong; the next one with a better value replaces it."
            for metric in turned
        ]
        problems += settings_problem(settings, current["settings"])
        problem, warning = _compare_steps(stored, current)
        problems += problem + _compare_teachers(stored, current) + _compare_depth(stored, current)
        warnings += warning
        warnings += filter(None, [arithmetic_warning(stored.get("arithmetic") or {})])
        warnings += _compare_lists(stored, current)
    else:
        warnings.append("The checkpoint does not contain the settings of its training; they are not compared.")
    if stored.get("seed") not in (None, current.get("seed")):
        problems.append(
            f"The training to be resumed has the seed {stored['seed']}, this one {current['seed']}: batches would use one "
            f"and dropout the other. Resume with --seed {stored['seed']}."
        )
    return Findings(tuple(problems), tuple(warnings))


def settings_problem(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Compare flat settings; those of the validation only where both trainings validate."""
    validation = ("val_", "default_hooks.")
    both_validate = all(any(key.startswith("val_evaluator") for key in settings) for settings in (old, new))
    # Checkpoints of earlier versions may contain paths.
    old, new = (without_defaults({key: without_place(value) for key, value in settings.items()}) for settings in (old, new))
    new, views = with_earlier_views(old, new)
    keys = [
        key
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key) and (both_validate or not key.startswith(validation)) and not is_free(key)
    ]
    different = [f"{key}: {old.get(key)!r} against {new.get(key)!r}" for key in keys]
    options = restoring_options(old, new, keys)
    if views and (options or not keys):
        different = [f"{key}: 'pillow' against {value!r}" for key, value in views.items()] + different
        options = [f"{key}=pillow" for key in views] + options
    if not different:
        return []
    different = first_few(different, NAMED, "; ")
    if options:
        return [
            f"The training to be resumed started with other defaults: {different}. Resume with --cfg-options "
            f"{' '.join(options)} to continue with its arithmetic."
        ]
    return [
        f"The training to be resumed has other settings: {different}. Resume with the config and "
        "options that it was started with, or start a new training in another --work-dir."
    ]


def accumulation_counts(cfg: Mapping) -> dict[str, int]:
    """Return the settings of gradient accumulation, one for each optimizer that has it, and their numbers of batches."""
    wrapper = cfg.get("optim_wrapper")
    if not isinstance(wrapper, Mapping):
        return {}
    return {key: value for key, value in flat(wrapper, "optim_wrapper") if key.endswith(".accumulative_counts")}


def accumulation_problem(cfg: Mapping) -> str | None:
    """Say why checkpoints would lose gradients: a checkpoint does not contain those of an incomplete accumulation."""
    intervals = {
        "default_hooks.checkpoint.interval": checkpoint_options(cfg).get("interval", -1),
        "train_cfg.val_interval": (cfg.get("train_cfg") or {}).get("val_interval", -1),
    }
    for key, steps in accumulation_counts(cfg).items():
        for name, interval in intervals.items():
            if interval > 0 and interval % steps:
                return (
                    f"{name}={interval} is no multiple of {key}={steps}: a checkpoint in between would lose the accumulated "
                    f"gradients. Set it to a multiple of {steps}."
                )
    return None


def _compare_depth(stored: Mapping, current: Mapping) -> list[str]:
    """Compare where the depth maps come from."""
    before, now = (record.get("depth") or "" for record in (stored, current))
    if before == now or not before:
        return []
    return [
        f"The training to be resumed had depth from {before}, this one from {now or 'nowhere'}: resume with the same "
        "--data-root and --depth-root."
    ]


def _compare_steps(stored: Mapping, current: Mapping) -> tuple[list[str], list[str]]:
    """Compare processes x batch size, which decides the images of a step; their distribution does not matter."""
    there, here = ((record.get("world_size"), record.get("batch_size")) for record in (stored, current))
    if there == here or None in (*there, *here):
        return [], []
    (processes, size), (new_processes, new_size), step = there, here, there[0] * there[1]
    words = (
        f"The training to be resumed ran with {processes} x {size} (processes x train_dataloader.batch_size) images in a step, "
        f"for each domain and class if the sampler draws by them, this one with {new_processes} x {new_size}"
    )
    if new_processes * new_size == step:
        return [], [
            f"{words}: converted. Every step sees the same images with the same augmentation; what each process computes "
            "separately (dropout, prompt views, BatchNorm without sync_bn) differs."
        ]
    ways = [f"{processes} processes and train_dataloader.batch_size={size}"]
    if step % new_processes == 0:
        ways.append(f"--cfg-options train_dataloader.batch_size={step // new_processes} with the present processes")
    return [f"{words}: its batches would be different. Resume with {', or with '.join(ways)}."], []


def _compare_teachers(stored: Mapping, current: Mapping) -> list[str]:
    """Compare the hashes of the teachers of a student."""
    there, here = (
        [entry.get("sha256") for entry in record.get("weights") or () if entry.get("source") == TEACHER]
        for record in (stored, current)
    )
    if there == here or not there or None in (*there, *here):
        return []
    return [
        f"{TEACHER} is another file than the teacher of the training to be resumed, whose SHA-256 begins with {there[0][:8]}: "
        "give that file."
    ]


def _compare_lists(stored: Mapping, current: Mapping) -> list[str]:
    """Warn about lists that have changed."""
    train = (stored.get("data") or {}).get("train") or {}
    old = {name: entry for domain in train.values() for name, entry in (domain.get("lists") or {}).items()}
    new = {name: entry for domain in (current.get("lists") or {}).values() for name, entry in domain.items()}
    changed = sorted(name for name in old.keys() & new.keys() if old[name]["sha256"] != new[name]["sha256"])
    if not changed:
        return []
    return [
        f"The content of {first_few(changed)} has changed since the training to be resumed started: its batches will be "
        "different. Restore it, or start a new training in another --work-dir."
    ]
