# SPDX-License-Identifier: Apache-2.0
"""The head of FLIP-MCL: FLIP-IT with a SimCLR loss and a consistency loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmpretrain.registry import MODELS

from .base import merge_terms
from .flip_it_head import FLIPITHead


@MODELS.register_module()
class FLIPMCLHead(FLIPITHead):
    r"""Multimodal contrastive learning (FLIP section 3.3): the head of FLIP-IT with two more loss terms.

    .. math:: L = \alpha L_{ce} + \beta L_{simCLR} + \gamma L_{mse}

    Needs three views of every image: I for cross entropy as in FLIP-IT, V1 and V2 for the other two terms. alpha, beta and
    gamma are the ``loss_weight`` of the losses.

    Args:
        prompts: As in :class:`FLIPITHead`.
        in_channels: d_vl; :class:`~flip_mm.models.FLIP` sets it from the backbone.
        simclr: The loss between the projected views, named ``simclr``; SimCLRLoss by default.
        consistency: The loss between the views' image-text similarities, named ``mse``; ViewConsistencyLoss by default.
        losses: Further terms by name, as in :class:`FLIPHead`.
        **kwargs: Arguments of :class:`FLIPITHead`.

    Raises:
        ValueError: As in :class:`FLIPITHead`.
    """

    def __init__(
        self,
        prompts: Mapping[str, Any],
        in_channels: int,
        simclr: dict | None = None,
        consistency: dict | None = None,
        losses: dict | None = None,
        **kwargs: Any,
    ) -> None:
        named = dict(
            simclr=("simclr", simclr, dict(type="SimCLRLoss")),
            mse=("consistency", consistency, dict(type="ViewConsistencyLoss")),
        )
        super().__init__(prompts, in_channels, losses=merge_terms(named, losses), **kwargs)
