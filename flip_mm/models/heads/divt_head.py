# SPDX-License-Identifier: Apache-2.0
"""The head of DiVT-M: real and the kinds of attack as classes, and concentrated features of real images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch
from mmpretrain.models.heads import LinearClsHead
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.labels import BONA_FIDE


@MODELS.register_module()
class DiVTHead(LinearClsHead):
    r"""Domain-invariant vision transformer (Liao et al., WACV 2023): cross entropy and an l1 norm.

    .. math:: L = L_{ce} + \lambda \frac{1}{N} \sum_{i\ real} \lVert \pi(x_i) \rVert_1

    Class 0 is real, the others are kinds of attack, which all domains share. The score of an image is the probability of
    class 0.

    Args:
        in_channels: Channels of the feature map.
        attacks: Name of a kind of attack -> patterns of ``attack_type``; the first kind that matches counts.
        concentration: :math:`\lambda`.
        reduction: ``'batch'``: divide by the number of all images, as printed in the paper; ``'real'``: by that of the real
            ones; ``'map'``: l1 norm over the channels at each position of the feature map before pooling, mean over positions
            and real images, as a third party's program.
        **kwargs: Arguments of MMPretrain's ``LinearClsHead``.

    Raises:
        ValueError: The reduction is unknown.
    """

    def __init__(
        self,
        in_channels: int,
        attacks: Mapping[str, Sequence[str]],
        concentration: float = 0.2,
        reduction: Literal["batch", "real", "map"] = "batch",
        **kwargs: Any,
    ) -> None:
        super().__init__(num_classes=1 + len(attacks), in_channels=in_channels, **kwargs)
        if reduction not in ("batch", "real", "map"):
            raise ValueError(f"model.head.reduction={reduction!r} must be 'batch', 'real' or 'map'.")
        self.attacks, self.concentration, self.reduction = dict(attacks), concentration, reduction

    def kinds(self, samples: Sequence[DataSample]) -> Tensor:
        """Return the classes (N,) int64 of samples with ``attack_type``.

        Raises:
            ValueError: The type of an attack is of no kind.
        """
        return torch.tensor([_kind(self.attacks, sample.attack_type, sample.get("domain")) for sample in samples])

    @staticmethod
    def check_samples(config: Mapping, samples: Sequence[Mapping]) -> None:
        """Check before a training that every attack is of a kind.

        Args:
            config: The config of this head.
            samples: ``data_list`` of the training's data set.

        Raises:
            ValueError: The type of an attack is of no kind.
        """
        for name, domain in dict.fromkeys((sample["attack_type"], sample["domain"]) for sample in samples):
            _kind(config["attacks"], name, domain)

    def pre_logits(self, feats: tuple[Tensor, ...]) -> Tensor:
        """Return the mean (N, in_channels) of the feature map ``feats[-1]``, (N, in_channels, h, w)."""
        return feats[-1].mean((2, 3))

    def loss(self, feats: tuple[Tensor, ...], data_samples: list[DataSample], **kwargs: Any) -> dict[str, Tensor]:
        """Return ``loss_ce`` and ``loss_concentration`` of feature maps."""
        kinds = self.kinds(data_samples).to(feats[-1].device)
        losses = dict(loss_ce=self.loss_module(self(feats), kinds, **kwargs))
        if self.concentration:
            norms = feats[-1].abs().sum(1).mean((1, 2)) if self.reduction == "map" else self.pre_logits(feats).abs().sum(1)
            real = (kinds == 0).to(norms)
            count = len(kinds) if self.reduction == "batch" else real.sum().clamp(min=1)
            losses["loss_concentration"] = self.concentration * (norms * real).sum() / count
        return losses

    def _get_predictions(self, cls_score: Tensor, data_samples: list[DataSample] | None) -> list[DataSample]:
        """Set ``pred_score`` (2,), probabilities of spoof and real, from the logits of all classes."""
        real = cls_score.softmax(1)[:, :1]
        return super()._get_predictions(torch.cat([1 - real, real], 1).log(), data_samples)


def _kind(attacks: Mapping[str, Sequence[str]], attack_type: str, domain: str | None) -> int:
    """Return the class of an attack type."""
    if attack_type == BONA_FIDE:
        return 0
    for number, patterns in enumerate(attacks.values(), 1):
        if any(fnmatchcase(attack_type, pattern) for pattern in patterns):
            return number
    raise ValueError(
        f"model.head.attacks has no kind for attack_type={attack_type!r} of domain {domain!r}: add it to {', '.join(attacks)}, "
        "or add a kind; '' is an unlabelled image and 'spoof' an attack of unknown type, such as all of CelebA-Spoof "
        "(--no-aux leaves it out)."
    )
