# SPDX-License-Identifier: Apache-2.0
"""The registered metric: frames -> videos -> figures."""

from __future__ import annotations

from collections.abc import Sequence

from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from mmpretrain.registry import METRICS

from .functional import GRID, Figures, VideoScores, average_videos, figures_at

FIELDS = ("img_path", "video_id", "role")


@METRICS.register_module()
class FASMetric(BaseMetric):
    """HTER, EER, AUC, TPR@FPR=1% and ACC over videos, in percent, and the threshold that they were read at.

    Args:
        threshold: ``'paper'`` fits the threshold on the target's own scores, as the published tables did, which flatters the
            result; a number in 0..1.1 is a threshold fixed beforehand (1.1 rejects everything).
        collect_device: ``'cpu'`` or ``'gpu'``, for several processes.
        prefix: Put before the names of the figures.

    Attributes:
        scores (dict[str, VideoScores]): Role (``'target'``) -> video scores of the last evaluation, on the main process.
        figures (dict[str, Figures]): Role -> figures of the last evaluation, as fractions.

    Raises:
        ValueError: ``threshold`` is neither, one class only, NaN scores, or a video under both classes.
        KeyError: The data samples lack a field.
    """

    # Not None, about which mmengine warns: the figures carry their role before their name.
    default_prefix = ""

    def __init__(self, threshold: str | float = "paper", collect_device: str = "cpu", prefix: str | None = None) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        is_number = isinstance(threshold, (int, float)) and not isinstance(threshold, bool)
        if threshold != "paper" and not (is_number and 0 <= threshold <= GRID[-1]):
            raise ValueError(f"FASMetric: threshold must be 'paper' or a number in 0..{GRID[-1]}, got {threshold!r}.")
        self.threshold = threshold
        self.scores: dict[str, VideoScores] = {}
        self.figures: dict[str, Figures] = {}

    @property
    def rule(self) -> str:
        """How the threshold came about, in words."""
        if self.threshold == "paper":
            return "threshold fitted on these very scores ('paper', flattering)"
        return f"threshold fixed at {self.threshold}"

    def process(self, data_batch: dict, data_samples: Sequence[dict]) -> None:
        """Keep name, video, role, label and score of every frame."""
        for sample in data_samples:
            missing = [name for name in FIELDS if name not in sample]
            if missing:
                raise KeyError(
                    f"FASMetric needs {', '.join(missing)} in the data samples: add them to PackInputs' meta_keys in the "
                    "test pipeline."
                )
            frame = {name: sample[name] for name in FIELDS}
            self.results.append(frame | dict(label=int(sample["gt_label"].item()), score=float(sample["pred_score"][1])))

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Figures of every role in ``results``; frames that padding showed twice count once."""
        frames = {(frame["role"], frame["img_path"]): frame for frame in results}.values()
        figures = {}
        for role in dict.fromkeys(frame["role"] for frame in frames):
            own = [frame for frame in frames if frame["role"] == role]
            video = average_videos(*([frame[key] for frame in own] for key in ("video_id", "score", "label")))
            found = figures_at(video.scores, video.labels, None if self.threshold == "paper" else self.threshold)
            self.scores[role], self.figures[role] = video, found
            print_log(self.describe(role), logger="current")
            figures |= {f"{role}/{name}": value for name, value in percentages(found).items()}
        return figures

    def describe(self, role: str) -> str:
        """One line with the figures of a role and the rule behind them."""
        video, found = self.scores[role], self.figures[role]
        text = "  ".join(f"{name} {value:.2f}" for name, value in percentages(found).items() if name != "threshold")
        real = int(video.labels.sum())
        return f"{role}: {text}  at {found.threshold:.4f}, {self.rule}; {real} real and {len(video.labels) - real} spoof videos"


def percentages(found: Figures) -> dict[str, float]:
    """The reported names and values: percent, the threshold as it is."""
    return {
        "HTER": 100 * found.hter,
        "EER": 100 * found.eer,
        "AUC": 100 * found.auc,
        "TPR@FPR=1%": 100 * found.tpr_at_fpr1,
        "ACC": 100 * found.acc,
        "threshold": found.threshold,
    }
