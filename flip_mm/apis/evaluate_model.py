# SPDX-License-Identifier: Apache-2.0
"""Test a checkpoint."""

from __future__ import annotations

from argparse import Namespace

from mmengine.config import Config

import flip_mm.register  # noqa: F401  before a config is read

from .inputs import check_inputs
from .run_config import load_config
from .work_dir import run


def evaluate_model(args: Namespace) -> Config:
    """Test.

    Args:
        args: What ``flip_mm test`` reads from its command line.

    Returns:
        The config, with the chosen run and work dir.
    """
    cfg = load_config(args, ("model", "test_dataloader", "test_evaluator", "test_cfg"))
    cfg.load_from = args.checkpoint
    check_inputs(cfg, ("test_dataloader",))
    if args.report:
        from flip_mm.visualization.html_page import require_jinja2

        # Before the test, which takes longer.
        require_jinja2()
        cfg.custom_hooks = [*(cfg.get("custom_hooks") or []), dict(type="ReportPageHook", pictures=not args.no_pictures)]
    run(cfg, "test")
    return cfg
