# SPDX-License-Identifier: Apache-2.0
"""Check the whole learning rate schedule of a training before the model is built."""

from __future__ import annotations

import copy
import inspect
import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from mmpretrain.registry import OPTIMIZERS, PARAM_SCHEDULERS
from torch.optim import Optimizer

from .config_parts import class_of, named_schedulers, type_name
from .epochs_or_iterations import loop_unit
from .rates import learning_rates

LENGTHS = ("T_max", "step_size", "total_steps")
PER_GROUP = ("eta_max", "min_value")


def check_schedule(cfg: Mapping) -> None:
    """Build the schedulers on an optimizer of one parameter and step them to the end.

    Args:
        cfg: The config; a missing ``end`` is set as mmengine's runner does.

    Raises:
        ValueError: The optimizer or a scheduler cannot be built or stepped, a rate becomes negative or infinite, or a rate
            that the config sets to 0 does not stay 0.
    """
    train_cfg = cfg.get("train_cfg") or {}
    iterations = train_cfg.get("max_iters", train_cfg.get("max_epochs"))
    if iterations is None:
        return
    for name, wrapper in _wrappers(cfg.get("optim_wrapper") or {}):
        schedulers = cfg.get("param_scheduler")
        by_name = bool(name) and isinstance(schedulers, Mapping) and "type" not in schedulers
        key = "param_scheduler" + name * by_name
        named = list(named_schedulers(schedulers.get(name[1:]) if by_name else schedulers, key))
        zeros = _zeros(wrapper, f"optim_wrapper{name}")
        optimizer = _build_optimizer(wrapper["optimizer"], zeros, f"optim_wrapper{name}.optimizer")
        # A list has one value for each parameter group, which only the real optimizer knows.
        if any(isinstance(scheduler.get(option), (list, tuple)) for _, scheduler in named for option in PER_GROUP):
            continue
        by_epoch = loop_unit(train_cfg) == "epoch"
        ends = [iterations if scheduler.get("by_epoch", True) is by_epoch else None for _, scheduler in named]
        built = [_build_scheduler(cfg, where, optimizer, end) for (where, cfg), end in zip(named, ends, strict=True)]
        try:
            rates = learning_rates(built, optimizer.param_groups, 0, iterations, epoch_length=1)
        except (ArithmeticError, TypeError, ValueError) as error:
            names = ", ".join(f"{where} ({type_name(scheduler)})" for where, scheduler in named)
            raise ValueError(f"{names}: a step of the training's schedule fails ({error}); check its lengths.") from error
        _check_rates(rates, zeros, key)


def _wrappers(optim_wrapper: Any) -> Iterator[tuple[str, Mapping]]:
    """``''`` and the config of the optimizer wrapper, or ``'.name'`` and the config of each of several."""
    if isinstance(optim_wrapper, Mapping) and isinstance(optim_wrapper.get("optimizer"), Mapping):
        yield "", optim_wrapper
    elif isinstance(optim_wrapper, Mapping):
        for name, wrapper in optim_wrapper.items():
            if isinstance(wrapper, Mapping) and isinstance(wrapper.get("optimizer"), Mapping):
                yield f".{name}", wrapper


def _zeros(wrapper: Mapping, key: str) -> list[str]:
    """The settings that give parameters a rate of 0."""
    options = wrapper.get("paramwise_cfg") or {}
    rates = {f"paramwise_cfg.{name}": options.get(name) for name in ("bias_lr_mult", "dcn_offset_lr_mult")}
    for name, multipliers in (options.get("custom_keys") or {}).items():
        rates |= {f"paramwise_cfg.custom_keys.{name}.{option}": multipliers.get(option) for option in ("lr_mult", "lr")}
    rates["optimizer.lr"] = wrapper["optimizer"].get("lr")
    return [f"{key}.{name}" for name, value in rates.items() if value is not None and value == 0]


def _build_optimizer(cfg: Mapping, zeros: list[str], key: str) -> Optimizer:
    """The optimizer on one parameter, and on a second one with a rate of 0 if ``zeros`` is not empty."""
    kind = class_of(cfg, OPTIMIZERS)
    if kind is None:
        raise ValueError(f"{key}.type={type_name(cfg)!r} is no optimizer, such as Adam, AdamW or SGD.")
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1, 1))], **({"lr": rate} if rate == 0 else {})} for rate in (1, 0)]
    # Some versions of torch refuse fused=True for parameters on the CPU.
    options = {name: value for name, value in cfg.items() if name not in ("type", "fused")}
    try:
        return kind(**{next(iter(inspect.signature(kind).parameters)): groups[: 1 + bool(zeros)]}, **options)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key} ({type_name(cfg)}): {error}.") from error


def _build_scheduler(cfg: Mapping, key: str, optimizer: Optimizer, end: int | None) -> Any:
    """A scheduler as the runner will build it; ``end`` is that of the training, if both count the same unit."""
    for name in LENGTHS:
        value = cfg.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
            raise ValueError(f"{key}.{name} must be a whole number above 0, got {value!r}.")
    if class_of(cfg, PARAM_SCHEDULERS) is None:
        raise ValueError(f"{key}.type={type_name(cfg)!r} is no scheduler, such as CosineAnnealingLR or LinearLR.")
    options = copy.deepcopy(dict(cfg))
    if end is not None:
        options.setdefault("end", end)
    try:
        return PARAM_SCHEDULERS.build(options, default_args=dict(optimizer=optimizer, epoch_length=1))
    except (ArithmeticError, AssertionError, NotImplementedError, TypeError, ValueError) as error:
        raise ValueError(f"{key} ({type_name(cfg)}) cannot be built: {error}.") from error


def _check_rates(rates: list[list[float]], zeros: list[str], key: str) -> None:
    for group_rates in rates:
        for number, rate in enumerate(group_rates, start=1):
            if not (math.isfinite(rate) and rate >= 0):
                raise ValueError(f"{key} sets a learning rate of {rate:.4g} in iteration {number}.")
    highest = max(rates[-1], default=0)
    if zeros and highest > 0:
        raise ValueError(
            f"{zeros[0]}=0 sets a rate of 0 and {key} raises it to {highest:.4g} in iteration "
            f"{rates[-1].index(highest) + 1}, because eta_min and eta_max are absolute rates: freeze the parameters with "
            "model.frozen=[...], or use eta_min_ratio."
        )
