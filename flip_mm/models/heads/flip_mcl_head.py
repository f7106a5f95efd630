# SPDX-License-Identifier: Apache-2.0
"""FLIP-MCL: FLIP-IT with self-supervision of the image views and consistency with the prompts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from mmpretrain.models import NonLinearNeck
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.prompts.prompt_split import SPLITS, split_prompts

from .flip_it_head import FLIPITHead

PROJECTOR = dict(
    type="NonLinearNeck",
    hid_channels=4096,
    out_channels=256,
    num_layers=3,
    with_bias=True,
    with_last_bn=False,
    with_last_bias=True,
    with_avg_pool=False,
    norm_cfg=dict(type="BN1d"),
)


@MODELS.register_module()
class FLIPMCLHead(FLIPITHead):
    r"""Multimodal contrastive learning (FLIP section 3.3).

    .. math:: L = \alpha L_{ce} + \beta L_{simCLR} + \gamma L_{mse}

    Takes three views of every image: I for cross entropy as FLIP-IT, V1 and V2 for the other two terms. The weights
    alpha, beta, gamma are the losses' ``loss_weight``. SimCLR or consistency of weight 0 is not computed, its parameters are
    not built; cross entropy of weight 0 is 0, so that logit_scale keeps a gradient.

    Args:
        prompts: As in :class:`FLIPITHead`.
        in_channels: d_vl, filled in from the backbone by :class:`~flip_mm.models.FLIP`.
        simclr: The loss between the projected views.
        consistency: The loss between the views' image-text similarities.
        projector: What differs from the released projector (``in_channels`` -> 4096 -> BN -> ReLU -> 4096 -> BN ->
            ReLU -> 256), for instance ``dict(hid_channels=128)``. Its BatchNorm sees V1 and V2 in two separate calls.
        prompt_split: ``'released'`` or ``'paper'``, see :func:`~flip_mm.models.prompts.prompt_split.split_prompts`.
        normalize_prompts: As in :class:`FLIPITHead`.
        max_logit_scale: As in :class:`FLIPITHead`.
        loss: Classification loss.
        init_cfg: mmengine's.

    Raises:
        ValueError: The prompts do not fit (see :class:`FLIPITHead`), or ``prompt_split`` is unknown.
    """

    CONFIG_CALLS = dict(projector=NonLinearNeck)

    def __init__(
        self,
        prompts: Mapping[str, Sequence[str]],
        in_channels: int,
        simclr: dict | None = None,
        consistency: dict | None = None,
        projector: dict | None = None,
        prompt_split: str = "released",
        normalize_prompts: bool = False,
        max_logit_scale: float | None = None,
        loss: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(prompts, normalize_prompts, max_logit_scale, loss, init_cfg)
        self.prompt_split = prompt_split
        self.simclr = MODELS.build(simclr or dict(type="SimCLRLoss"))
        self.consistency = MODELS.build(consistency or dict(type="ViewConsistencyLoss"))
        if prompt_split not in SPLITS:
            raise ValueError(f"model.head.prompt_split must be one of {SPLITS}, got {prompt_split!r}.")
        if self.simclr.loss_weight:
            self.projector = MODELS.build({**PROJECTOR, "in_channels": in_channels, **(projector or {})})
        self.num_views = 3 if self.simclr.loss_weight or self.consistency.loss_weight else 1

    def loss(
        self,
        images: Tensor,
        text: Tensor,
        logit_scale: Tensor,
        samples: list[DataSample],
        prompt_views: tuple[Tensor, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """Losses of a training batch.

        Args:
            images: (3, N, d) embeddings of I, V1, V2.
            text: (P, d) un-normalised prompt embeddings.
            logit_scale: (1,).
            samples: N samples with ``gt_label``.
            prompt_views: Two (N, K) row-stochastic matrices over the K prompts of each sample's own class; None draws
                them (:meth:`__init__`'s ``prompt_split``).

        Returns:
            ``loss_ce``, ``loss_simclr``, ``loss_mse``, weighted; the latter two are absent when their weight is 0.
        """
        losses = super().loss(images, text, logit_scale, samples)
        if self.simclr.loss_weight:
            losses["loss_simclr"] = self.simclr(*(self.projector((view,))[0] for view in images[1:]))
        if self.consistency.loss_weight:
            labels = self.labels(samples, text.device)
            text1, text2 = self.average_prompts(text, labels, prompt_views)
            losses["loss_mse"] = self.consistency(images[1], images[2], text1, text2)
        return losses

    def switch_to_deploy(self) -> None:
        """Drop the projector."""
        if self.simclr.loss_weight:
            del self.projector

    def average_prompts(
        self, text: Tensor, labels: Tensor, prompt_views: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor]:
        """The two prompt views of every sample, (N, d) each, un-normalised averages over its own class's prompts."""
        views = prompt_views or split_prompts(len(labels), self.prompts_per_class, self.prompt_split)
        own = text.reshape(-1, self.prompts_per_class, text.shape[-1])[labels]
        first, second = (torch.einsum("nk,nkd->nd", view.to(own), own) for view in views)
        return first, second
