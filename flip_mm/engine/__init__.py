# SPDX-License-Identifier: Apache-2.0
"""Extensions of mmengine's runner: hooks, a training loop, optimizer wrappers, file storage."""

from .banner_hook import BannerHook
from .best_checkpoint_hook import BestCheckpointHook
from .bf16_optim_wrapper import Bf16OptimWrapper
from .config_guard_hook import ConfigGuardHook
from .deferred_info_hook import DeferredInfoHook
from .durable_backend import DurableBackend
from .fit_once_hook import FitOnceHook
from .guard_hook import GuardHook
from .leakage_hook import LeakageHook
from .lr_course_hook import LRCourseHook
from .multi_optim_constructor import MultiOptimWrapperConstructor
from .neighbour_memory_hook import NeighbourMemoryHook
from .non_finite_loss_hook import NonFiniteLossHook
from .progress_bar_hook import ProgressBarHook
from .pseudo_domain_hook import PseudoDomainHook
from .quiet_runner import QuietRunner
from .record_hook import RecordHook
from .report_page_hook import ReportPageHook
from .result_hook import ResultHook
from .resumable_train_loop import ResumableTrainLoop
from .score_report_hook import ScoreReportHook
from .step_seed_hook import StepSeedHook
from .test_time_adapt_hook import TestTimeAdaptHook
from .trainable_constructor import TrainableOptimWrapperConstructor
from .warm_start_hook import WarmStartHook
from .work_dir_lock_hook import WorkDirLockHook

__all__ = [
    "BannerHook",
    "BestCheckpointHook",
    "Bf16OptimWrapper",
    "ConfigGuardHook",
    "DeferredInfoHook",
    "DurableBackend",
    "FitOnceHook",
    "GuardHook",
    "LRCourseHook",
    "LeakageHook",
    "MultiOptimWrapperConstructor",
    "NeighbourMemoryHook",
    "NonFiniteLossHook",
    "ProgressBarHook",
    "PseudoDomainHook",
    "QuietRunner",
    "RecordHook",
    "ReportPageHook",
    "ResultHook",
    "ResumableTrainLoop",
    "ScoreReportHook",
    "StepSeedHook",
    "TestTimeAdaptHook",
    "TrainableOptimWrapperConstructor",
    "WarmStartHook",
    "WorkDirLockHook",
]
