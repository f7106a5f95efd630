# SPDX-License-Identifier: Apache-2.0
"""Convert a config to plain data for records, without paths, addresses and settings of the machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flip_mm.config_checks.check_config import SETTINGS

from .training_settings import plain

# Settings of the machine or of one start; run and seed, which are separate fields of a record.
LEFT_OUT = frozenset(
    [
        "custom_imports",
        "data_root",
        "depth_root",
        "env_cfg",
        "experiment_name",
        "filename",
        "launcher",
        "load_from",
        "local_rank",
        "log_level",
        "log_processor",
        "num_workers",
        "persistent_workers",
        "pin_memory",
        "prefetch_factor",
        "randomness",
        "resume",
        "run",
        "vis_backends",
        "visualizer",
        "work_dir",
    ]
)


def config_record(cfg: Mapping, filename: str | None) -> dict[str, Any]:
    """Return name, hash and settings of a config.

    Args:
        cfg: The config.
        filename: Its file.

    Returns:
        ``name`` of the file, ``settings`` and their ``sha256``, which is the same on any machine, in any run, with any seed.
    """
    # All other names are helpers of the config file.
    settings = plain_settings({name: value for name, value in cfg.items() if name in SETTINGS})
    text = json.dumps(settings, sort_keys=True)
    named = {"name": Path(filename).name} if filename else {}
    return named | dict(sha256=hashlib.sha256(text.encode()).hexdigest(), settings=settings)


def plain_settings(value: Any) -> Any:
    """Return settings as JSON values, without those in ``LEFT_OUT``; a path or address becomes ``(path)``.

    Example:
        >>> plain_settings(dict(type="A", sizes=(1, 2), data_root="data", pretrained="/home/me/clip.pt", f=len))
        {'type': 'A', 'sizes': [1, 2], 'pretrained': '(path)', 'f': 'len'}
    """
    if isinstance(value, Mapping):
        return {str(key): plain_settings(part) for key, part in value.items() if key not in LEFT_OUT}
    if isinstance(value, (list, tuple)):
        return [plain_settings(part) for part in value]
    return None if value is None else plain(value)
