# SPDX-License-Identifier: Apache-2.0
"""The registered metric FASMetric."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import numpy as np
from mmengine.dist import get_world_size
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmpretrain.registry import METRICS

from flip_mm.labels import CLASSES, REAL

from .frame_store import Frames, FrameStore
from .gather import gather_bytes
from .options import EvaluationOptions
from .provenance import Provenance
from .report import Report, make_reports
from .score_table import COLUMNS, ScoreTable
from .text_column import by_appearance

# Required fields of a data sample: its place in the data set, and the texts of Frames in their order.
FIELDS = ("sample_idx", "role", "img_path", "video_id", "subject", "domain", "attack_type")


@METRICS.register_module()
class FASMetric(BaseMetric):
    """Metrics of face anti-spoofing, in percent, and their threshold.

    HTER, EER, AUC, TPR@FPR=1% and ACC of the published tables; APCER of the worst attack type, BPCER, ACER, BPCER10, BPCER20
    and BPCER100 of ISO/IEC 30107-3; and ECE, the calibration error. Each role has separate metrics (``target/HTER``,
    ``dev/HTER``). Equal scores give equal metrics, to the last digit, on any number of processes: all frames are gathered,
    repeated frames count once, and scores are summed in the order of the data set. The scores may differ in rounding, because
    the last batches of the processes have other sizes.

    Args:
        threshold: ``'paper'``, ``'dev'`` or a number, see :class:`~flip_mm.evaluation.options.EvaluationOptions`.
        level: ``'video'`` or ``'frame'``.
        rule: ``'eer'``, ``'apcer=X'`` or ``'bpcer=X'``, for ``'dev'``.
        prefix: Prefix of the names of the metrics.
        more_thresholds: Further thresholds, of which the record holds a report of each role except ``dev``: ``'paper'``,
            ``'dev'`` or numbers. With scores of ``dev``, both names are always among them.

    Attributes:
        frames (dict[str, ScoreTable]): Role -> scores of all frames of the last evaluation.
        reports (dict[str, Report]): Role -> metrics.
        provenance (Provenance | None): Which training and checkpoint the next evaluation's scores come from; a hook may set it.

    Raises:
        ValueError: An option is invalid, only one class is present, a score is no probability, a video has both classes,
            frames are missing, or ``threshold='dev'`` is set without the role ``dev``.
        KeyError: The data samples lack a field.
    """

    # mmengine warns if it is None. The role is already part of the names.
    default_prefix = ""

    def __init__(
        self,
        threshold: str | float = "paper",
        level: str = "video",
        rule: str = "eer",
        prefix: str | None = None,
        more_thresholds: Sequence[str | float] = (),
    ) -> None:
        super().__init__(prefix=prefix)
        try:
            self.options = EvaluationOptions(threshold, level, rule)
            self.more_options = [EvaluationOptions(value, level) for value in more_thresholds]
        except ValueError as error:
            raise ValueError(f"FASMetric: {error}") from error
        self.results = FrameStore()
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
            index, *texts = (sample[name] for name in FIELDS)
            self.results.append(index, int(sample["gt_label"].item()), float(sample["pred_score"][REAL]), texts)

    def evaluate(self, size: int) -> dict[str, float]:
        """Compute the metrics of the frames of all processes, on every process.

        Replaces mmengine's method, which truncates the gathered rows to ``size`` and unpickles files of a shared folder.

        Args:
            size: Length of the data set.
        """
        frames = self.results.frames()
        self.results.clear()
        if get_world_size() > 1:
            frames = Frames.joined([Frames.from_bytes(part) for part in gather_bytes(frames.to_bytes())])
        # Samplers repeat frames to fill the last batches.
        frames = frames.in_order()
        if len(frames) != size:
            raise ValueError(
                f"FASMetric got scores of {len(frames)} different frames, but the data set has {size}: a process lost some, or "
                "the data set has a file twice."
            )
        metrics = self.compute_metrics(frames)
        return {f"{self.prefix}/{name}" if self.prefix else name: value for name, value in metrics.items()}

    def compute_metrics(self, results: Frames) -> dict[str, float]:
        """Compute the metrics of every role. ``results`` are in the order of the data set, each frame once."""
        codes, first = by_appearance(results.role.codes, len(results.role.names))
        self.frames = {}
        for code, role in enumerate(results.role.take(first).texts()):
            own = results.take(np.flatnonzero(codes == code))
            self.frames[role] = ScoreTable.from_columns(**{name: getattr(own, name) for name in COLUMNS})
        self.reports = make_reports(self.frames, self.options, self.provenance)
        for report in self.reports.values():
            print_log(report.line(), logger="current")
            for text in report.warnings:
                print_log(text, logger="current", level=logging.WARNING)
        return {f"{role}/{name}": value for role, report in self.reports.items() for name, value in report.scalars().items()}
