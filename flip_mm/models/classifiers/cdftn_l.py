# SPDX-License-Identifier: Apache-2.0
"""LGSC on images that the translator of CDFTN moved to the target's domain."""

from __future__ import annotations

from typing import Any

import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.needs import Needs
from flip_mm.models.sample_fields import source_and_target

from .cdftn import repeat
from .lgsc import LGSC


@MODELS.register_module()
class CDFTNL(LGSC):
    """Second stage of CDFTN-L: the losses of :class:`LGSC` for source images with the look of the target.

    Args:
        translator: Config of :class:`~flip_mm.models.CDFTNTranslator`, with weights of the first stage. It is not trained.
        real_sources: Whether the source images take part, too.
        **kwargs: Those of :class:`LGSC`.
    """

    needs = Needs(unlabelled=True)
    frozen = ("translator",)

    def __init__(self, translator: dict, real_sources: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.translator = MODELS.build(translator).requires_grad_(False)
        self.real_sources = real_sources

    def train(self, mode: bool = True) -> CDFTNL:
        """Set the mode; the translator stays in evaluation mode."""
        super().train(mode)
        self.translator.eval()
        return self

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Return the losses of a batch with unlabelled images."""
        source, labels, target = source_and_target(inputs, data_samples)
        moved = self.translate(source, repeat(target, len(source)))
        if self.real_sources:
            moved, labels = torch.cat([moved, source]), labels.repeat(2)
        return self.losses(moved, labels)

    @torch.no_grad()
    def translate(self, source: Tensor, target: Tensor) -> Tensor:
        """Give source images (N, 3, H, W) the look of the target; all are normalised as for LGSC."""
        mean, std = self.data_preprocessor.mean, self.data_preprocessor.std
        to_unit, from_unit = (lambda x: (x * std + mean) / 127.5 - 1), (lambda x: (x * 127.5 + 127.5 - mean) / std)
        return from_unit(self.translator(to_unit(source), to_unit(target)))
