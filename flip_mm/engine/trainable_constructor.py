# SPDX-License-Identifier: Apache-2.0
"""Build an optimizer without the parameters that ``model.frozen`` names."""

from __future__ import annotations

from types import SimpleNamespace

from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from mmengine.optim import DefaultOptimWrapperConstructor, OptimWrapper
from mmpretrain.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn

from flip_mm.utils.nearest import did_you_mean

from .fused_optimizer import with_usable_fused


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class TrainableOptimWrapperConstructor(DefaultOptimWrapperConstructor):
    """mmengine's constructor, but it leaves frozen parameters out of the optimizer, and refuses misspelt ``custom_keys``.

    ``fused=True`` applies where the optimizer has a fused kernel for the device, see
    :func:`~flip_mm.engine.fused_optimizer.with_usable_fused`. Otherwise, a model without ``frozen`` gets the same optimizer as
    from mmengine's constructor.

    Args:
        optim_wrapper_cfg: mmengine's.
        paramwise_cfg: mmengine's.

    Raises:
        ValueError: A key of ``paramwise_cfg.custom_keys`` is part of no parameter's name.
    """

    # For config_checks: paramwise_cfg has the keys of mmengine's constructor.
    MMENGINES_PARAMWISE_CFG = True
    # And an inherited fused=True is no error with an optimizer that has no such argument.
    DROPS_FUSED = True

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the optimizer of a model."""
        model = model.module if is_model_wrapper(model) else model
        self._check_keys(model)
        self.optimizer_cfg = with_usable_fused(self.optimizer_cfg, model.parameters())
        frozen = getattr(model, "frozen", ())
        if not frozen:
            return super().__call__(model)
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        rest = [parameter for parameter in model.parameters() if not parameter.requires_grad]
        print_log(
            f"Frozen are {', '.join(frozen)}: {sum(p.numel() for p in rest):,} parameters have no gradient and are not in the "
            f"optimizer; {sum(p.numel() for p in trained):,} are trained.",
            logger="current",
        )
        return super().__call__(model if self.paramwise_cfg else SimpleNamespace(parameters=lambda: trained))

    def add_params(self, params: list[dict], module: nn.Module, prefix: str = "", is_dcn_module: float | None = None) -> None:
        """Add a module's parameters; skips frozen modules, for which mmengine would print warnings."""
        if any(parameter.requires_grad for parameter in module.parameters()):
            super().add_params(params, module, prefix, is_dcn_module)

    def _check_keys(self, model: nn.Module) -> None:
        names = [name for name, _ in model.named_parameters()]
        for key in self.paramwise_cfg.get("custom_keys", ()):
            if not any(key in name for name in names):
                parts = {name.rpartition(".")[0] or name for name in names}
                parts |= {name[:i] for name in names for i, letter in enumerate(name) if letter == "."}
                raise ValueError(
                    f"optim_wrapper.paramwise_cfg.custom_keys: '{key}' is part of no parameter's name"
                    + (did_you_mean(key, sorted(parts), most=3) or ".")
                )
