# SPDX-License-Identifier: Apache-2.0
"""Build several optimizers, each for some parts of the model, for methods that define ``train_step``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter

from mmengine.model import MMDistributedDataParallel, is_model_wrapper
from mmengine.optim import OptimWrapperDict
from mmpretrain.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn

from flip_mm.utils.text import first_few

from .trainable_constructor import TrainableOptimWrapperConstructor


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class MultiOptimWrapperConstructor:
    """Builds one optimizer wrapper for each dict of a config; ``train_step`` gets them as mmengine's ``OptimWrapperDict``.

    ::

        optim_wrapper = dict(
            constructor="MultiOptimWrapperConstructor",
            classifier=dict(parts=["backbone", "neck", "head"], optimizer=dict(type="SGD", lr=0.01)),
            critic=dict(optimizer=dict(type="Adam", lr=1e-3)),
        )
        param_scheduler = dict(classifier=[dict(type="CosineAnnealingLR", by_epoch=False, T_max=4000)], critic=[])

    ``parts`` are names of modules or parameters, with dots; the default is the module with the name of the optimizer. A
    wrapper takes ``type`` (``OptimWrapper``), ``optimizer``, ``paramwise_cfg`` and the options of its class. Settings next to
    the wrappers, such as ``type="AmpOptimWrapper"``, apply to each of them. Parameters that ``model.frozen`` freezes belong to
    no optimizer. Parts in ``shared=["backbone"]`` may belong to several optimizers, which update them in turn.

    Args:
        optim_wrapper_cfg: The dict above.
        paramwise_cfg: Must be None: set it for each wrapper.

    Raises:
        ValueError: A part is not in the model or has nothing to train, a trainable parameter has no optimizer, or several and
            is not shared, or gradients are accumulated in shared parameters; or there are several processes.
    """

    # For config_checks, as in TrainableOptimWrapperConstructor.
    DROPS_FUSED = True

    def __init__(self, optim_wrapper_cfg: dict, paramwise_cfg: dict | None = None) -> None:
        if paramwise_cfg is not None:
            raise ValueError(
                "optim_wrapper.paramwise_cfg: with several optimizers set it for each one, optim_wrapper.NAME.paramwise_cfg."
            )
        self.wrappers = {
            name: value for name, value in optim_wrapper_cfg.items() if isinstance(value, Mapping) and "optimizer" in value
        }
        self.common = {name: value for name, value in optim_wrapper_cfg.items() if name not in self.wrappers}
        self.shared = self.common.pop("shared", [])
        if not self.wrappers:
            raise ValueError(
                "optim_wrapper: MultiOptimWrapperConstructor needs a dict for each optimizer, e.g. "
                "critic=dict(optimizer=dict(type='Adam', lr=1e-3))."
            )

    def __call__(self, model: nn.Module) -> OptimWrapperDict:
        """Build the optimizers of a model."""
        if isinstance(model, MMDistributedDataParallel):
            raise ValueError(
                f"{type(model.module).__name__} has several optimizers and its own train_step, which DistributedDataParallel "
                "does not call: train it in one process."
            )
        model = model.module if is_model_wrapper(model) else model
        built, owners = {}, {}
        for name, wrapper in self.wrappers.items():
            cfg = {"type": "OptimWrapper", **self.common, **wrapper}
            part = _part(model, cfg.pop("parts", [name]), f"optim_wrapper.{name}")
            paramwise = cfg.pop("paramwise_cfg", None)
            if self.shared and cfg.get("accumulative_counts", 1) > 1:
                raise ValueError(
                    f"optim_wrapper.accumulative_counts: {', '.join(self.shared)} has several optimizers, and would add up the "
                    "gradients of all of them: remove it."
                )
            built[name] = TrainableOptimWrapperConstructor(cfg, paramwise)(part)
            for key, parameter in part.named_parameters():
                owners.setdefault(parameter, []).append(f"{key} ({name})")
        trained = {key: parameter for key, parameter in model.named_parameters() if parameter.requires_grad}
        without = [key for key, parameter in trained.items() if parameter not in owners]
        shared = {*_part(model, self.shared, "optim_wrapper.shared").parameters()} if self.shared else ()
        twice = [first_few(names) for parameter, names in owners.items() if len(names) > 1 and parameter not in shared]
        for keys, problem in ((without, "belong to no optimizer"), (twice, "belong to several optimizers")):
            if keys:
                raise ValueError(
                    f"optim_wrapper: {len(keys)} parameters {problem}: {first_few(keys)}. Name each in one `parts`."
                )
        return OptimWrapperDict(**built)


def _part(model: nn.Module, names: Sequence[str], key: str) -> nn.Module:
    """A module that contains some parts of a model, with the same names."""
    part = nn.Module()
    for name in names:
        try:
            value = attrgetter(name)(model)
        except AttributeError as error:
            raise ValueError(
                f"{key}.parts: the model has no '{name}'; it has {', '.join(dict(model.named_children()))}."
            ) from error
        parent = part
        *parents, last = name.split(".")
        for step in parents:
            if not hasattr(parent, step):
                parent.add_module(step, nn.Module())
            parent = getattr(parent, step)
        setattr(parent, last, value)
    if not any(parameter.requires_grad for parameter in part.parameters()):
        raise ValueError(f"{key}: there is nothing to train in {', '.join(names)}.")
    part.frozen = [name for name, parameter in part.named_parameters() if not parameter.requires_grad]
    return part
