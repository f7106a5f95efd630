# SPDX-License-Identifier: Apache-2.0
"""Patches that let mmengine's runner train with several processes on CPUs.

mmengine 0.10 selects a GPU for every backend, and passes its number to DistributedDataParallel, which refuses it for a model
on the CPU. The patches are inside the runner, so they also work with MMPretrain's tools. With a GPU they change nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any
from unittest import mock

import torch
from mmengine.device import get_device
from mmengine.logging import print_log
from mmengine.model import MMDistributedDataParallel, revert_sync_batchnorm
from mmengine.runner import runner
from torch import nn


def gloo_without_gpu(init_dist: Callable[..., None]) -> Callable[..., None]:
    """Make ``init_dist`` use gloo on CPUs, for any ``env_cfg.dist_cfg.backend``."""

    @wraps(init_dist)
    def patched(launcher: str, backend: str = "nccl", **options: Any) -> None:
        if get_device() != "cpu":
            init_dist(launcher, backend, **options)
            return
        with mock.patch.object(torch.cuda, "set_device"):
            init_dist(launcher, "gloo", **options)

    return patched


def data_parallel_on_cpu(init: Callable[..., None]) -> Callable[..., None]:
    """Make ``MMDistributedDataParallel.__init__`` accept a model on the CPU: without device numbers and SyncBatchNorm."""

    @wraps(init)
    def patched(self: nn.Module, module: nn.Module, *arguments: Any, **options: Any) -> None:
        if all(parameter.device.type == "cpu" for parameter in module.parameters()):
            options["device_ids"] = None
            module = local_batch_norm(module)
        init(self, module, *arguments, **options)

    return patched


def local_batch_norm(module: nn.Module) -> nn.Module:
    """Replace SyncBatchNorm, which needs GPUs, by BatchNorm, and log it."""
    names = [name for name, child in module.named_modules() if isinstance(child, nn.SyncBatchNorm)]
    if not names:
        return module
    print_log(
        f"SyncBatchNorm needs GPUs: each process computes the statistics of {len(names)} BatchNorm layers "
        f"({', '.join(dict.fromkeys((names[0], names[-1])))}) from its images; checkpoints contain those of the first process.",
        logger="current",
    )
    return revert_sync_batchnorm(module)


def hide_buffer_warning() -> None:
    """Hide torch's warning (>= 2.15) about a deprecated argument that mmengine uses."""
    warnings.filterwarnings("ignore", message="`broadcast_buffers` is deprecated", category=FutureWarning)


def apply() -> None:
    """Apply the patches."""
    runner.init_dist = gloo_without_gpu(runner.init_dist)
    MMDistributedDataParallel.__init__ = data_parallel_on_cpu(MMDistributedDataParallel.__init__)
    hide_buffer_warning()
