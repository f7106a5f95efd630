# SPDX-License-Identifier: Apache-2.0
"""Mixed precision in bfloat16."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from mmengine.logging import print_log
from mmengine.optim import OptimWrapper
from mmpretrain.registry import OPTIM_WRAPPERS
from torch import nn

from .mixed_precision import is_bf16_slow


@OPTIM_WRAPPERS.register_module()
class Bf16OptimWrapper(OptimWrapper):
    """``OptimWrapper`` whose forward passes run under bfloat16 autocast, on the CPU or a GPU.

    Weights, losses and the optimizer's state stay float32. bfloat16 has the range of float32, so the loss is not scaled.
    mmengine's ``AmpOptimWrapper`` accepts accelerators only. On a device that emulates bfloat16 the log has one warning.
    """

    _checked = False

    @contextmanager
    def optim_context(self, model: nn.Module) -> Iterator[None]:
        """Autocast on the model's device, inside mmengine's context."""
        device = next(model.parameters()).device.type
        if not self._checked and is_bf16_slow(device):
            place, instead = ("processor", "train without it") if device == "cpu" else ("GPU", "use AmpOptimWrapper (float16)")
            print_log(
                f"Bf16OptimWrapper (--amp): this {place} has no instructions for bfloat16 and emulates them, which is several "
                f"times slower than float32: {instead}.",
                logger="current",
                level=logging.WARNING,
            )
        self._checked = True
        with super().optim_context(model), torch.autocast(device, torch.bfloat16):
            yield
