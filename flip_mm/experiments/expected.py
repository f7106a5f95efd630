# SPDX-License-Identifier: Apache-2.0
"""Check a training before it starts, and predict what its record will say."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS

import flip_mm.register  # noqa: F401  before a config is read
from flip_mm.apis.inputs import check_inputs
from flip_mm.apis.run_config import load_config, run_settings
from flip_mm.apis.train_model import merge_args
from flip_mm.config_checks.common_run import is_fas
from flip_mm.config_checks.training_checks import check_training
from flip_mm.datasets.protocols import SPLITS, run_of
from flip_mm.engine.records.data_record import list_record, run_record
from flip_mm.engine.records.plain_config import config_record

NEEDS = ("model", "train_dataloader", "optim_wrapper", "train_cfg")
RECORDED = {"train_dataloader": "train", "val_dataloader": "val"}


def checked_config(args: Namespace) -> Config:
    """Return the config of a training after all checks that ``flip_mm train`` makes before it builds the model.

    Args:
        args: As :meth:`~flip_mm.experiments.experiment.Experiment.arguments` returns them.

    Raises:
        ValueError: A setting or the run is wrong.
        OSError: A file is missing.
    """
    cfg = merge_args(load_config(args, NEEDS), args)
    check_training(cfg)
    check_inputs(cfg, tuple(name for name in SPLITS if name in RECORDED))
    return cfg


def expected_record(cfg: Config) -> dict[str, Any]:
    """Return the fields of a training's record that identify it.

    Args:
        cfg: From :func:`checked_config`.

    Returns:
        ``config``, ``run``, and ``data`` with the hashes of all lists. The seed is not in it.
    """
    init_default_scope(cfg.get("default_scope", "mmpretrain"))
    data = {}
    for loader, split in RECORDED.items():
        dataset = (cfg.get(loader) or {}).get("dataset")
        if dataset and is_fas(dataset):
            built = DATASETS.build({**dataset, "pipeline": [], "lazy_init": True})
            data[split] = {domain: dict(lists=lists) for domain, lists in list_record(built).items()}
    return dict(
        config=config_record(cfg.to_dict(), cfg.filename),
        run=run_record(run_of(run_settings(cfg))),
        data=data,
    )
