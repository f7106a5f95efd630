# SPDX-License-Identifier: Apache-2.0
"""Hooks and optimizer wrappers around mmengine's runner."""

from .best_checkpoint_hook import BestCheckpointHook
from .bf16_optim_wrapper import Bf16OptimWrapper
from .checkpoint_guard_hook import CheckpointGuardHook
from .non_finite_loss_hook import NonFiniteLossHook
from .progress_bar_hook import ProgressBarHook
from .run_guard_hook import RunGuardHook
from .score_plot_hook import ScorePlotHook
from .step_seed_hook import StepSeedHook

__all__ = [
    "BestCheckpointHook",
    "Bf16OptimWrapper",
    "CheckpointGuardHook",
    "NonFiniteLossHook",
    "ProgressBarHook",
    "RunGuardHook",
    "ScorePlotHook",
    "StepSeedHook",
]
