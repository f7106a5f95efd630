# SPDX-License-Identifier: Apache-2.0
"""Describe a trained model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from flip_mm import __version__
from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.labels import CLASSES

from .pipeline_facts import PipelineFacts
from .plain_network import PlainNetwork


def model_card(
    model: nn.Module,
    plain: PlainNetwork,
    pipeline: PipelineFacts,
    record: Mapping[str, Any],
    name: str,
    faces: Mapping[str, Any] | None = None,
    crop: Mapping[str, Any] | None = None,
) -> ModelCard:
    """Describe a model.

    Args:
        model: The trained model.
        plain: Its plain network, or its graph.
        pipeline: How a test prepares an image.
        record: Of its training, see docs/records.md; empty if unknown.
        name: Name of the model.
        faces: ``detector`` and further facts about the faces of the training data; None if unknown.
        crop: ``margin``, ``crop_size`` and ``level_eyes`` of the training data, see
            :class:`~flip_mm.inference.model_card.InputSpec`.

    Raises:
        ValueError: The test pipeline gives another size than the network takes, or no size.
    """
    key = "test_dataloader.dataset.pipeline"
    if plain.size and pipeline.size and pipeline.size != plain.size:
        raise ValueError(f"{key} resizes images to {pipeline.size}, but the network takes {plain.size}.")
    size = pipeline.size or plain.size
    if size is None:
        raise ValueError(f"{key} has no Resize, and the network takes any size: add a Resize to the pipeline.")
    mean, std, swaps = _normalisation(model.data_preprocessor)
    colour = pipeline.colour if not swaps else "BGR" if pipeline.colour == "RGB" else "RGB"
    spec = InputSpec(size, mean, std, colour, resize=pipeline.resize, **(dict(crop_size=max(size)) | dict(crop or {})))
    return ModelCard(
        name=name,
        architecture=plain.architecture,
        inputs=(spec,),
        faces=dict(faces or {}),
        output=dict(classes=[*CLASSES], live=CLASSES.index("real"), softmax=True, calibrated=False),
        prompts=plain.prompts,
        training=dict(record),
        made_by=f"flip_mm {__version__}",
    )


def _normalisation(preprocessor: nn.Module) -> tuple[tuple[float, ...], tuple[float, ...], bool]:
    """Return mean, std, and whether the preprocessor swaps red and blue."""
    swaps = bool(getattr(preprocessor, "to_rgb", False) or getattr(preprocessor, "_channel_conversion", False))
    if not hasattr(preprocessor, "mean"):
        return (0.0,) * 3, (1.0,) * 3, swaps
    mean, std = (tuple(values.flatten().tolist()) for values in (preprocessor.mean, preprocessor.std))
    return mean, std, swaps
