# SPDX-License-Identifier: Apache-2.0
"""All numbers of an analysis as rows, for CSV files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from flip_mm.labels import CLASSES
from flip_mm.visualization.domain_plots import det_points, histogram_bins, roc_points

from .error_rates import error_rates
from .run_analysis import RunAnalysis

Row = dict[str, Any]


def rate_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the rates of the target at the threshold in use."""
    known = found.run.provenance
    report = found.in_use[found.target.name]
    for own in error_rates(report):
        low, high = own.rate.interval
        yield dict(
            run=found.label,
            method=found.run.method,
            protocol=known.protocol,
            protocol_run=known.run,
            seed=known.seed,
            checkpoint=known.checkpoint,
            selection=known.selection,
            domain=found.target.name,
            threshold=report.metrics.threshold,
            kind=own.kind,
            wrong=own.rate.errors,
            videos=own.rate.total,
            percent=100 * own.rate.value,
            wilson_low=100 * low,
            wilson_high=100 * high,
        )


def gap_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the metrics of each domain."""
    for own in found.metrics:
        row = asdict(own)
        for name in ("hter_interval", "auc_interval"):
            row[f"{name}_low"], row[f"{name}_high"] = row.pop(name)
        yield row


def separation_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the numbers about the embeddings."""
    for own in found.separation:
        yield dict(run=found.label, **asdict(own))


def embedding_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the drawn points."""
    points = iter(found.points.tolist())
    for number in found.embedded:
        part = found.scored[number]
        for file, video, _, _, kind, label, value in part.frames.rows():
            x, y = next(points)
            yield dict(run=found.label, domain=part.images.name, file=file, video=video, attack_type=kind, label=label) | dict(
                p_real=value, x=x, y=y
            )


def score_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the scores of all videos that curves and rates are computed from."""
    for name, report in found.in_use.items():
        for file, video, _, _, kind, label, value in report.samples.rows():
            yield dict(run=found.label, domain=name, video=video, first_frame=file, attack_type=kind, label=label, score=value)


def roc_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the drawn points of the ROC curves."""
    for name, report in found.in_use.items():
        for fpr, tpr, at in zip(*(part.tolist() for part in roc_points(report)), strict=True):
            yield dict(run=found.label, domain=name, fpr=fpr, tpr=tpr, threshold=at)


def det_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the points of the DET curves, before rates near 0 are moved to the edge."""
    for name, report in found.in_use.items():
        for apcer, bpcer, at in zip(*(part.tolist() for part in det_points(report)), strict=True):
            yield dict(run=found.label, domain=name, apcer=apcer, bpcer=bpcer, threshold=at)


def histogram_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the bins of the histograms, in log odds."""
    for name, report in found.in_use.items():
        for label, word in enumerate(CLASSES):
            for own in histogram_bins(report, label):
                yield dict(run=found.label, domain=name, label=word, log_odds_low=own.low, log_odds_high=own.high) | dict(
                    percent=own.percent
                )


def attention_rows(found: RunAnalysis) -> Iterator[Row]:
    """Yield the places of all drawn maps, from the upper left."""
    for face in found.faces:
        rows, columns = face.evidence.real.shape
        for row in range(rows):
            for column in range(columns):
                yield dict(
                    run=found.label,
                    group=face.group,
                    file=face.file,
                    attack_type=face.kind,
                    video_p_real=face.score,
                    method=face.evidence.method,
                    row=row,
                    column=column,
                    live=float(face.evidence.real[row, column]),
                    spoof=float(face.evidence.spoof[row, column]),
                )


TABLES: dict[str, Callable[[RunAnalysis], Iterator[Row]]] = {
    "rates": rate_rows,
    "gap": gap_rows,
    "separation": separation_rows,
    "embeddings": embedding_rows,
    "scores": score_rows,
    "roc": roc_rows,
    "det": det_rows,
    "histograms": histogram_rows,
    "attention": attention_rows,
}


def rows_of(name: str, analyses: Sequence[RunAnalysis]) -> Iterator[Row]:
    """Yield the rows of a table of all trainings."""
    for found in analyses:
        yield from TABLES[name](found)
