# SPDX-License-Identifier: Apache-2.0
"""FLIP-MCL: FLIP-IT with self-supervision of the image views and consistency with the prompts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mmpretrain.registry import MODELS

from .base import merge_terms
from .flip_it_head import FLIPITHead


@MODELS.register_module()
class FLIPMCLHead(FLIPITHead):
    r"""Multimodal contrastive learning (FLIP section 3.3): FLIP-IT's head with two more terms in its loss.

    .. math:: L = \alpha L_{ce} + \beta L_{simCLR} + \gamma L_{mse}

    Takes three views of every image: I for cross entropy as FLIP-IT, V1 and V2 for the other two terms. The weights alpha,
    beta, gamma are the losses' ``loss_weight``.

    Args:
        prompts: As in :class:`FLIPITHead`.
        in_channels: d_vl, filled in from the backbone by :class:`~flip_mm.models.FLIP`.
        simclr: The loss between the projected views, the term ``simclr``; SimCLRLoss by default.
        consistency: The loss between the views' image-text similarities, the term ``mse``; ViewConsistencyLoss by default.
        losses: Further terms by name, as in :class:`FLIPHead`.
        **kwargs: Those of :class:`FLIPITHead`.

    Raises:
        ValueError: As :class:`FLIPITHead`.
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
