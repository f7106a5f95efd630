# SPDX-License-Identifier: Apache-2.0
"""Make the random numbers of a training step depend on (seed, rank, iteration) only."""

from __future__ import annotations

import numpy as np
import torch
from mmengine.device import get_device
from mmengine.dist import get_rank
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS


@HOOKS.register_module()
class StepSeedHook(Hook):
    """Reseeds torch's generators before every iteration, so that dropout and prompt views do not depend on earlier steps."""

    priority = "VERY_HIGH"

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None) -> None:
        """Seed torch, on all devices, from the run's seed, the rank and the iteration."""
        entropy = np.random.SeedSequence([runner.seed, get_rank(), runner.iter])
        seed = int(entropy.generate_state(1, np.uint64)[0])
        # Without a GPU torch.manual_seed stores a call with its stack trace for each step, to repeat it on a GPU later.
        if get_device() == "cpu":
            torch.default_generator.manual_seed(seed)
        else:
            torch.manual_seed(seed)
