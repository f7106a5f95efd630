# SPDX-License-Identifier: Apache-2.0
"""The registered metric FASMetric."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmpretrain.registry import METRICS

from flip_mm.labels import CLASSES, REAL

from .gather import gather_rows
from .options import EvaluationOptions
from .provenance import Provenance
from .report import Report, make_reports
from .score_table import ScoreTable

# Required fields of a data sample, in the order of the fields of Frame.
FIELDS = ("sample_idx", "role", "img_path", "video_id", "subject", "domain", "attack_type")


class Frame(NamedTuple):
    """One frame and its score. The fields after ``role`` are the columns of a score table."""

    index: int
    role: str
    file: str
    video: str
    subject: str
    domain: str
    attack_type: str
    label: int
    score: float


@METRICS.register_module()
class FASMetric(BaseMetric):
    """Metrics of face anti-spoofing, in percent, and their threshold.

    HTER, EER, AUC, TPR@FPR=1% and ACC of the published tables; APCER of the worst attack type, BPCER, ACER, BPCER10, BPCER20
    and BPCER100 of ISO/IEC 30107-3; and ECE, the calibration error. Each role has separate metrics (``target/HTER``,
    ``dev/HTER``). Equal scores give equal metrics, to the last digit, on any number of processes: all frames are gathered,
    repeated frames count once, and scores are summed in the order of the data set. The scores may differ in rounding, because
    the last batches of the processes have other sizes.

    Args:
        threshold: ``'paper'``, ``'deploy'`` or a number, see :class:`~flip_mm.evaluation.options.EvaluationOptions`.
        level: ``'video'`` or ``'frame'``.
        rule: ``'eer'``, ``'apcer=X'`` or ``'bpcer=X'``, for ``'deploy'``.
        prefix: Prefix of the names of the metrics.

    Attributes:
        frames (dict[str, ScoreTable]): Role -> scores of all frames of the last evaluation.
        reports (dict[str, Report]): Role -> metrics.
        provenance (Provenance | None): Which training and checkpoint the next evaluation's scores come from; a hook may set it.

    Raises:
        ValueError: An option is invalid, only one class is present, a score is no probability, a video has both classes,
            frames are missing, or ``'deploy'`` is set without the role ``dev``.
        KeyError: The data samples lack a field.
    """

    # mmengine warns if it is None. The role is already part of the names.
    default_prefix = ""

    def __init__(
        self, threshold: str | float = "paper", level: str = "video", rule: str = "eer", prefix: str | None = None
    ) -> None:
        super().__init__(prefix=prefix)
        try:
            self.options = EvaluationOptions(threshold, level, rule)
        except ValueError as error:
            raise ValueError(f"FASMetric: {error}") from error
        self.results: list[Frame] = []
        self.frames: dict[str, ScoreTable] = {}
        self.reports: dict[str, Report] = {}
        self.provenance: Provenance | None = None

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Store the fields and the score of every frame."""
        for sample in data_samples:
            missing = [name for name in FIELDS if name not in sample]
            if missing:
                raise KeyError(
                    f"FASMetric needs {', '.join(missing)} in the data samples: add them to PackInputs' meta_keys in the "
                    "test pipeline."
                )
            if sample["pred_score"].shape != (len(CLASSES),):
                raise ValueError(
                    f"FASMetric needs pred_score of shape (2,), probabilities of {' and '.join(CLASSES)}, got "
                    f"{tuple(sample['pred_score'].shape)}: give the model {len(CLASSES)} classes (model.head.num_classes)."
                )
            fields = (sample[name] for name in FIELDS)
            self.results.append(Frame(*fields, int(sample["gt_label"].item()), float(sample["pred_score"][REAL])))

    def evaluate(self, size: int) -> dict[str, float]:
        """Compute the metrics of the frames of all processes, on every process.

        Replaces mmengine's method, which truncates the gathered rows to ``size`` and unpickles files of a shared folder.

        Args:
            size: Length of the data set.
        """
        frames = [Frame(*row) for row in gather_rows(self.results)]
        self.results.clear()
        unique: dict[tuple[str, str], Frame] = {}
        # Samplers repeat frames to fill the last batches. Sorting is stable, so the first one is kept.
        for frame in sorted(frames, key=lambda frame: (frame.index, frame.role, frame.file)):
            unique.setdefault((frame.role, frame.file), frame)
        if len(unique) != size:
            raise ValueError(
                f"FASMetric got scores of {len(unique)} different frames, but the data set has {size}: a process lost some, or "
                "the data set has a file twice."
            )
        metrics = self.compute_metrics(list(unique.values()))
        return {f"{self.prefix}/{name}" if self.prefix else name: value for name, value in metrics.items()}

    def compute_metrics(self, results: list[Frame]) -> dict[str, float]:
        """Compute the metrics of every role. ``results`` are in the order of the data set, each frame once."""
        roles = dict.fromkeys(frame.role for frame in results)
        self.frames = {role: ScoreTable.from_frames(frame[2:] for frame in results if frame.role == role) for role in roles}
        self.reports = make_reports(self.frames, self.options, self.provenance)
        for report in self.reports.values():
            print_log(report.line(), logger="current")
            for text in report.warnings:
                print_log(text, logger="current", level=logging.WARNING)
        return {f"{role}/{name}": value for role, report in self.reports.items() for name, value in report.scalars().items()}
