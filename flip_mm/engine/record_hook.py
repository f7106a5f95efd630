# SPDX-License-Identifier: Apache-2.0
"""Write a record of every training and test."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import all_gather_object, is_main_process, master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from flip_mm.datasets.protocols import Run
from flip_mm.evaluation import Provenance

from .best_checkpoints import best_paths, number_of
from .checks.weights_fit import unwrap
from .evaluated_weights import tested_weights, validated_weights
from .records.data_record import data_record, run_record
from .records.evaluation_record import evaluation_record
from .records.origin import in_run, provenance_of_file, selection_of
from .records.record_file import FILE, read_record, recorded_tests, same_training, with_test, write_record
from .records.run_record import KEY, device_name, make_record, stored_record, threshold_rules, versions
from .records.weights_record import named_weights, weights_record, with_left_out, with_seen
from .warm_start_hook import KEY as WARM_START


@HOOKS.register_module()
class RecordHook(Hook):
    """Writes ``record.json`` to the work dir, and the same dict to the ``meta`` of each checkpoint.

    A record contains config, run, seed, hashes of the lists, weights, the rules of checkpoint and threshold, hardware, time,
    and the metrics of each test and of the validations of kept checkpoints. docs/records.md lists the fields. Records contain
    hashes and counts only: no lines of lists, no user, machine or folder.
    """

    # Before the checkpoint hook, which saves the record with the metrics of the validation.
    priority = "NORMAL"

    def __init__(self) -> None:
        self._record: dict[str, Any] = {}
        self._validations: list[dict[str, Any]] = []
        self._start = 0.0
        self._earlier = dict(wall_seconds=0.0, resumed=0)
        # Best checkpoints that are already saved; a new one differs from these.
        self._saved: dict[str, str | None] = {}
        self._is_outdated = False
        # From a loaded checkpoint.
        self._loaded: dict[str, Any] = {}
        self._file = ""
        self._test: dict[str, Any] = {}
        self._origin: Provenance | None = None

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the record of the checkpoint's training."""
        self._loaded = stored_record(checkpoint)
        self._file = str(runner._load_from or "")
        self._test = dict(weights=tested_weights(runner, checkpoint), iteration=self._loaded.get("iteration"))
        self._origin = provenance_of_file(checkpoint, self._file)

    def before_train(self, runner: Runner) -> None:
        """Write the record before the first iteration."""
        devices = all_gather_object(device_name())
        # A test after this training in the same process is not one of the loaded checkpoint.
        self._test, self._origin = {}, None
        if not is_main_process():
            return
        left_out = runner.message_hub.runtime_info.get(WARM_START) or {}
        # A resumed training takes over those of its record.
        start = [] if runner._resume else weights_record(runner.cfg.get("model") or {}, unwrap(runner.model), runner._load_from)
        weights = with_left_out(with_seen(start, self._loaded), left_out)
        self._record = make_record(runner, devices) | dict(weights=weights)
        is_resumed = runner._resume and bool(self._loaded)
        if is_resumed:
            self._continue()
        self._start = time.monotonic()
        self._saved = best_paths(runner)
        # A new training has no tests yet, whatever an earlier one left in the work dir.
        self._write(runner, *([self._loaded, self._record] if is_resumed else []))

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Store the metrics of a validation in training."""
        if not self._record:
            return
        where = dict(iteration=runner.iter, epoch=runner.epoch, weights=validated_weights(runner))
        self._validations.append(where | evaluation_record(metrics, runner.val_loop.evaluator))

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store the record in the checkpoint, with the rule that chose it."""
        if not self._record:
            return
        meta, best = checkpoint["meta"], best_paths(runner)
        metric = next((name for name, path in best.items() if path and path != self._saved.get(name)), "")
        self._saved |= {metric: best[metric]} if metric else {}
        meta[KEY] = self._current(runner, meta["iter"]) | dict(checkpoint=selection_of(meta["iter"], runner.max_iters, metric))
        self._is_outdated = True

    def before_train_iter(self, runner: Runner, batch_idx: int, data_batch: dict | None = None) -> None:
        """Write the file again after checkpoints were saved."""
        if self._is_outdated:
            self._write(runner, self._record)

    def after_train(self, runner: Runner) -> None:
        """Write the final file."""
        self._write(runner, self._record)

    @master_only
    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Add the test to the record of its training."""
        loop = runner.test_loop
        dataset, rules = loop.dataloader.dataset, threshold_rules(loop.evaluator)
        trained = self._record or self._loaded
        run = getattr(dataset, "run", None)
        run = run if isinstance(run, Run) else None
        origin = self._origin and in_run(self._origin, trained, run)
        # Hashing a checkpoint takes time, and only a test needs it.
        loaded = dict(checkpoint=named_weights(self._file)) | self._test if self._test else {}
        test = (
            loaded
            | (dict(provenance=origin.to_dict()) if origin else {})
            | (dict(run=run_record(run)) if run else {})
            | dict(data=data_record(dataset), threshold=rules, versions=versions())
            | evaluation_record(metrics, loop.evaluator)
        )
        path = Path(runner.work_dir, FILE)
        try:
            present = read_record(path)
        except ValueError as error:
            runner.logger.warning(f"{error} The result of this test is written to another file.")
            present = dict(seed=None)
        if present is not None and not same_training(present, trained):
            file = test.get("checkpoint") or {}
            path = path.with_name(f"record_{Path(file.get('name', 'test')).stem}_{file.get('sha256', '')[:8]}.json")
            present = read_record(path)
        write_record(with_test(present or trained, test), path)
        runner.logger.info(f"Written: {path}")

    def _continue(self) -> None:
        """Take over the record of the training to be resumed."""
        self._record["weights"] = self._loaded.get("weights", [])
        self._validations = list(self._loaded.get("validations", []))
        earlier = self._loaded.get("time") or {}
        self._earlier = dict(wall_seconds=earlier.get("wall_seconds", 0.0), resumed=earlier.get("resumed", 0) + 1)

    def _current(self, runner: Runner, iteration: int) -> dict[str, Any]:
        """The record as it is after an iteration."""
        best = best_paths(runner)
        numbers = {metric: number_of(path) for metric, path in best.items() if path}
        kept = {*numbers.values(), *runner.message_hub.runtime_info.get("keep_ckpt_ids", [])}
        last = self._validations[-1:]
        self._validations = [
            validation
            for validation in self._validations
            if validation in last or kept & {validation["iteration"], validation["epoch"]}
        ]
        validations = [
            validation
            | dict(
                best_by=[
                    metric for metric, number in numbers.items() if number in (validation["iteration"], validation["epoch"])
                ]
            )
            for validation in self._validations
        ]
        seconds = self._earlier["wall_seconds"] + time.monotonic() - self._start
        return self._record | dict(
            iterations=dict(done=iteration, planned=runner.max_iters),
            validations=validations,
            time=dict(wall_seconds=round(seconds, 1), resumed=self._earlier["resumed"]),
        )

    @master_only
    def _write(self, runner: Runner, *earlier: Mapping[str, Any]) -> None:
        """Write the file, and keep its tests if they belong to one of the trainings ``earlier``."""
        self._is_outdated = False
        if self._record:
            path = Path(runner.work_dir, FILE)
            tests = next(filter(None, (recorded_tests(path, record) for record in earlier)), {})
            write_record(self._current(runner, runner.iter) | tests, path)
