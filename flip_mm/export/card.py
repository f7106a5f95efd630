# SPDX-License-Identifier: Apache-2.0
"""Describe a trained model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmengine.config import Config
from torch import nn

from flip_mm import __version__
from flip_mm.inference.model_card import InputSpec, ModelCard

from .input_size import input_size
from .plain_network import PlainNetwork


def model_card(
    model: nn.Module,
    plain: PlainNetwork,
    cfg: Config,
    meta: Mapping[str, Any],
    name: str,
    faces: Mapping[str, Any] | None = None,
    crop: Mapping[str, Any] | None = None,
) -> ModelCard:
    """Describe a model.

    Args:
        model: The trained model.
        plain: Its plain network.
        cfg: Its config.
        meta: Of its checkpoint.
        name: Name of the model.
        faces: ``detector`` and further facts about the faces of the training data; None if unknown.
        crop: ``margin``, ``crop_size`` and ``level_eyes`` of the training data, see
            :class:`~flip_mm.inference.model_card.InputSpec`.

    Raises:
        ValueError: The test pipeline of the config cannot be described, or gives another size than the network takes.
    """
    key = "test_dataloader.dataset.pipeline"
    size = input_size(cfg.test_dataloader.dataset.pipeline, key)
    if plain.size and size and size != plain.size:
        raise ValueError(f"{key} resizes images to {size}, but the network takes {plain.size}.")
    if (size or plain.size) is None:
        raise ValueError(f"{key} has no Resize, and the network takes any size: add a Resize to the pipeline.")
    preprocessor = model.data_preprocessor
    mean, std = (tuple(values.flatten().tolist()) for values in (preprocessor.mean, preprocessor.std))
    spec = InputSpec(size or plain.size, mean, std, **(crop or dict(crop_size=max(size or plain.size))))
    return ModelCard(
        name=name,
        architecture=plain.architecture,
        inputs=(spec,),
        faces=dict(faces or {}),
        prompts=plain.prompts,
        training=dict(meta.get("flip_mm") or {}),
        made_by=f"flip_mm {__version__}",
    )
