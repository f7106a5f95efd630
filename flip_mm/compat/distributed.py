# SPDX-License-Identifier: Apache-2.0
"""Mends that let mmengine's runner train on several processes without GPUs.

mmengine 0.10 selects a GPU whatever the backend, and hands its number to DistributedDataParallel, which refuses it for a model
on the CPU. Both mends sit inside the runner, so that they also hold under MMPretrain's own tools; with a GPU they do nothing.
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
    """Make ``init_dist`` take gloo and select no GPU where none is, whatever ``env_cfg.dist_cfg.backend`` says."""

    @wraps(init_dist)
    def mended(launcher: str, backend: str = "nccl", **options: Any) -> None:
        if get_device() != "cpu":
            init_dist(launcher, backend, **options)
            return
        with mock.patch.object(torch.cuda, "set_device"):
            init_dist(launcher, "gloo", **options)

    return mended


def data_parallel_on_cpu(init: Callable[..., None]) -> Callable[..., None]:
    """Make ``MMDistributedDataParallel.__init__`` take a model on the CPU: without device numbers and SyncBatchNorm."""

    @wraps(init)
    def mended(self: nn.Module, module: nn.Module, *arguments: Any, **options: Any) -> None:
        if all(parameter.device.type == "cpu" for parameter in module.parameters()):
            options["device_ids"] = None
            module = local_batch_norm(module)
        init(self, module, *arguments, **options)

    return mended


def local_batch_norm(module: nn.Module) -> nn.Module:
    """The module with BatchNorm in place of SyncBatchNorm, which torch has for GPUs only; says so."""
    names = [name for name, child in module.named_modules() if isinstance(child, nn.SyncBatchNorm)]
    if not names:
        return module
    print_log(
        f"SyncBatchNorm needs GPUs: {len(names)} BatchNorm layers ({', '.join(dict.fromkeys((names[0], names[-1])))}) take the "
        "statistics of each process's own images, and the running ones of the first process are saved.",
        logger="current",
    )
    return revert_sync_batchnorm(module)


def hide_buffer_warning() -> None:
    """Hide what torch >= 2.15 says in every process about an argument that mmengine passes to it."""
    warnings.filterwarnings("ignore", message="`broadcast_buffers` is deprecated", category=FutureWarning)


def apply() -> None:
    """Put the mends in place."""
    runner.init_dist = gloo_without_gpu(runner.init_dist)
    MMDistributedDataParallel.__init__ = data_parallel_on_cpu(MMDistributedDataParallel.__init__)
    hide_buffer_warning()
