# SPDX-License-Identifier: Apache-2.0
"""The base class of all heads: loss terms and predictions."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule, ModuleDict
from mmpretrain.models import NonLinearNeck
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.models.losses.loss_term import TeacherOutputs, TrainingBatch, build_terms, compute_terms
from flip_mm.models.necks.projector import build_projector

# The classification term. It is computed even with weight 0, so that logit_scale always has a gradient.
CLASSIFICATION = "ce"


class FLIPHead(BaseModule):
    r"""Computes logits, losses and predictions from embeddings; it holds no tower.

    Subclasses define :meth:`forward`, which returns logits (N, 2), column 0 spoof and column 1 real.

    .. math:: L = L_{ce} + \sum_{name} L_{name}

    Args:
        in_channels: Width d of the embeddings; :class:`~flip_mm.models.FLIP` sets it from the backbone.
        losses: Further terms by name, ``dict(simclr=dict(type="SimCLRLoss", loss_weight=0.5))``: any
            :class:`~flip_mm.models.losses.LossTerm`, or a loss on logits (N, 2) and labels (N,). Each is logged as
            ``loss_<name>``. A term with ``loss_weight=0`` is neither built nor computed.
        projector: Settings that differ from the released projector, for instance ``dict(hid_channels=128)``; built if a term
            needs it. See :func:`~flip_mm.models.necks.build_projector`.
        loss: The classification loss on logits and labels, named ``ce``; CrossEntropyLoss by default.
        init_cfg: mmengine's.

    Attributes:
        image_input (str): Which output of the image tower is classified, ``'features'`` or ``'embeddings'``.
        with_text (bool): Whether the head needs a text tower.
        losses (ModuleDict): The terms in the order of computation, ``ce`` first.

    Raises:
        ValueError: A term is set twice, needs prompts that the head does not have, or a projector but ``in_channels`` is None.
    """

    CONFIG_CALLS = dict(projector=NonLinearNeck)
    image_input = "embeddings"
    with_text = True

    def __init__(
        self,
        in_channels: int | None = None,
        losses: dict | None = None,
        projector: dict | None = None,
        loss: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        if not isinstance(losses, (Mapping, type(None))):
            raise ValueError(f"model.head.losses must be a dict of losses by name, got {losses!r}.")
        terms = merge_terms({CLASSIFICATION: ("loss", loss, dict(type="CrossEntropyLoss", loss_weight=1.0))}, losses)
        self.losses: ModuleDict = build_terms(terms, always=CLASSIFICATION)
        for name, term in self.losses.items():
            if getattr(term, "needs_text_views", False) and not self.with_text:
                kind = type(term).__name__
                raise ValueError(f"model.head.losses.{name}: {kind} needs prompts, {type(self).__name__} has none.")
        if needing := [name for name, term in self.losses.items() if getattr(term, "needs_projector", False)]:
            if in_channels is None:
                raise ValueError(f"model.head.in_channels must be given: the loss {needing[0]} needs a projector.")
            self.projector = build_projector(in_channels, projector)

    @property
    def num_views(self) -> int:
        """Views of every image in training: the most that a term needs."""
        return max((getattr(term, "num_views", 1) for term in self.losses.values()), default=1)

    def loss(
        self,
        images: Tensor,
        text: Tensor | None,
        logit_scale: Tensor | None,
        samples: list[DataSample],
        prompt_views: tuple[Tensor, Tensor] | None = None,
        teacher: TeacherOutputs | None = None,
    ) -> dict[str, Tensor]:
        """Compute the losses of a training batch.

        Args:
            images: (V, N, d) image features or embeddings of the V views.
            text: (P, d_vl) embeddings of the prompts, not normalised; None for heads without text.
            logit_scale: (1,), None for heads without text.
            samples: N samples with ``gt_label``.
            prompt_views: Two (N, K) matrices with rows that sum to 1: weights of the K prompts of each sample's class, for
                terms that need views of the prompts. None draws them.
            teacher: Outputs of the teacher for the same views, for terms that need them.

        Returns:
            ``loss_<name>`` of every term, weighted.
        """
        return compute_terms(self.losses, TrainingBatch(self, images, text, logit_scale, samples, prompt_views, teacher))

    def predict(
        self,
        image: Tensor,
        text: Tensor | None,
        logit_scale: Tensor | None,
        samples: list[DataSample] | None = None,
    ) -> list[DataSample]:
        """Predict a batch.

        Args:
            image: (N, d).
            text: As in :meth:`loss`, or the two class embeddings (2, d_vl).
            logit_scale: (1,).
            samples: N samples to fill, None for new ones.

        Returns:
            N samples with ``pred_score`` (2,), probabilities of spoof and real, and ``pred_label``.
        """
        scores = F.softmax(self(image, text, logit_scale).float(), dim=1)
        samples = samples or [DataSample() for _ in scores]
        return [
            sample.set_pred_score(score).set_pred_label(score.argmax().reshape(1))
            for sample, score in zip(samples, scores, strict=True)
        ]

    def switch_to_deploy(self) -> None:
        """Delete the parts that only training uses."""
        self.losses = ModuleDict()
        if hasattr(self, "projector"):
            del self.projector

    @staticmethod
    def labels(samples: list[DataSample], device: torch.device) -> Tensor:
        """Return the labels (N,) int64 of a batch, 0 spoof and 1 real."""
        return torch.cat([sample.gt_label for sample in samples]).to(device)


def merge_terms(named: Mapping[str, tuple[str, dict | None, dict]], losses: Mapping[str, dict] | None) -> dict[str, dict]:
    """Join the terms with a separate argument and the terms of ``losses``.

    Args:
        named: Term -> name of its argument, its value (None if not set), and its default.
        losses: Terms by name; they may replace a default.

    Raises:
        ValueError: A term is set in both ways.

    Example:
        >>> merge_terms({"ce": ("loss", None, dict(type="A"))}, dict(mine=dict(type="B")))
        {'ce': {'type': 'A'}, 'mine': {'type': 'B'}}
    """
    losses = losses or {}
    for term, (argument, given, _) in named.items():
        if given is not None and term in losses:
            raise ValueError(f"model.head.{argument} and model.head.losses.{term} are the same term: remove one of them.")
    return {**{term: given or default for term, (_, given, default) in named.items()}, **losses}
