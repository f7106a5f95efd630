# SPDX-License-Identifier: Apache-2.0
"""Stop a training whose loss is NaN or infinite."""

from __future__ import annotations

import math

import torch
from mmengine.dist import all_gather_object, all_reduce
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS


@HOOKS.register_module()
class NonFiniteLossHook(Hook):
    """Stops at the first loss term that is not finite, before a checkpoint of that iteration is written.

    On several processes all stop together: one process's gradients reach the weights of all.

    Raises:
        FloatingPointError: Naming the term, the iteration and the images of the batch.
    """

    priority = "VERY_HIGH"

    def after_train_iter(
        self, runner: Runner, batch_idx: int, data_batch: dict | None = None, outputs: dict | None = None
    ) -> None:
        """Check every logged loss term."""
        terms = {k: v for k, v in (outputs or {}).items() if "loss" in k}
        values = torch.stack([torch.as_tensor(v).detach().float().mean() for v in terms.values()])
        finite = torch.isfinite(values).all()
        finite_everywhere = finite.int()
        all_reduce(finite_everywhere, "min")
        if finite_everywhere:
            return
        message = None if finite else _describe(runner.iter, dict(zip(terms, values.tolist(), strict=True)), data_batch)
        raise FloatingPointError(next(text for text in all_gather_object(message) if text))


def _describe(iteration: int, terms: dict[str, float], data_batch: dict | None) -> str:
    """The terms that are not finite, and the images that they came from."""
    bad = [f"{name}={value:.4g}" for name, value in terms.items() if name != "loss" and not math.isfinite(value)] or ["loss"]
    images = [sample.get("img_path", "?") for sample in (data_batch or {}).get("data_samples", [])]
    return (
        f"Non-finite loss at iteration {iteration + 1}: {', '.join(bad)}. Lower optim_wrapper.optimizer.lr, "
        f"train without --amp, or look at the images of this batch: {', '.join(images)}"
    )
