# SPDX-License-Identifier: Apache-2.0
"""The report of an evaluation as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flip_mm.evaluation import EvaluationOptions, Report, ScoreTable
from flip_mm.evaluation.calibration import brier_score, reliability
from flip_mm.evaluation.domain_results import domain_results
from flip_mm.evaluation.mistakes import worst_mistakes
from flip_mm.evaluation.operating_points import OperatingPoint, operating_points
from flip_mm.evaluation.options import PAPER
from flip_mm.evaluation.results import Result, results_of
from flip_mm.evaluation.roles import DEV
from flip_mm.evaluation.threshold_reports import both_rules, reports_at

from .det_plot import det_figure
from .evaluation_tables import attack_rows, checkpoint_rows, domain_rows, percent, point_rows, rule_rows, verdict_rows
from .figure_file import figure_uri
from .html_page import write_page
from .mistake_pictures import mistake_pictures
from .record_tables import record_groups
from .reliability_plot import reliability_figure
from .score_plots import histogram_figure, roc_figure
from .threshold_plot import threshold_figure

# With more samples, fewer resamples of the bootstrap are enough for the time that they take.
MANY = 20_000
# Drawn lines; more would hide each other.
LINES = {"eer": "EER", "apcer=0.1": "APCER 10 %", "apcer=0.05": "APCER 5 %", "apcer=0.01": "APCER 1 %"}
LINES |= {"bpcer=0.05": "BPCER 5 %", "bpcer=0.01": "BPCER 1 %"}


def write_evaluation_page(
    path: str | Path,
    frames: Mapping[str, ScoreTable],
    report: Report,
    data_root: str | Path | None = None,
    record: Mapping[str, Any] | None = None,
    scores: Mapping[str, str] | None = None,
    option: str = "",
) -> None:
    """Write the report of a role.

    Args:
        path: The HTML file; it refers to no other file.
        frames: Role -> scores of its frames, with those of ``dev`` if there are any.
        report: The metrics of the role.
        data_root: Folder of the images of the worst mistakes; None for no pictures.
        record: Content of the ``record.json`` of the training; None if unknown.
        scores: Further facts of the score file, name -> text.
        option: Command line option that leaves the pictures out.

    Raises:
        ImportError: Jinja2 is not installed.
        OSError: The page cannot be written.
    """
    level = report.options.level
    dev = frames[DEV].at_level(level) if DEV in frames and report.role != DEV else None
    points = operating_points(report.samples, dev)
    rejected, accepted, counts = worst_mistakes(report.samples, report.metrics.threshold)
    sheets = [
        ("Genuine users that were rejected", counts[0], mistake_pictures(rejected, data_root)),
        ("Attacks that passed", counts[1], mistake_pictures(accepted, data_root)),
    ]
    known = report.provenance
    facts = dict(scores or {}) | {"role": report.role, "level": level, "samples": report.counts}
    resamples = 1000 if len(report.samples) <= MANY else 100
    write_page(
        "evaluation.html",
        path,
        title=f"Evaluation of {report.role}",
        origin=known.origin if known and known.origin else "unknown training",
        report=report,
        warnings=report.warnings,
        verdict=verdict_rows(report, report.bootstrap("video", resamples)["AUC"]),
        points=point_rows(report, points),
        fitted_on=DEV if dev is not None else "",
        plots=_plots(report, points),
        attacks=attack_rows(report),
        domains=domain_rows(domain_results(report.samples, report.metrics.threshold)),
        reliability=figure_uri(reliability_figure({report.counts: reliability(report.samples.score, report.samples.label)})),
        ece=percent(report.calibration),
        brier=f"{brier_score(report.samples.score, report.samples.label):.4f}",
        rules=rule_rows(_rules(frames, report)),
        has_dev=dev is not None,
        checkpoints=checkpoint_rows(_results(record, report)),
        sheets=sheets,
        data_root=data_root is not None,
        has_pictures=any(picture.source for _, _, pictures in sheets for picture in pictures),
        option=option,
        record=record_groups(record, known, facts),
    )


def _rules(frames: Mapping[str, ScoreTable], report: Report) -> dict[str, Report]:
    """The metrics of the role with each threshold that can be had: that in use, ``'paper'`` and ``'dev'``."""
    return reports_at(frames, report, [EvaluationOptions(PAPER, report.options.level), *both_rules(frames, report)])


def _results(record: Mapping[str, Any] | None, report: Report) -> list[Result]:
    return [
        result for result in results_of(record or {}) if result.role == report.role and result.level == report.options.level
    ]


def _plots(report: Report, points: list[OperatingPoint]) -> list[tuple[str, str, str]]:
    """Title, data URI and text for people who cannot see it."""
    lines = {"in use": report.metrics.threshold} | {LINES[own.rule]: own.threshold for own in points if own.is_supported}
    figures = [
        ("Scores and thresholds", threshold_figure(report.samples, lines), "Histograms of the scores of both classes"),
        ("Scores", histogram_figure(report), "Histogram of the probability of being real"),
        ("ROC", roc_figure(report), "Share of accepted real users against share of accepted attacks"),
        ("DET", det_figure(report), "Share of rejected real users against share of accepted attacks"),
    ]
    for _, figure, _ in figures:
        # The page says the same above.
        figure.axes[0].set_title("")
    return [(title, figure_uri(figure), text) for title, figure, text in figures]
