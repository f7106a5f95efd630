# SPDX-License-Identifier: Apache-2.0
"""Write scores, metrics and plots of an evaluation."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS

from flip_mm import visualization
from flip_mm.datasets.protocols import Run
from flip_mm.evaluation import FASMetric, Provenance, write_scores
from flip_mm.evaluation.seen import LOAD_FROM, TEACHER
from flip_mm.evaluation.selection import rule_of
from flip_mm.utils.files import write_text

from .best_checkpoints import best_paths, number_of
from .checks.weights_fit import unwrap
from .evaluated_weights import EMA, KEY, RAW, average_hook, check_average, evaluates_twice, tested_weights, validated_weights
from .records.data_record import run_record
from .records.evaluation_record import RoleResult, role_results
from .records.origin import in_run, provenance, provenance_of_file
from .records.run_record import stored_record
from .records.weights_record import file_name, teacher_record, teacher_weights, with_seen


@HOOKS.register_module()
class ScoreReportHook(Hook):
    """Writes the scores of all frames, the metrics and the plots of every role to the work dir, and logs a table of errors.

    All of them name the training, the checkpoint, and the rules that chose checkpoint and threshold.

    After a test: ``scores_<role>.csv``, ``figures_<role>.json``, ``roc_<role>.png``, ``det_<role>.png``, ``scores_<role>.png``.
    ``weights`` in the JSON files says which weights were evaluated, ``'raw'`` or ``'ema'``.

    In training: the same files with the prefix ``val_``, for the validation of the best checkpoint, whenever a best checkpoint
    is saved. With several ``save_best`` metrics ``val_...`` belongs to the first, ``val_<metric>_...`` to each other one.
    Without ``save_best`` they belong to the last validation. ``iteration`` and ``best_by`` in the JSON files name the
    iteration and the metric of ``save_best``.

    Raises:
        ValueError: An ``EMAHook`` validates other weights than the best checkpoint contains.
    """

    def __init__(self) -> None:
        self._tested = RAW
        self._validation: list[RoleResult] = []
        # From a loaded checkpoint: its origin and the record of its training.
        self._origin: Provenance | None = None
        self._loaded: dict[str, Any] = {}
        # What this training started or learned from.
        self._weights: list[dict[str, Any]] = []
        # Iteration and epoch of the last validation, until it is known whether it is the best.
        self._open: tuple[int, int] | None = None

    def before_run(self, runner: Runner) -> None:
        """Check that this hook runs before an EMAHook's second evaluation: the first one chooses the best checkpoint."""
        hook = average_hook(runner)
        if evaluates_twice(hook) and runner.hooks.index(hook) < runner.hooks.index(self):
            raise ValueError(
                f"custom_hooks: {type(hook).__name__}(evaluate_on_origin=True) comes before ScoreReportHook: its files would "
                "belong to other weights than the best checkpoint. Remove its priority."
            )

    def before_train(self, runner: Runner) -> None:
        """Check that validations and checkpoints use the same weights, and add the teacher to those that the training has."""
        check_average(runner)
        if not runner._resume:
            teacher = teacher_weights(runner.cfg.get("model") or {})
            self._weights = [*self._weights, *with_seen(teacher, teacher_record(unwrap(runner.model)), TEACHER)]

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store which weights ``state_dict`` contains, raw or averaged."""
        checkpoint["meta"][KEY] = RAW if average_hook(runner) is None else EMA

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store which weights will be tested."""
        self._tested = tested_weights(runner, checkpoint)
        path = str(runner._load_from or "")
        self._origin, self._loaded = provenance_of_file(checkpoint, path), stored_record(checkpoint)
        start = [dict(source=LOAD_FROM, name=file_name(path))]
        self._weights = self._loaded.get("weights", []) if runner._resume else with_seen(start, self._loaded)

    def before_val_epoch(self, runner: Runner) -> None:
        """Set the provenance of the metrics of a validation."""
        self._set_origin(runner, runner.val_loop)

    def before_test_epoch(self, runner: Runner) -> None:
        """Set the provenance of the metrics of a test."""
        self._set_origin(runner, runner.test_loop)

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Store the results of this validation, and log which weights it used."""
        self._validation = role_results(runner.val_loop.evaluator)
        self._open = runner.iter, runner.epoch
        hook = average_hook(runner)
        if hook is not None:
            words = {EMA: "the averaged weights (EMA)", RAW: "the raw weights"}
            again = ". The next line is for the raw weights" if evaluates_twice(hook) else ""
            runner.logger.info(f"The validation above is for {words[validated_weights(runner)]}{again}.")

    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Write the files of the test."""
        self._write(runner, role_results(runner.test_loop.evaluator), "", {KEY: self._tested})

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None) -> None:
        """Write the files of the validation before this iteration, if it is the best one."""
        self._write_best(runner)

    def after_train(self, runner: Runner) -> None:
        """Write the files of the last validation if it is the best, or if there is no best checkpoint."""
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
        for number, (metric, path) in enumerate(best_paths(runner).items()):
            if path and number_of(path) in self._open:
                prefix = f"val_{metric}_".replace("/", "_") if number else "val_"
                notes = {KEY: validated_weights(runner), "iteration": self._open[0], "best_by": metric}
                chosen = dict(checkpoint=Path(path).name, selection=rule_of(metric).name, selection_metric=metric)
                self._write(runner, _with_origin(self._validation, **chosen), prefix, notes)
        self._open = None

    def _set_origin(self, runner: Runner, loop: BaseLoop) -> None:
        run = getattr(loop.dataloader.dataset, "run", None)
        run = run if isinstance(run, Run) else None
        training = getattr(runner, "_train_loop", None)
        if isinstance(training, BaseLoop) and training.iter:
            depth = getattr(training.dataloader.dataset, "depth", "")
            record = dict(seed=runner.seed, weights=self._weights, depth=depth) | (dict(run=run_record(run)) if run else {})
            origin = provenance(record, iteration=training.iter)
        else:
            origin = self._origin and in_run(self._origin, self._loaded, run)
        for metric in loop.evaluator.metrics:
            if isinstance(metric, FASMetric):
                metric.provenance = origin

    @master_only
    def _write(self, runner: Runner, results: list[RoleResult], prefix: str, notes: dict) -> None:
        for name, frames, report in results:
            if not prefix:
                runner.logger.info(report.table())
            scores = Path(runner.work_dir, f"{prefix}scores_{name}.csv")
            write_scores(frames, scores, report.provenance, report.options.threshold_rule)
            metrics = Path(runner.work_dir, f"{prefix}figures_{name}.json")
            write_text(metrics, json.dumps(report.to_dict() | notes, indent=1) + "\n")
            for path in (scores, metrics):
                runner.logger.info(f"Written: {path}")
            # Imports matplotlib and SciPy, which a start does not need.
            for path in visualization.plot_report(report, runner.work_dir, name, prefix):
                runner.logger.info(f"Plot written: {path}")


def _with_origin(results: list[RoleResult], **fields: Any) -> list[RoleResult]:
    """Add to the results how their checkpoint was chosen, which is known only after the evaluation."""
    return [
        result._replace(report=replace(result.report, provenance=replace(result.report.provenance or Provenance(), **fields)))
        for result in results
    ]
