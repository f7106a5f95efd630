# SPDX-License-Identifier: Apache-2.0
"""Estimate the disk space of checkpoints, and refuse to start with too little."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

from flip_mm.engine.records.training_settings import checkpoint_options

from .job import Job

# A checkpoint to resume from has the weights and Adam's two averages of each.
COPIES = 3
BYTES = 4
# Settings that would read weights.
FILES = ("pretrained", "init_cfg", "teacher")


def checkpoint_space(cfg: Config) -> int:
    """Estimate the bytes of all checkpoints that a training keeps; 0 if the model cannot be counted."""
    options = checkpoint_options(cfg)
    best = options.get("save_best")
    best_ones = len(best) if isinstance(best, (list, tuple)) else int(bool(best))
    saved = max(1, (cfg.train_cfg.get("max_iters") or 0) // max(1, options.get("interval") or 1))
    kept = options.get("max_keep_ckpts", -1)
    copies = COPIES * (min(saved, kept) if kept > 0 else saved) + best_ones
    # The text can be the key of a cache: all runs of a config have the same model.
    return copies * BYTES * _parameters(json.dumps(cfg.model, default=str), cfg.get("default_scope", "mmpretrain"))


def check_space(folder: str | Path, jobs: Iterable[Job]) -> None:
    """Refuse jobs with checkpoints that the disk has no room for.

    Args:
        folder: Folder of all trainings; it need not exist yet.
        jobs: Those that are not finished.

    Raises:
        OSError: There is less free space than they need.
    """
    jobs = list(jobs)
    needed = sum(max(0, job.space - _present(job)) for job in jobs)
    # A checkpoint is written before an older one is removed: with one that is kept, this takes as much again.
    needed += max((job.space for job in jobs), default=0)
    existing = next(path for path in (Path(folder).absolute(), *Path(folder).absolute().parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if needed > free:
        raise OSError(
            errno.ENOSPC,
            f"The checkpoints of the trainings ({len(jobs)}) need about {needed / 1e6:,.0f} MB, and {free / 1e6:,.0f} MB are "
            f"free on the disk of '{folder}': choose another --work-dir, or keep fewer with --cfg-options "
            "default_hooks.checkpoint.max_keep_ckpts=1",
        )


def _present(job: Job) -> int:
    """Bytes of the checkpoints that a job has already written."""
    total = 0
    for path in Path(job.folder).rglob("*.pth") if Path(job.folder).is_dir() else ():
        with suppress(FileNotFoundError):  # another runner trains here, and removes older ones
            total += path.stat().st_size
    return total


@lru_cache(maxsize=64)
def _parameters(model: str, scope: str) -> int:
    """Number of weights of a model, which is built with random weights, without reading a file."""
    init_default_scope(scope)
    try:
        return sum(part.numel() for part in MODELS.build(_without_files(json.loads(model))).parameters())
    except Exception:  # a model of any class, which may need what is left out; this is only an estimate
        return 0


def _without_files(part: Any) -> Any:
    if isinstance(part, Mapping):
        for key in part:
            part[key] = None if key in FILES else _without_files(part[key])
    elif isinstance(part, list):
        part[:] = map(_without_files, part)
    return part
