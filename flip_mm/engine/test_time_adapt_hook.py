# SPDX-License-Identifier: Apache-2.0
"""Adapt a model to all test images, without their labels, before each validation and test."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from torch import Tensor
from torch.utils.data import DataLoader, Subset

from .checks.weights_fit import unwrap


@HOOKS.register_module()
class TestTimeAdaptHook(Hook):
    """Calls the model's ``adapt_to(batches, rate)`` with the images of the target, and ``forget()`` after the evaluation.

    The model adapts a copy of its weights, so checkpoints and the training do not change. Held-out source videos are scored by
    the adapted model, but it is not adapted to them.

    Args:
        passes: Passes over the images, each in another order, which depends on the run's seed.
        batch_size: Images of a step.
        rate: Rate of the adaptation.
    """

    # After EMAHook, which sets the averaged weights.
    priority = "BELOW_NORMAL"
    __test__ = False  # no class of pytest

    def __init__(self, passes: int = 1, batch_size: int = 60, rate: float = 1e-3) -> None:
        self.passes, self.batch_size, self.rate = passes, batch_size, rate

    def before_val_epoch(self, runner: Runner) -> None:
        """Adapt to the images of the validation."""
        unwrap(runner.model).adapt_to(self._batches(runner, runner.val_dataloader), self.rate)

    def before_test_epoch(self, runner: Runner) -> None:
        """Adapt to the images of the test."""
        unwrap(runner.model).adapt_to(self._batches(runner, runner.test_dataloader), self.rate)

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Use the trained weights again."""
        unwrap(runner.model).forget()

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Use the trained weights again."""
        unwrap(runner.model).forget()

    def _batches(self, runner: Runner, loader: DataLoader) -> Iterator[Tensor]:
        """Preprocessed images of the target."""
        dataset, model = loader.dataset, unwrap(runner.model)
        target = [index for index in range(len(dataset)) if dataset.get_data_info(index)["role"] == "target"]
        if not target:
            return
        shuffled = DataLoader(
            Subset(dataset, target),
            batch_size=self.batch_size,
            shuffle=True,
            num_workers=loader.num_workers,
            collate_fn=loader.collate_fn,
            generator=torch.Generator().manual_seed(runner.seed),
        )
        for _ in range(self.passes):
            for data in shuffled:
                yield model.data_preprocessor(data, False)["inputs"]
