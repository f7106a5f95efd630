# SPDX-License-Identifier: Apache-2.0
"""``flip_mm.run_protocol``: the command ``run`` as a function."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flip_mm.apis.python_api import results

from .devices import devices
from .job import State
from .pool import LocalPool
from .progress import progress_on
from .run import run_experiments
from .settings import make_experiments
from .summary import closing_text

if TYPE_CHECKING:
    import pandas as pd


def run_protocol(
    configs: str | Path | Sequence[str | Path],
    *,
    work_dir: str | Path,
    gpus: Sequence[int] | None = None,
    parallel: int | None = None,
    cfg_options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> pd.DataFrame:
    """Train configs in the runs of a protocol with several seeds, as ``flip_mm run`` does; finished trainings are skipped.

    Every training is a process of its own.

    Args:
        configs: Paths of configs, or names of shipped ones.
        work_dir: Folder of all trainings.
        gpus: Numbers of the GPUs, one training at a time on each; None for all.
        parallel: Number of trainings at a time on the CPU.
        cfg_options: Settings to override, ``{"train_cfg.max_iters": 10}``; ``{"grid": [1, 2]}`` as a value trains with each.
        **settings: ``protocol``, ``runs`` (``"all"``, ``"M,O"``), ``seeds`` (``"0-4"`` or numbers), ``shots``, ``holdout``,
            ``aux``, ``unlabelled``, ``data_root``, ``depth_root``; see :data:`~flip_mm.experiments.settings.KINDS`.

    Returns:
        All results in ``work_dir``, see :func:`flip_mm.results`.

    Raises:
        ValueError: What ``flip_mm run`` refuses before anything runs.
        RuntimeError: A training failed; the message has its log. The others are finished.
        ImportError: pandas is missing.

    Example:
        >>> from flip_mm import run_protocol
        >>> frame = run_protocol("flip_v_demo", runs="M,O", seeds=[0, 1], work_dir="work_dirs/demo")  # doctest: +SKIP
    """
    names = [configs] if isinstance(configs, (str, Path)) else configs
    experiments = make_experiments(
        dict(settings, configs=[str(name) for name in names], work_dir=str(work_dir), cfg_options=cfg_options or {})
    )
    outcomes = run_experiments(experiments, LocalPool(devices(gpus, parallel)), progress_on(sys.stdout))
    if any(outcome.state is State.FAILED for outcome in outcomes):
        raise RuntimeError(closing_text(outcomes, work_dir))
    return results(work_dir)
