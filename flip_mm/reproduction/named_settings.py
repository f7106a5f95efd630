# SPDX-License-Identifier: Apache-2.0
"""Give every setting of a config a name that does not depend on positions in lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

QUICK = "-quickgelu"
WEIGHTS = ("loss", "simclr", "consistency")
# Type of the optimizer wrapper -> arithmetic of the forward passes.
PRECISION = dict(OptimWrapper="float32", Bf16OptimWrapper="bfloat16", AmpOptimWrapper="float16")
SIZES = ("train_dataloader.dataset.pipeline[TrainingViews].image_size", "val_dataloader.dataset.pipeline[Resize].size")


def named_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a config by dotted names.

    Args:
        settings: The config as plain data, as in ``config.settings`` of a record.

    Returns:
        Name -> bool, number, text, None, or a tuple of them. Dicts with a ``type`` in a list are named by it, as in
        ``param_scheduler[CosineAnnealingLR].T_max``. Further names are facts that several settings make up together:
        ``architecture``, ``quick_gelu``, ``precision``, ``schedule``, ``loss weights`` and ``image size``.

    Example:
        ... # doctest: +SKIP
        {'train_dataloader.dataset.pipeline[Crop].size': (8, 8), ...}
    """
    found = dict(_flat(settings, ""))
    return found | _facts(found)


def _flat(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _flat(part, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (list, tuple)) and value and all(isinstance(part, Mapping) for part in value):
        for number, part in enumerate(value):
            kind = str(part.get("type", number)).rpartition("/")[2]
            yield f"{name}[{kind}]", True
            yield from _flat({key: own for key, own in part.items() if key != "type"}, f"{name}[{kind}]")
    else:
        yield name, tuple(value) if isinstance(value, (list, tuple)) else value


def _facts(found: Mapping[str, Any]) -> dict[str, Any]:
    arch = found.get("model.backbone.arch")
    facts: dict[str, Any] = {}
    if isinstance(arch, str):
        facts["architecture"] = arch.removesuffix(QUICK)
        facts["quick_gelu"] = arch.endswith(QUICK) or bool(found.get("model.backbone.quick_gelu"))
    wrapper = found.get("optim_wrapper.type")
    if wrapper in PRECISION:
        facts["precision"] = found.get("optim_wrapper.dtype") or PRECISION[wrapper]
    if any(name.startswith("optim_wrapper.") for name in found):
        steps = [name for name in found if name.startswith("param_scheduler[") and name.endswith("]")]
        facts["schedule"] = ", ".join(name[len("param_scheduler[") : -1] for name in steps) or "constant"
    weights = {part: found.get(f"model.head.{part}.loss_weight") for part in WEIGHTS}
    if found.get("model.head.type") == "FLIPMCLHead":
        # alpha, beta and gamma of the paper; 1 is the default of the losses.
        facts["loss weights"] = tuple(1.0 if weight is None else float(weight) for weight in weights.values())
    sizes = {found[name] for name in SIZES if name in found}
    if sizes:
        facts["image size"] = " and ".join(_size(size) for size in sorted(sizes, key=str))
    return facts


def _size(size: Any) -> str:
    return "x".join(map(str, size)) if isinstance(size, tuple) else f"{size}x{size}"
