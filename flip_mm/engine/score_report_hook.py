# SPDX-License-Identifier: Apache-2.0
"""What an evaluation leaves behind: scores, figures, plots."""

from __future__ import annotations

import json
from pathlib import Path

from mmengine.dist import master_only
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from flip_mm.evaluation import FASMetric, write_scores
from flip_mm.files import write_text
from flip_mm.visualization import plot_report


@HOOKS.register_module()
class ScoreReportHook(Hook):
    """Writes the scores of all frames, the figures and the plots of every role into the work dir, and prints a table of errors.

    ``scores_<role>.csv``, ``figures_<role>.json``, ``roc_<role>.png``, ``det_<role>.png``, ``scores_<role>.png`` after a test;
    the same named ``val_...`` after the last validation of a training, without the table.
    """

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Report the test."""
        self._write(runner, runner.test_loop.evaluator, "")

    def after_train(self, runner: Runner) -> None:
        """Report the last validation."""
        if runner.val_loop is not None:
            self._write(runner, runner.val_loop.evaluator, "val_")

    @master_only
    def _write(self, runner: Runner, evaluator: Evaluator, prefix: str) -> None:
        for metric in evaluator.metrics:
            for role, report in metric.reports.items() if isinstance(metric, FASMetric) else ():
                name = f"{metric.prefix}_{role}".replace("/", "_") if metric.prefix else role
                if not prefix:
                    runner.logger.info(report.table())
                scores = Path(runner.work_dir, f"{prefix}scores_{name}.csv")
                write_scores(metric.frames[role], scores)
                figures = Path(runner.work_dir, f"{prefix}figures_{name}.json")
                write_text(figures, json.dumps(report.to_dict(), indent=1) + "\n")
                for path in (scores, figures):
                    runner.logger.info(f"Written: {path}")
                for path in plot_report(report, runner.work_dir, name, prefix):
                    runner.logger.info(f"Plot written: {path}")
