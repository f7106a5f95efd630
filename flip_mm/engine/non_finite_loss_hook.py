# SPDX-License-Identifier: Apache-2.0
"""Stop a training whose loss is NaN or infinite."""

from __future__ import annotations

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS


@HOOKS.register_module()
class NonFiniteLossHook(Hook):
    """Stops at the first loss term that is not finite, before a checkpoint of that iteration is written.

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
        if torch.isfinite(values).all():
            return
        bad = [f"{name}={value:.4g}" for name, value in zip(terms, values.tolist(), strict=True) if name != "loss"]
        bad = [text for text in bad if "nan" in text or "inf" in text] or ["loss"]
        images = [sample.get("img_path", "?") for sample in (data_batch or {}).get("data_samples", [])]
        raise FloatingPointError(
            f"Non-finite loss at iteration {runner.iter + 1}: {', '.join(bad)}. Lower optim_wrapper.optimizer.lr, "
            f"train without --amp, or look at the images of this batch: {', '.join(images)}"
        )
