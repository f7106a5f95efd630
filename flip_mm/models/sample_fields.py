# SPDX-License-Identifier: Apache-2.0
"""Fields of the samples of a batch as tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.datasets.protocols import ADAPT


def labels(samples: Sequence[DataSample], device: torch.device | str = "cpu") -> Tensor:
    """Return the labels (N,) int64: 0 spoof, 1 real, -1 unlabelled."""
    return torch.cat([sample.gt_label for sample in samples]).to(device)


def domains(samples: Sequence[DataSample], device: torch.device | str = "cpu") -> Tensor:
    """Return the numbers of the domains (N,) int64, see ``domain_index`` in docs/new_method.md."""
    return torch.tensor([sample.domain_index for sample in samples], device=device)


def is_labelled(samples: Sequence[DataSample], device: torch.device | str = "cpu") -> Tensor:
    """Return (N,) bool: False for the unlabelled images of the target."""
    return torch.tensor([sample.get("role") != ADAPT for sample in samples], device=device)


def depth_maps(samples: Sequence[DataSample], device: torch.device | str = "cpu") -> Tensor:
    """Return the depth maps (N, 1, g, g) float32 in 0..1, zero for spoof.

    Raises:
        ValueError: A sample has no depth map.
    """
    if any("depth" not in sample for sample in samples):
        raise ValueError(
            "This method needs depth maps: the training pipeline must have dict(type='LoadDepth') and "
            "PackInputs(algorithm_keys=['depth'], ...), see docs/depth.md."
        )
    return torch.stack([torch.as_tensor(sample.depth) for sample in samples]).to(device)


def with_scores(scores: Tensor, samples: list[DataSample] | None) -> list[DataSample]:
    """Set ``pred_score`` and ``pred_label`` of N samples (None: new ones) from probabilities (N, 2) of spoof and real."""
    samples = samples or [DataSample() for _ in scores]
    return [sample.set_pred_score(score).set_pred_label(score.argmax()) for sample, score in zip(samples, scores, strict=True)]


def is_source(samples: Sequence[DataSample], device: torch.device | str = "cpu") -> Tensor:
    """Return :func:`is_labelled` for a batch of a method that trains on unlabelled images of the target.

    Raises:
        ValueError: There are no unlabelled images, or no labelled ones.
    """
    labelled = is_labelled(samples, device)
    if labelled.all() or not labelled.any():
        raise ValueError(
            "This method needs labelled images and unlabelled images of the target in every batch: add --unlabelled train, or "
            "set run.unlabelled='train' in all dataloaders."
        )
    return labelled


def source_and_target(inputs: Tensor, data_samples: Sequence[DataSample]) -> tuple[Tensor, Tensor, Tensor]:
    """Split a batch into source images, their labels, and unlabelled target images.

    Args:
        inputs: (N, C, H, W).
        data_samples: N samples.

    Returns:
        (S, C, H, W), (S,) int64 and (N - S, C, H, W).

    Raises:
        ValueError: There are no unlabelled images.
    """
    source = is_source(data_samples, inputs.device)
    return inputs[source], labels(data_samples, inputs.device)[source], inputs[~source]
