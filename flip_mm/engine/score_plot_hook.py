# SPDX-License-Identifier: Apache-2.0
"""ROC and score histogram at the end of an evaluation."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import master_only
from mmengine.evaluator import Evaluator
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from flip_mm.evaluation import FASMetric
from flip_mm.visualization import plot_roc, plot_score_histogram


@HOOKS.register_module()
class ScorePlotHook(Hook):
    """Writes ``roc_<role>.png`` and ``scores_<role>.png`` into the work dir.

    After a test, and after the last validation of a training (then named ``val_...``).
    """

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Draw the test."""
        self._draw(runner, runner.test_loop.evaluator, "")

    def after_train(self, runner: Runner) -> None:
        """Draw the last validation."""
        if runner.val_loop is not None:
            self._draw(runner, runner.val_loop.evaluator, "val_")

    @master_only
    def _draw(self, runner: Runner, evaluator: Evaluator, prefix: str) -> None:
        for metric in evaluator.metrics:
            for role in metric.scores if isinstance(metric, FASMetric) else ():
                for name, plot in (("roc", plot_roc), ("scores", plot_score_histogram)):
                    path = Path(runner.work_dir, f"{prefix}{name}_{role}.png")
                    plot(metric.scores[role], metric.figures[role], path, f"{role}: {metric.rule}")
                    runner.logger.info(f"Plot written: {path}")
