# SPDX-License-Identifier: Apache-2.0
"""PatchNet (Wang et al., CVPR 2022): fine-grained recognition of patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.datasets.fine_classes import fine_class, is_live
from flip_mm.models.sample_fields import with_scores

# Distance of the unit vectors of both patches, by name: second-hand texts differ in it.
SIMILARITIES: dict[str, Callable[[Tensor], Tensor]] = {
    "l2": lambda difference: difference.norm(dim=1).mean(),
    "squared": lambda difference: difference.square().sum(dim=1).mean(),
    "mean_squared": lambda difference: difference.square().mean(),
}


def grid_patches(images: Tensor, size: int, grid: int) -> Tensor:
    """Cut patches at the places of a regular grid, the outer ones at the border; they may overlap.

    Args:
        images: (N, C, H, W).
        size: Side of a patch.
        grid: Patches in each direction.

    Returns:
        (N * grid * grid, C, size, size): image by image, row by row.

    Raises:
        ValueError: The images are smaller than a patch.
    """
    height, width = images.shape[2:]
    if min(height, width) < size:
        raise ValueError(f"Images of {height} x {width} px are smaller than model.patch_size={size}.")
    tops, lefts = (torch.linspace(0, side - size, grid).round().int().tolist() for side in (height, width))
    patches = [images[:, :, top : top + size, left : left + size] for top in tops for left in lefts]
    return torch.stack(patches, dim=1).flatten(0, 1)


@MODELS.register_module()
class PatchNet(ImageClassifier):
    r"""Recognise the camera and the material of a face from patches at native resolution.

    .. math:: L = \sum_{p=1}^{2} L_{cls}(f_p) + \alpha \lVert \hat{f}_1 - \hat{f}_2 \rVert

    for two random patches of each image. A test cuts a grid of patches, and averages the probability of the live classes.

    Args:
        *args: Arguments of MMPretrain's ``ImageClassifier``.
        head: An :class:`~flip_mm.models.AMSoftmaxHead` without its classes.
        fine_classes: Classes, see :mod:`flip_mm.datasets.fine_classes`; None takes those of the run's training domains.
        patch_size: Side of a patch in a test; in training, the pipeline cuts the patches.
        grid: Patches of a test in each direction.
        similarity: ``'l2'``, ``'squared'`` or ``'mean_squared'``: the distance of the unit vectors of both patches.
        similarity_weight: :math:`\alpha`.
        **kwargs: As ``*args``.

    Raises:
        ValueError: There are no classes, or ``similarity`` is none of the three.
    """

    def __init__(
        self,
        *args: Any,
        head: dict,
        fine_classes: Sequence[str] | None = None,
        patch_size: int = 160,
        grid: int = 3,
        similarity: str = "l2",
        similarity_weight: float = 1.0,
        **kwargs: Any,
    ) -> None:
        if not fine_classes:
            raise ValueError("model.fine_classes: PatchNet needs the classes of its run, as flip_mm.datasets.fine_classes has.")
        if similarity not in SIMILARITIES:
            raise ValueError(f"model.similarity={similarity!r} must be one of {', '.join(SIMILARITIES)}.")
        super().__init__(*args, head={**head, "live": [is_live(name) for name in fine_classes]}, **kwargs)
        self.numbers = {name: number for number, name in enumerate(fine_classes)}
        self.patch_size, self.grid = patch_size, grid
        self.similarity, self.similarity_weight = similarity, similarity_weight

    def loss(self, inputs: Sequence[Tensor], data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the losses of a training batch.

        Args:
            inputs: Two patches of each image, (N, 3, h, w) each.
            data_samples: N samples with ``domain``, ``device``, ``medium`` and ``attack_type``.

        Returns:
            ``loss_cls``, the sum for both patches, and ``loss_similarity``.

        Raises:
            ValueError: The pipeline does not give two patches, or a sample is of none of the classes.
        """
        if isinstance(inputs, Tensor) or len(inputs) != 2:
            raise ValueError(
                "PatchNet needs two patches of each image: the training pipeline must have MultiView(num_views=2)."
            )
        classes = self.classes(data_samples).to(inputs[0].device)
        first, second = (self.extract_feat(patch)[-1] for patch in inputs)
        difference = F.normalize(first) - F.normalize(second)
        return dict(
            loss_cls=self.head.loss(first, classes) + self.head.loss(second, classes),
            loss_similarity=self.similarity_weight * SIMILARITIES[self.similarity](difference),
        )

    def classes(self, data_samples: Sequence[DataSample]) -> Tensor:
        """Return the numbers of the fine classes (N,) of samples."""
        names = [
            fine_class(*(sample.get(key) for key in ("domain", "device", "medium", "attack_type"))) for sample in data_samples
        ]
        if unknown := {*names} - self.numbers.keys():
            raise ValueError(f"The fine classes {sorted(unknown)} of training images are not in model.fine_classes.")
        return torch.tensor([self.numbers[name] for name in names])

    def live_probabilities(self, inputs: Tensor) -> Tensor:
        """Return the probability of a live class for each patch (N, grid * grid) of images (N, 3, H, W)."""
        patches = grid_patches(inputs, self.patch_size, self.grid)
        return self.head.live_probability(self.extract_feat(patches)[-1]).unflatten(0, (len(inputs), -1))

    def probabilities(self, inputs: Tensor) -> Tensor:
        """Return the probabilities (N, 2) of spoof and real, means over the patches, of images (N, 3, H, W)."""
        live = self.live_probabilities(inputs).mean(dim=1)
        return torch.stack([1 - live, live], dim=1)

    def forward(self, inputs: Tensor, data_samples: list[DataSample] | None = None, mode: str = "tensor") -> Any:
        """Run one of MMPretrain's modes. ``'tensor'`` returns the logarithms of the probabilities (N, 2)."""
        return self.probabilities(inputs).log() if mode == "tensor" else super().forward(inputs, data_samples, mode)

    def predict(self, inputs: Tensor, data_samples: list[DataSample] | None = None) -> list[DataSample]:
        """Return samples with ``pred_score`` (2,), probabilities of spoof and real, and ``pred_label``."""
        return with_scores(self.probabilities(inputs), data_samples)
