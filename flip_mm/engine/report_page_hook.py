# SPDX-License-Identifier: Apache-2.0
"""Write the report of a test as an HTML page."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.own_record import find_own_record
from flip_mm.evaluation.roles import DEV

PAGE = "report.html"


@HOOKS.register_module()
class ReportPageHook(Hook):
    """Writes ``report.html`` to the work dir after a test, see docs/report.md.

    With several ``FASMetric`` the page of one with a prefix is ``report_<prefix>.html``.

    Args:
        pictures: Whether the page shows images of the worst mistakes, which are personal data.
    """

    # After the record of the test is written.
    priority = "LOW"

    def __init__(self, pictures: bool = True) -> None:
        self.pictures = pictures

    @master_only
    def after_test_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Write a page for each ``FASMetric``."""
        # Imports matplotlib and SciPy, which a start does not need.
        from flip_mm.visualization.evaluation_page import write_evaluation_page

        data_root = getattr(runner.test_loop.dataloader.dataset, "data_root", None)
        for metric in runner.test_loop.evaluator.metrics:
            if not isinstance(metric, FASMetric) or not metric.reports:
                continue
            report = next((own for role, own in metric.reports.items() if role != DEV), None) or metric.reports[DEV]
            name = f"report_{metric.prefix}.html".replace("/", "_") if metric.prefix else PAGE
            path = Path(runner.work_dir, name)
            record = find_own_record(runner.work_dir, report.provenance)
            root = data_root if self.pictures and data_root else None
            write_evaluation_page(path, metric.frames, report, root, record, option="--no-pictures")
            runner.logger.info(f"Report written: {path}")
