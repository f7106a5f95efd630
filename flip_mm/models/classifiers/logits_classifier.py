# SPDX-License-Identifier: Apache-2.0
"""A classifier that is defined by its logits and its losses."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from mmpretrain.models import BaseClassifier
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.sample_fields import with_scores


class LogitsClassifier(BaseClassifier):
    """What MMPretrain's modes do with two methods of a subclass, :meth:`logits` and :meth:`loss`."""

    @abstractmethod
    def logits(self, inputs: Tensor) -> Tensor:
        """Return logits (N, 2) of spoof and real, of images (N, C, H, W)."""

    @abstractmethod
    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return the losses of a training batch (N, C, H, W) of N samples."""

    def forward(self, inputs: Tensor, data_samples: list[DataSample] | None = None, mode: str = "tensor") -> Any:
        """Run one of MMPretrain's modes. ``'tensor'`` returns logits (N, 2) of spoof and real.

        Raises:
            ValueError: The mode is none of MMPretrain's.
        """
        if mode == "tensor":
            return self.logits(inputs)
        if mode == "loss":
            return self.loss(inputs, data_samples)
        if mode == "predict":
            return self.predict(inputs, data_samples)
        raise ValueError(f"mode must be 'tensor', 'loss' or 'predict', got {mode!r}.")

    def predict(self, inputs: Tensor, data_samples: list[DataSample] | None = None) -> list[DataSample]:
        """Return samples with ``pred_score`` (2,), probabilities of (spoof, real), and ``pred_label`` (1,)."""
        return with_scores(self(inputs).softmax(dim=1), data_samples)
