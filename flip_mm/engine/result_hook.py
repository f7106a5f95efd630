# SPDX-License-Identifier: Apache-2.0
"""Print the metrics of each validation and test, the best value so far, and the written files."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS
from tqdm import tqdm

from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.directions import DIRECTIONS
from flip_mm.utils.files import short_path

from .best_checkpoints import best_so_far, number_of
from .console.printing import show
from .evaluated_weights import EMA, average_hook, validated_weights

# Metrics of FASMetric that are printed in one line.
MAIN = ("HTER", "EER", "AUC", "TPR@FPR=1%", "ACC")
# Number of values of other metrics in one line.
MOST = 6


@HOOKS.register_module()
class ResultHook(Hook):
    """Prints one line at each validation, a table after a test, and at the end the files that were written."""

    # After the checkpoint hook, which decides which validation is the best, and after all hooks that write files.
    priority = "LOWEST"

    def __init__(self) -> None:
        self._begin = time.time()

    def before_run(self, runner: Runner) -> None:
        """Store the start time."""
        self._begin = time.time()

    @master_only
    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Print the metrics and the best so far."""
        is_training = isinstance(runner._train_loop, BaseLoop)
        at = f"validation at {runner.iter}/{runner.max_iters}" if is_training else "validation"
        if average_hook(runner) is not None:
            at += " of the averaged weights (EMA)" if validated_weights(runner) == EMA else " of the raw weights"
        show(runner.logger, "  ".join([f"{at}: {one_line(metrics or {})}", *best_lines(runner)]))

    @master_only
    def after_train(self, runner: Runner) -> None:
        """Print the duration and the files."""
        taken = tqdm.format_interval(time.time() - self._begin)
        show(runner.logger, f"Trained to iteration {runner.iter} in {taken}. {files(runner, self._begin)}")

    @master_only
    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Print the metrics, a table for each role, and the files."""
        reports = [
            report
            for metric in runner.test_evaluator.metrics
            if isinstance(metric, FASMetric)
            for report in metric.reports.values()
        ]
        for report in reports:
            show(runner.logger, f"{report.line()}\n{report.table()}")
        if text := other_metrics(metrics or {}):
            show(runner.logger, text)
        show(runner.logger, files(runner, self._begin))


def one_line(metrics: Mapping[str, Any]) -> str:
    """Format the main metrics of each role, then the first few of other metrics.

    >>> one_line({"target/HTER": 12.5, "target/AUC": 96.0, "target/ECE": 3.0, "accuracy/top1": 90.0})
    'target HTER 12.50  AUC 96.00, accuracy/top1 90.00'
    """
    roles: dict[str, list[str]] = defaultdict(list)
    for key, value in metrics.items():
        role, _, name = key.rpartition("/")
        if name in MAIN:
            roles[role].append(f"{name} {value:.2f}")
    texts = [f"{role} {'  '.join(values)}".strip() for role, values in roles.items()]
    return ", ".join([*texts, *filter(None, [other_metrics(metrics)])])


def other_metrics(metrics: Mapping[str, Any]) -> str:
    """The first numbers that ``FASMetric`` does not report; '' if there are none.

    >>> other_metrics({"target/HTER": 12.5, "accuracy/top1": 90.0})
    'accuracy/top1 90.00'
    """
    numbers = {key: value for key, value in metrics.items() if isinstance(value, (int, float))}
    others = [f"{key} {value:.2f}" for key, value in numbers.items() if key.rpartition("/")[2] not in DIRECTIONS]
    return "  ".join(others[:MOST])


def best_lines(runner: Runner) -> list[str]:
    """Return the best value of each metric that chooses a checkpoint, with its iteration or epoch."""
    texts = []
    for name, (score, path) in best_so_far(runner).items():
        if score is not None:
            at = number_of(path or "")
            texts.append(f"(best {name} {score:.2f}" + (")" if at is None else f" at {at})"))
    return texts


def files(runner: Runner, moment: float) -> str:
    """List the files in the work dir that were written since a moment, and the log."""
    folder = Path(runner.work_dir)
    written = sorted(path for path in folder.iterdir() if path.suffix and path.is_file() and path.stat().st_mtime >= moment)
    names = [path.name for path in written if path.name[0] != "."]
    if runner.logger.log_file:
        names.append(os.path.relpath(runner.logger.log_file, folder))
    return f"Files in {short_path(folder)}: {', '.join(names)}"
