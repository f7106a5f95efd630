# SPDX-License-Identifier: Apache-2.0
"""Compare the settings of a training with those of the published recipe.

The expected values are those of the shipped config with published results. ``RELEASE`` names the few settings in which the
shipped configs differ from the authors' released code on purpose.
"""

from __future__ import annotations

import copy
import functools
import operator
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from .finding import METHOD, ROUNDING, Finding, not_recorded, same
from .named_settings import named_settings


class Setting(NamedTuple):
    """A setting of the published recipe.

    Attributes:
        subject: What users call it.
        name: Its name in :func:`~flip_mm.reproduction.named_settings.named_settings`.
        severity: How serious another value is.
        default: The value of a config that does not set it.
    """

    subject: str
    name: str
    severity: str = METHOD
    default: Any = None


OPTIMIZER, HEAD = "optim_wrapper.optimizer.", "model.head."
VIEWS = "train_dataloader.dataset.pipeline[TrainingViews]."
SETTINGS = (
    Setting("iterations", "train_cfg.max_iters"),
    Setting("validation interval", "train_cfg.val_interval"),
    Setting("batch per stream", "train_dataloader.batch_size"),
    Setting("optimizer", OPTIMIZER + "type"),
    Setting("learning rate", OPTIMIZER + "lr"),
    Setting("weight decay", OPTIMIZER + "weight_decay", default=0),
    Setting("learning rate schedule", "schedule"),
    Setting("fused optimizer", OPTIMIZER + "fused", ROUNDING, default=False),
    Setting("precision", "precision", ROUNDING),
    Setting("backbone", "model.backbone.type"),
    Setting("architecture", "architecture"),
    Setting("QuickGELU", "quick_gelu"),
    Setting("head", HEAD + "type"),
    Setting("loss weights", "loss weights"),
    Setting("prompts of spoof", HEAD + "prompts.spoof"),
    Setting("prompts of real", HEAD + "prompts.real"),
    Setting("prompt split", HEAD + "prompt_split", default="released"),
    Setting("normalisation of each prompt", HEAD + "normalize_prompts", default=False),
    Setting("limit of logit_scale", HEAD + "max_logit_scale"),
    Setting("frozen parameters", "model.frozen", default=()),
    Setting("mean of the images", "model.data_preprocessor.mean"),
    Setting("standard deviation of the images", "model.data_preprocessor.std"),
    Setting("image size", "image size"),
    Setting("resize filter", "val_dataloader.dataset.pipeline[Resize].interpolation"),
    Setting("saturation jitter", "train_dataloader.dataset.pipeline[SaturationJitter].magnitude"),
    Setting("number of SimCLR views", VIEWS + "simclr_views", default=0),
    Setting("crop of SimCLR views", VIEWS + "scale", default=(0.08, 1.0)),
    Setting("colour jitter of SimCLR views", VIEWS + "jitter", default=(0.4, 0.4, 0.4, 0.1)),
    Setting("share of SimCLR views with colour jitter", VIEWS + "jitter_prob", default=0.8),
    Setting("share of grey SimCLR views", VIEWS + "grey_prob", default=0.2),
    Setting("blur of SimCLR views", VIEWS + "sigmas", default=(0.1, 2.0)),
    Setting("share of blurred SimCLR views", VIEWS + "blur_prob", default=0.5),
    Setting("share of flipped views", VIEWS + "flip_prob", default=0.5),
    Setting("engine of the views", VIEWS + "views", ROUNDING),
)
# What the authors' released code does where the shipped configs are faster.
RELEASE = {VIEWS + "views": "pillow", OPTIMIZER + "fused": False}
# All other settings below these names change the method, too.
OTHERS = (
    "model.",
    "optim_wrapper.",
    "param_scheduler[",
    "custom_hooks[",
    *(f"train_dataloader.{part}" for part in ("sampler.", "batch_sampler.", "dataset.pipeline[")),
    "val_dataloader.dataset.pipeline[",
)
# They do not change results, follow from the run, or are compared in another way: weights by their hash, the three loss weights
# together.
LEFT_OUT = (
    *("constructor", "pretrained", "checkpoint", "weights_format", "grad_checkpointing", "compile", "arch", "quick_gelu"),
    *("loss_weight", "image_size", "size", "meta_keys", "data_root", "dtype", "loss_scale"),
    *("num_domains", "fine_classes"),
)
IMAGENET = {"model.data_preprocessor.mean": (0.485, 0.456, 0.406), "model.data_preprocessor.std": (0.229, 0.224, 0.225)}


def compare_settings(
    settings: Mapping[str, Any] | None, recipe: Mapping[str, Any], release: Mapping[str, Any] = RELEASE
) -> list[Finding]:
    """Compare the settings of a record with those of the published recipe.

    Args:
        settings: ``config.settings`` of the record; None if it has none.
        recipe: The same of the shipped config.
        release: Settings in which the shipped config differs from the released code on purpose -> value of that code.

    Returns:
        A finding for each of ``SETTINGS`` that one of them has, then one for each other setting that differs.
    """
    published = named_settings(recipe)
    published |= {name: value for name, value in release.items() if name in published}
    if not settings:
        return [not_recorded("settings of the training", "those of the shipped config")]
    ours = named_settings(settings)
    found = [_compare(setting, ours, published) for setting in SETTINGS if setting.name in ours or setting.name in published]
    return [*found, *_others(ours, published)]


def recipe_for(recipe: Mapping[str, Any], target: str | None) -> dict[str, Any]:
    """Return the settings of a shipped config for a target, with those of its ``by_target``.

    Example:
        >>> recipe_for(dict(model=dict(a=1), by_target=dict(O={"model.a": 2})), "O")
        {'model': {'a': 2}}
    """
    settings = copy.deepcopy(dict(recipe))
    for name, value in settings.pop("by_target", {}).get(target, {}).items():
        *path, last = (int(key) if key.isdecimal() else key for key in name.split("."))
        functools.reduce(operator.getitem, path, settings)[last] = value
    return settings


def _compare(setting: Setting, ours: Mapping[str, Any], published: Mapping[str, Any]) -> Finding:
    mine, theirs = (_value(setting, values) for values in (ours, published))
    if mine == theirs:
        return same(setting.subject, as_text(mine))
    return Finding(setting.severity, setting.subject, as_text(mine), as_text(theirs), _phrase(setting, mine, theirs, ours))


def _value(setting: Setting, values: Mapping[str, Any]) -> Any:
    value = values.get(setting.name, setting.default)
    return IMAGENET.get(setting.name) if value == "imagenet" else value


def _phrase(setting: Setting, mine: Any, theirs: Any, ours: Mapping[str, Any]) -> str:
    if setting.name == "precision":
        towers = "image and text tower" if "model.head.prompts.real" in ours else "image tower"
        return f"{towers} trained in {mine} instead of {theirs}"
    if setting.subject.startswith("prompts") and isinstance(mine, tuple) and isinstance(theirs, tuple):
        return f"other {setting.subject} ({len(set(mine) & set(theirs))} of the {len(theirs)} published ones used)"
    return ""


def _others(ours: Mapping[str, Any], published: Mapping[str, Any]) -> Iterable[Finding]:
    compared = {setting.name for setting in SETTINGS}
    for name in sorted({*ours, *published} - compared):
        if not name.startswith(OTHERS) or name.rpartition(".")[2] in LEFT_OUT or _is_compared(name, ours):
            continue
        if (mine := ours.get(name)) != (theirs := published.get(name)):
            yield Finding(METHOD, name, _if_set(name, ours, mine), _if_set(name, published, theirs))


def _is_compared(name: str, ours: Mapping[str, Any]) -> bool:
    """Whether a setting has no effect on results, or is part of a fact that is compared."""
    is_schedule = name.startswith("param_scheduler[") and name.endswith("]")
    return "[PackInputs]" in name or is_schedule or (name == "optim_wrapper.type" and "precision" in ours)


def _if_set(name: str, values: Mapping[str, Any], value: Any) -> str:
    if name.endswith("]"):
        return "used" if name in values else "not used"
    return as_text(value) if name in values else "not set"


def as_text(value: Any) -> str:
    """Return a setting as text for people.

    Example:
        >>> [as_text(value) for value in (True, 1e-06, (0.08, 1.0), None, ())]
        ['yes', '1e-06', '0.08, 1', 'none', 'none']
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value in (None, ()):
        return "none"
    if isinstance(value, tuple):
        return ", ".join(f'"{part}"' if isinstance(part, str) and " " in part else as_text(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
