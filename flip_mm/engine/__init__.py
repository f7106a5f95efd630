# SPDX-License-Identifier: Apache-2.0
"""Hooks around mmengine's runner, its training loop, its optimizer wrappers and its files."""

from .banner_hook import BannerHook
from .best_checkpoint_hook import BestCheckpointHook
from .bf16_optim_wrapper import Bf16OptimWrapper
from .checkpoint_guard_hook import CheckpointGuardHook
from .config_guard_hook import ConfigGuardHook
from .durable_backend import DurableBackend
from .leakage_hook import LeakageHook
from .lr_course_hook import LRCourseHook
from .non_finite_loss_hook import NonFiniteLossHook
from .progress_bar_hook import ProgressBarHook
from .quiet_runner import QuietRunner
from .result_hook import ResultHook
from .resumable_train_loop import ResumableTrainLoop
from .resume_guard_hook import ResumeGuardHook
from .run_guard_hook import RunGuardHook
from .score_report_hook import ScoreReportHook
from .step_seed_hook import StepSeedHook
from .trainable_constructor import TrainableOptimWrapperConstructor
from .work_dir_lock_hook import WorkDirLockHook

__all__ = [
    "BannerHook",
    "BestCheckpointHook",
    "Bf16OptimWrapper",
    "CheckpointGuardHook",
    "ConfigGuardHook",
    "DurableBackend",
    "LRCourseHook",
    "LeakageHook",
    "NonFiniteLossHook",
    "ProgressBarHook",
    "QuietRunner",
    "ResultHook",
    "ResumableTrainLoop",
    "ResumeGuardHook",
    "RunGuardHook",
    "ScoreReportHook",
    "StepSeedHook",
    "TrainableOptimWrapperConstructor",
    "WorkDirLockHook",
]
