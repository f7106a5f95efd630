# SPDX-License-Identifier: Apache-2.0
"""What an evaluation leaves behind: scores, metrics, plots."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS

from flip_mm.datasets.protocols import Run
from flip_mm.evaluation import FASMetric, Provenance, write_scores
from flip_mm.evaluation.selection import rule_of
from flip_mm.utils.files import write_text
from flip_mm.visualization import plot_report

from .best_checkpoints import best_paths, number_of
from .data_record import run_record
from .evaluated_weights import EMA, KEY, RAW, average_hook, check_average, evaluates_twice, tested_weights, validated_weights
from .evaluation_record import RoleResult, role_results
from .origin import in_run, provenance, provenance_of_file
from .run_record import stored_record


@HOOKS.register_module()
class ScoreReportHook(Hook):
    """Writes the scores of all frames, the metrics and the plots of every role into the work dir, and prints a table of errors.

    All of them, and the printed line, say which training and checkpoint the scores come from, and by which rules checkpoint and
    threshold were chosen.

    ``scores_<role>.csv``, ``figures_<role>.json``, ``roc_<role>.png``, ``det_<role>.png``, ``scores_<role>.png`` after a test.
    ``weights`` in the JSON files says which weights were evaluated, ``'raw'`` or ``'ema'``; a validation's are those that
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
        self._validation: list[RoleResult] = []
        # Of a checkpoint that was loaded: its origin and the run that it was trained in.
        self._origin: Provenance | None = None
        self._trained: dict[str, Any] = {}
        # Iteration and epoch of that validation, until it is known whether it is the best.
        self._open: tuple[int, int] | None = None

    def before_run(self, runner: Runner) -> None:
        """Check that an EMAHook's second evaluation comes afterwards: the first one chooses the best checkpoint."""
        hook = average_hook(runner)
        if evaluates_twice(hook) and runner.hooks.index(hook) < runner.hooks.index(self):
            raise ValueError(
                f"custom_hooks: {type(hook).__name__}(evaluate_on_origin=True) comes before ScoreReportHook: its files would "
                "belong to other weights than the best checkpoint. Leave its priority out."
            )

    def before_train(self, runner: Runner) -> None:
        """Check that validations and checkpoints will belong to the same weights."""
        check_average(runner)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store which weights ``state_dict`` holds, raw or averaged."""
        checkpoint["meta"][KEY] = RAW if average_hook(runner) is None else EMA

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Note which weights will be tested."""
        self._tested = tested_weights(runner, checkpoint)
        self._origin = provenance_of_file(checkpoint, str(runner._load_from or ""))
        self._trained = stored_record(checkpoint).get("run") or {}

    def before_val_epoch(self, runner: Runner) -> None:
        """Tell the metrics where the scores of a validation come from."""
        self._set_origin(runner, runner.val_loop)

    def before_test_epoch(self, runner: Runner) -> None:
        """Tell the metrics where the scores of a test come from."""
        self._set_origin(runner, runner.test_loop)

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Keep what the metrics of this validation were computed from."""
        self._validation = role_results(runner.val_loop.evaluator)
        self._open = runner.iter, runner.epoch
        hook = average_hook(runner)
        if hook is not None:
            words = {EMA: "the averaged weights (EMA)", RAW: "the raw weights"}
            again = ". The next line is that of the raw weights" if evaluates_twice(hook) else ""
            runner.logger.info(f"The validation above is that of {words[validated_weights(runner)]}{again}.")

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Report the test."""
        self._write(runner, role_results(runner.test_loop.evaluator), "", {KEY: self._tested})

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None) -> None:
        """Report the validation before this iteration if the checkpoint hook has found it the best."""
        self._write_best(runner)

    def after_train(self, runner: Runner) -> None:
        """Report the last validation if it is the best, or if no checkpoint is."""
        if best_paths(runner):
            self._write_best(runner)
        else:
            last = runner.message_hub.runtime_info.get("last_ckpt")
            is_saved = isinstance(last, str) and number_of(last) in (runner.iter, runner.epoch)
            chosen = dict(checkpoint=Path(last).name, selection="last") if is_saved else {}
            notes = {KEY: validated_weights(runner), "iteration": runner.iter}
            self._write(runner, _with_origin(self._validation, **chosen), "val_", notes)

    def _write_best(self, runner: Runner) -> None:
        if self._open is None:
            return
        for place, (metric, path) in enumerate(best_paths(runner).items()):
            if path and number_of(path) in self._open:
                prefix = f"val_{metric}_".replace("/", "_") if place else "val_"
                notes = {KEY: validated_weights(runner), "iteration": self._open[0], "best_by": metric}
                chosen = dict(checkpoint=Path(path).name, selection=rule_of(metric).name, selection_metric=metric)
                self._write(runner, _with_origin(self._validation, **chosen), prefix, notes)
        self._open = None

    def _set_origin(self, runner: Runner, loop: BaseLoop) -> None:
        run = getattr(loop.dataloader.dataset, "run", None)
        run = run if isinstance(run, Run) else None
        training = getattr(runner, "_train_loop", None)
        if isinstance(training, BaseLoop) and training.iter:
            record = dict(seed=runner.seed) | (dict(run=run_record(run)) if run else {})
            origin = provenance(record, iteration=training.iter)
        else:
            origin = self._origin and in_run(self._origin, self._trained, run)
        for metric in loop.evaluator.metrics:
            if isinstance(metric, FASMetric):
                metric.provenance = origin

    @master_only
    def _write(self, runner: Runner, results: list[RoleResult], prefix: str, notes: dict) -> None:
        for name, frames, report in results:
            if not prefix:
                runner.logger.info(report.table())
            scores = Path(runner.work_dir, f"{prefix}scores_{name}.csv")
            write_scores(frames, scores, report.provenance)
            metrics = Path(runner.work_dir, f"{prefix}figures_{name}.json")
            write_text(metrics, json.dumps(report.to_dict() | notes, indent=1) + "\n")
            for path in (scores, metrics):
                runner.logger.info(f"Written: {path}")
            for path in plot_report(report, runner.work_dir, name, prefix):
                runner.logger.info(f"Plot written: {path}")


def _with_origin(results: list[RoleResult], **known: Any) -> list[RoleResult]:
    """Results that also say how their checkpoint was chosen, which is known after the evaluation."""
    return [
        own._replace(report=replace(own.report, provenance=replace(own.report.provenance or Provenance(), **known)))
        for own in results
    ]
