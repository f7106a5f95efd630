# SPDX-License-Identifier: Apache-2.0
"""A classifier without gradient steps: a frozen backbone, and a head that is fitted once."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.optim import OptimWrapper
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from flip_mm.models.needs import Needs


@MODELS.register_module()
class FittedOnce(ImageClassifier):
    """A frozen backbone and a head with ``fit``, which :class:`~flip_mm.engine.FitOnceHook` calls before the training.

    A training step changes nothing. Use ``train_cfg.max_iters=1``.

    Args:
        *args: Arguments of MMPretrain's ``ImageClassifier``.
        **kwargs: The same.
    """

    needs = Needs(unlabelled=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The runner's optimizer needs a parameter, and a backbone may have none.
        self.unused = nn.Parameter(torch.zeros(()))
        self.requires_grad_(False)

    def train(self, mode: bool = True) -> FittedOnce:
        """Stay in evaluation mode: BatchNorm keeps its statistics."""
        return super().train(False)

    def train_step(self, data: dict, optim_wrapper: OptimWrapper) -> dict[str, Tensor]:
        """Return the loss of the fit, to be logged."""
        return self.head.loss((), [])
