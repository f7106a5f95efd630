# SPDX-License-Identifier: Apache-2.0
"""Normalise images on the device, in one tensor or a list of views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from mmpretrain.models import SelfSupDataPreprocessor
from mmpretrain.registry import MODELS
from torch import Tensor

from .device_views import render_views

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


@MODELS.register_module()
class FASDataPreprocessor(SelfSupDataPreprocessor):
    """MMPretrain's multi-view preprocessor for images in 0..255, with the normalisation of the published tables.

    Args:
        mean: Three values for RGB in 0..1, or six for RGB and HSV (``AppendHSV``); or ``'imagenet'``, as in the published
            tables, although the backbone is CLIP; or ``'backbone'``, the mean of the backbone, which
            :class:`~flip_mm.models.FLIP` fills in.
        std: As ``mean``.
        batch_augments: Must be None: MMPretrain's Mixup and similar would mix real and spoof images.
        to_rgb: Set it for a pipeline that ends in BGR, as most of MMPretrain do; the pipelines of flip_mm end in RGB.

    Raises:
        ValueError: ``mean`` and ``std`` are neither the same name nor three or six numbers in 0..1 each, or batch augmentations
            are given, or ``to_rgb`` with six numbers.
    """

    def __init__(
        self,
        mean: str | Sequence[float] = "imagenet",
        std: str | Sequence[float] = "imagenet",
        batch_augments: dict | None = None,
        to_rgb: bool = False,
    ) -> None:
        if batch_augments is not None:
            raise ValueError("train_cfg.augments: batch augmentations mix real and spoof images; remove them.")
        if mean == std == "imagenet":
            mean, std = IMAGENET_MEAN, IMAGENET_STD
        if not _are_channels(mean, 0, 1) or not _are_channels(std, 1e-6, 1) or len(mean) != len(std):
            raise ValueError(
                "model.data_preprocessor: mean and std must both be 'imagenet', both 'backbone', or three numbers each for RGB "
                f"in 0..1 (not 0..255), or six for RGB and HSV, got mean={mean!r}, std={std!r}."
            )
        if to_rgb and len(mean) != 3:
            raise ValueError("model.data_preprocessor.to_rgb: AppendHSV needs RGB images; remove to_rgb.")
        # The copy of a pinned batch to a GPU does not wait for the step before.
        super().__init__(mean=[0.0] * 3, std=[1.0] * 3, to_rgb=to_rgb, non_blocking=True)
        # mmengine's class takes one or three values.
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor([255.0 * value for value in values]).view(-1, 1, 1), persistent=False)

    def forward(self, data: dict, training: bool = False) -> dict:
        """Normalise a batch of any of mmengine's collate functions.

        If the samples have ``view_parameters``, which ``TrainingViews(views='device')`` draws, their views are rendered first.

        Args:
            data: ``inputs`` from ``default_collate``: (N, 3 or 6, H, W), or a list of V views of that shape; or from
                ``pseudo_collate``, mmengine's default: a list of N images, or of V lists of N images.
            training: As in MMPretrain.

        Returns:
            ``inputs`` (N, 3 or 6, H, W) or a list of V, normalised, and ``data_samples``.

        Raises:
            ValueError: ``data`` has no ``inputs``, or images of different sizes, or images that do not fit their
                ``view_parameters``.
        """
        if not isinstance(data, Mapping) or "inputs" not in data:
            raise ValueError(
                "The samples of *_dataloader.dataset.pipeline have no 'inputs': end it with dict(type='PackInputs')."
            )
        inputs, samples = self.cast_data((_stacked(data["inputs"]), data.get("data_samples")))
        if parameters := [sample.view_parameters for sample in samples or () if "view_parameters" in sample]:
            if self._channel_conversion:
                raise ValueError("model.data_preprocessor.to_rgb: TrainingViews gives RGB images; remove to_rgb.")
            views = render_views(inputs, parameters)
            # A single view is no list, as in MMPretrain's pipelines.
            inputs = views if len(views) > 1 else views[0]
        is_list = isinstance(inputs, list)
        inputs = list(map(self._normalised, inputs)) if is_list else self._normalised(inputs)
        return dict(inputs=inputs, data_samples=samples)

    def _normalised(self, images: Tensor) -> Tensor:
        """Do what MMPretrain's class does, with one new tensor instead of three."""
        if self._channel_conversion:
            images = images[:, [2, 1, 0]]
        if images.is_floating_point():
            images = images.float()
        return torch.sub(images, self.mean).div_(self.std)


def _stacked(inputs: Tensor | Sequence[Tensor] | Sequence[Sequence[Tensor]]) -> Tensor | Sequence[Tensor]:
    """Stack images to one tensor, or one tensor per view."""
    if isinstance(inputs, Tensor):
        return inputs
    if not isinstance(inputs[0], Tensor):
        return [_stack(view) for view in inputs]
    return _stack(inputs) if inputs[0].ndim == 3 else inputs


def _stack(images: Sequence[Tensor]) -> Tensor:
    if len(sizes := {tuple(image.shape) for image in images}) > 1:
        raise ValueError(f"The images of a batch have the shapes {sorted(sizes)}: resize them in the pipeline to one size.")
    return torch.stack(tuple(images))


def _are_channels(values: Any, low: float, high: float) -> bool:
    """Return whether these are three or six numbers in a range."""
    is_sequence = isinstance(values, Sequence) and not isinstance(values, str)
    return is_sequence and len(values) in (3, 6) and all(isinstance(v, (int, float)) and low <= v <= high for v in values)
