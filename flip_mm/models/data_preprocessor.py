# SPDX-License-Identifier: Apache-2.0
"""Normalisation on the device, for one tensor or a list of views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmpretrain.models import SelfSupDataPreprocessor
from mmpretrain.registry import MODELS

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@MODELS.register_module()
class FASDataPreprocessor(SelfSupDataPreprocessor):
    """MMPretrain's multi-view preprocessor for RGB images in 0..255, with the normalisation of the published tables.

    Args:
        mean: Three values for RGB in 0..1; or ``'imagenet'``, what the published tables used although the backbone is
            CLIP; or ``'backbone'``, the backbone's own (filled in by :class:`~flip_mm.models.FLIP`).
        std: As ``mean``.
        batch_augments: MMPretrain's Mixup and the like; not for face anti-spoofing, must be None.

    Raises:
        ValueError: ``mean`` and ``std`` are not both names or both three numbers in 0..1, or batch augmentations are given.
    """

    def __init__(
        self,
        mean: str | Sequence[float] = "imagenet",
        std: str | Sequence[float] = "imagenet",
        batch_augments: dict | None = None,
    ) -> None:
        if batch_augments is not None:
            raise ValueError("train_cfg.augments: batch augmentations mix real and spoof images; remove them.")
        if mean == std == "imagenet":
            mean, std = IMAGENET_MEAN, IMAGENET_STD
        if not _are_three(mean, 0, 1) or not _are_three(std, 1e-6, 1):
            raise ValueError(
                "model.data_preprocessor: mean and std must both be 'imagenet', both 'backbone', or three numbers each for RGB "
                f"in 0..1 (not 0..255), got mean={mean!r}, std={std!r}."
            )
        super().__init__(mean=[255 * m for m in mean], std=[255 * s for s in std])


def _are_three(values: Any, low: float, high: float) -> bool:
    """Whether these are three numbers in a range."""
    is_sequence = isinstance(values, Sequence) and not isinstance(values, str)
    return is_sequence and len(values) == 3 and all(isinstance(v, (int, float)) and low <= v <= high for v in values)
