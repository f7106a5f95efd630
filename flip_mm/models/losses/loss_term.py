# SPDX-License-Identifier: Apache-2.0
"""Loss terms and the training batch that they get."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from mmengine.model import ModuleDict
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.models.precision import widen

if TYPE_CHECKING:
    from flip_mm.models.heads.base import FLIPHead


class TeacherOutputs(NamedTuple):
    """What a teacher gives for the images of a batch, without gradient.

    Attributes:
        images: (V, N, d_vl) embeddings of the V views, not normalised.
        logits: (N, 2) of the first view, columns spoof and real.
    """

    images: Tensor
    logits: Tensor


class TrainingBatch:
    """The data of a training batch for loss terms. Each value is computed at most once, at its first use.

    Attributes:
        images (Tensor): (V, N, d) embeddings of the V views, or features if the head uses them, not normalised. The first view
            is classified.
        text (Tensor | None): (P, d_vl) prompt embeddings, not normalised; (N, P, d_vl) if they depend on the image; None for
            heads without text.
        logit_scale (Tensor | None): (1,), None for heads without text.
        samples (list[DataSample]): N samples with labels and the other fields of the data set.
        teacher (TeacherOutputs | None): Outputs of the teacher for the same views; None without a teacher.
    """

    def __init__(
        self,
        head: FLIPHead,
        images: Tensor,
        text: Tensor | None,
        logit_scale: Tensor | None,
        samples: list[DataSample],
        prompt_views: tuple[Tensor, Tensor] | None = None,
        teacher: TeacherOutputs | None = None,
    ) -> None:
        self.images, self.text, self.logit_scale, self.samples = images, text, logit_scale, samples
        self.teacher = teacher
        self._head = head
        self._prompt_views = prompt_views
        self._projected: dict[int, Tensor] = {}

    @cached_property
    def logits(self) -> Tensor:
        """(N, 2) of the first view, columns spoof and real; float32 also in mixed precision."""
        return widen(self._head(self.images[0], self.text, self.logit_scale))

    @cached_property
    def labels(self) -> Tensor:
        """(N,) int64, 0 spoof and 1 real."""
        return self._head.labels(self.samples, self.images.device)

    @cached_property
    def text_views(self) -> tuple[Tensor, Tensor]:
        """Two random means over the prompts of each sample's class, (N, d_vl) each, not normalised."""
        return self._head.average_prompts(self.text, self.labels, self._prompt_views)

    def projected(self, view: int) -> Tensor:
        """Return one view after the projector, (N, D). BatchNorm gets each view in a separate call."""
        if view not in self._projected:
            self._projected[view] = self._head.projector((self.images[view],))[0]
        return self._projected[view]


class LossTerm(nn.Module):
    """A term of a head's loss. A subclass defines ``forward`` and, in :meth:`inputs`, the arguments of ``forward``.

    Losses of other packages need no subclass: they are called with logits (N, 2) and labels (N,).

    Args:
        loss_weight: Factor of the term; with 0 it is not built.

    Attributes:
        num_views (int): Number of views of every image that the term needs.
        needs_projector (bool): Whether the term calls :meth:`TrainingBatch.projected`.
        needs_text_views (bool): Whether the term reads :attr:`TrainingBatch.text_views`.
        needs_teacher (bool): Whether the term reads :attr:`TrainingBatch.teacher`.

    Example:
        >>> class Confidence(LossTerm):
        ...     def forward(self, logits, labels):
        ...         return -self.loss_weight * logits.softmax(1).max(1).values.mean()
    """

    num_views = 1
    needs_projector = False
    needs_text_views = False
    needs_teacher = False

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def inputs(self, batch: TrainingBatch) -> tuple[Tensor, ...]:
        """Return the arguments of ``forward``; by default logits (N, 2) and labels (N,)."""
        return batch.logits, batch.labels


def build_terms(configs: Mapping[str, dict], always: str) -> ModuleDict:
    """Build loss terms by name, in the given order.

    Args:
        configs: Name -> config of the loss. Terms with ``loss_weight=0`` are not built.
        always: Name of the term that is built with any weight.

    Raises:
        ValueError: A config is no dict with ``type``.
    """
    terms = ModuleDict()
    for name, config in configs.items():
        if not isinstance(config, Mapping) or "type" not in config:
            raise ValueError(f"model.head.losses.{name} must be a dict with the `type` of a loss, got {config!r}.")
        if name == always or config.get("loss_weight", 1):
            terms[name] = MODELS.build(config)
    return terms


def compute_terms(terms: ModuleDict, batch: TrainingBatch) -> dict[str, Tensor]:
    """Return the weighted ``loss_<name>`` of every term, in their order."""
    return {
        f"loss_{name}": term(*(term.inputs(batch) if isinstance(term, LossTerm) else (batch.logits, batch.labels)))
        for name, term in terms.items()
    }
