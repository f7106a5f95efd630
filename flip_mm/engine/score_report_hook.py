# SPDX-License-Identifier: Apache-2.0
"""What an evaluation leaves behind: scores, figures, plots."""

from __future__ import annotations

import json
import re
from pathlib import Path

from mmengine.dist import master_only
from mmengine.evaluator import Evaluator
from mmengine.hooks import CheckpointHook, Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from flip_mm.evaluation import FASMetric, write_scores
from flip_mm.files import write_text
from flip_mm.visualization import plot_report


@HOOKS.register_module()
class ScoreReportHook(Hook):
    """Writes the scores of all frames, the figures and the plots of every role into the work dir, and prints a table of errors.

    ``scores_<role>.csv``, ``figures_<role>.json``, ``roc_<role>.png``, ``det_<role>.png``, ``scores_<role>.png`` after a test.

    In training the same of the validation that the kept best checkpoint comes from, named ``val_...``, without the table: they
    are written whenever a best checkpoint is. With several ``save_best`` metrics ``val_...`` belongs to the first,
    ``val_<metric>_...`` to each further one. Without ``save_best`` the last validation is written. ``figures_<role>.json``
    names the ``iteration``, and as ``best_by`` the metric.
    """

    # After the checkpoint hook, which decides whether a validation was the best.
    priority = "LOWEST"

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Report the test."""
        self._write(runner, runner.test_loop.evaluator, "", {})

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Report a validation that a best checkpoint was just saved of."""
        for place, (metric, path) in enumerate(_best(runner).items()):
            if path and _number(path) in (runner.iter, runner.epoch):
                prefix = f"val_{metric}_".replace("/", "_") if place else "val_"
                self._write(runner, runner.val_loop.evaluator, prefix, dict(iteration=runner.iter, best_by=metric))

    def after_train(self, runner: Runner) -> None:
        """Report the last validation where no checkpoint is the best."""
        if runner.val_loop is not None and not _best(runner):
            self._write(runner, runner.val_loop.evaluator, "val_", dict(iteration=runner.iter))

    @master_only
    def _write(self, runner: Runner, evaluator: Evaluator, prefix: str, origin: dict) -> None:
        for metric in evaluator.metrics:
            for role, report in metric.reports.items() if isinstance(metric, FASMetric) else ():
                name = f"{metric.prefix}_{role}".replace("/", "_") if metric.prefix else role
                if not prefix:
                    runner.logger.info(report.table())
                scores = Path(runner.work_dir, f"{prefix}scores_{name}.csv")
                write_scores(metric.frames[role], scores)
                figures = Path(runner.work_dir, f"{prefix}figures_{name}.json")
                write_text(figures, json.dumps(report.to_dict() | origin, indent=1) + "\n")
                for path in (scores, figures):
                    runner.logger.info(f"Written: {path}")
                for path in plot_report(report, runner.work_dir, name, prefix):
                    runner.logger.info(f"Plot written: {path}")


def _best(runner: Runner) -> dict[str, str | None]:
    """Metric of ``save_best`` -> path of its best checkpoint so far, in the order of the config."""
    hook = next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook) and hook.save_best), None)
    if hook is None:
        return {}
    info = runner.message_hub.runtime_info
    if len(hook.key_indicators) == 1:
        return {hook.key_indicators[0]: info.get("best_ckpt")}
    return {metric: info.get(f"best_ckpt_{metric}") for metric in hook.key_indicators}


def _number(path: str) -> int | None:
    """Iteration or epoch at the end of a checkpoint's name."""
    found = re.search(r"\d+$", Path(path).stem)
    return int(found[0]) if found else None
