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
from flip_mm.evaluation.report import Report
from flip_mm.evaluation.score_table import ScoreTable
from flip_mm.utils.files import write_text
from flip_mm.visualization import plot_report

from .evaluated_weights import EMA, KEY, RAW, average_hook, check_average, evaluates_twice, tested, validated


@HOOKS.register_module()
class ScoreReportHook(Hook):
    """Writes the scores of all frames, the figures and the plots of every role into the work dir, and prints a table of errors.

    ``scores_<role>.csv``, ``figures_<role>.json``, ``roc_<role>.png``, ``det_<role>.png``, ``scores_<role>.png`` after a test.
    ``weights`` in the JSON files says whose they are, ``'raw'`` or ``'ema'``; those of a validation belong to the weights that
    checkpoints hold.

    In training the same of the validation that the kept best checkpoint comes from, named ``val_...``, without the table: they
    are written whenever a best checkpoint is. With several ``save_best`` metrics ``val_...`` belongs to the first,
    ``val_<metric>_...`` to each further one. Without ``save_best`` the last validation is written. ``iteration`` in the JSON
    files says which it is, ``best_by`` by which metric it is the best.

    Raises:
        ValueError: An ``EMAHook`` validates other weights than the best checkpoint would hold.
    """

    def __init__(self) -> None:
        self._tested = RAW
        self._validation: list[tuple[str, ScoreTable, Report]] = []
        # Iteration and epoch of that validation, until it is known whether it is the best.
        self._open: tuple[int, int] | None = None

    def before_run(self, runner: Runner) -> None:
        """Check that an EMAHook's second evaluation comes afterwards: the first one chooses the best checkpoint."""
        hook = average_hook(runner)
        if evaluates_twice(hook) and runner.hooks.index(hook) < runner.hooks.index(self):
            raise ValueError(
                f"custom_hooks: {type(hook).__name__}(evaluate_on_origin=True) comes before ScoreReportHook, whose files would "
                "belong to other weights than the best checkpoint: leave its priority out."
            )

    def before_train(self, runner: Runner) -> None:
        """Check that validations and checkpoints will belong to the same weights."""
        check_average(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store whose weights ``state_dict`` holds."""
        checkpoint["meta"][KEY] = RAW if average_hook(runner) is None else EMA

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Note whose weights will be tested."""
        self._tested = tested(runner, checkpoint)

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Keep what the metrics of this validation were computed from."""
        self._validation = _results(runner.val_loop.evaluator)
        self._open = runner.iter, runner.epoch
        hook = average_hook(runner)
        if hook is not None:
            words = {EMA: "the averaged weights (EMA)", RAW: "the raw weights"}
            again = ". The next line is that of the raw weights" if evaluates_twice(hook) else ""
            runner.logger.info(f"The validation above is that of {words[validated(runner)]}{again}.")

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Report the test."""
        self._write(runner, _results(runner.test_loop.evaluator), "", {KEY: self._tested})

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None) -> None:
        """Report the validation before this iteration if the checkpoint hook has found it the best."""
        self._write_best(runner)

    def after_train(self, runner: Runner) -> None:
        """Report the last validation if it is the best, or if no checkpoint is."""
        if _best(runner):
            self._write_best(runner)
        else:
            self._write(runner, self._validation, "val_", {KEY: validated(runner), "iteration": runner.iter})

    def _write_best(self, runner: Runner) -> None:
        if self._open is None:
            return
        for place, (metric, path) in enumerate(_best(runner).items()):
            if path and _number(path) in self._open:
                prefix = f"val_{metric}_".replace("/", "_") if place else "val_"
                origin = {KEY: validated(runner), "iteration": self._open[0], "best_by": metric}
                self._write(runner, self._validation, prefix, origin)
        self._open = None

    @master_only
    def _write(self, runner: Runner, results: list[tuple[str, ScoreTable, Report]], prefix: str, origin: dict) -> None:
        for name, frames, report in results:
            if not prefix:
                runner.logger.info(report.table())
            scores = Path(runner.work_dir, f"{prefix}scores_{name}.csv")
            write_scores(frames, scores)
            figures = Path(runner.work_dir, f"{prefix}figures_{name}.json")
            write_text(figures, json.dumps(report.to_dict() | origin, indent=1) + "\n")
            for path in (scores, figures):
                runner.logger.info(f"Written: {path}")
            for path in plot_report(report, runner.work_dir, name, prefix):
                runner.logger.info(f"Plot written: {path}")


def _results(evaluator: Evaluator) -> list[tuple[str, ScoreTable, Report]]:
    """Name in files, frames and report of every role of the last evaluation."""
    return [
        (f"{metric.prefix}_{role}".replace("/", "_") if metric.prefix else role, metric.frames[role], report)
        for metric in evaluator.metrics
        if isinstance(metric, FASMetric)
        for role, report in metric.reports.items()
    ]


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
