# SPDX-License-Identifier: Apache-2.0
"""Duplex generative adversarial network."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, NamedTuple

import torch
from mmengine.optim import OptimWrapperDict
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from flip_mm.models.needs import Needs
from flip_mm.models.sample_fields import source_and_target

# Bit of the domain for the generator.
SOURCE, TARGET = 0, 1


class DupGANBatch(NamedTuple):
    """Images of both domains, and what the networks make of them.

    Attributes:
        source: Source images (S, 3, H, W) in -1..1.
        target: Target images (T, 3, H, W) in -1..1.
        labels: Labels of the source images (S,).
        pseudo: Labels of the target images (T,); -1 where the label is not certain enough.
        codes: Codes of source and target images, (S, latent) and (T, latent).
        moved: Source images in the target's domain (S, 3, H, W), and target images in the source's (T, 3, H, W).
    """

    source: Tensor
    target: Tensor
    labels: Tensor
    pseudo: Tensor
    codes: tuple[Tensor, Tensor]
    moved: tuple[Tensor, Tensor]


@MODELS.register_module()
class DupGAN(ImageClassifier):
    r"""DupGAN (Hu et al., CVPR 2018), in the form of a third party.

    A generator moves images from the source's domain to the target's and back. The discriminator of each domain knows the
    classes of real images and "generated" (:math:`K`); target images have pseudo labels :math:`\hat y_t`. With
    :math:`x_{a \to b} = G(E(x_a), b)`:

    .. math::

        L_{D_s} &= \mathrm{CE}(D_s(x_s), y_s) + \mathrm{CE}(D_s(x_{t \to s}), K), \\
        L_{D_t} &= \mathrm{CE}(D_t(x_t), \hat y_t) + \mathrm{CE}(D_t(x_{s \to t}), K), \\
        L_{E, G, C} &= \mathrm{CE}(D_t(x_{s \to t}), y_s) + \mathrm{CE}(D_s(x_{t \to s}), \hat y_t)
            + \alpha (\mathrm{MSE}(x_{s \to s}, x_s) + \mathrm{MSE}(x_{t \to t}, x_t)) \\
            &+ \beta (\mathrm{CE}(C(E(x_s)), y_s) + \mathrm{CE}(C(E(x_t)), \hat y_t))

    The optimizers are ``generator`` (with encoder and classifier) and ``discriminators``; the latter's step is the first one.

    A copy of encoder and classifier, which is renewed every ``epoch_iters`` iterations and is part of checkpoints, gives the
    pseudo labels: they are those of a pass over all target images at the beginning of the epoch.

    Args:
        generator: Config of :class:`~flip_mm.models.DupGANGenerator`.
        discriminator: Config of :class:`~flip_mm.models.DupGANDiscriminator`; there are two.
        epoch_iters: Iterations with the same pseudo labels.
        threshold: Lowest probability of a pseudo label; without one, an image is only in the losses without labels.
        alpha: Weight of the reconstruction.
        beta: Weight of the classification.
        **kwargs: Those of MMPretrain's ``ImageClassifier``; ``backbone`` gives the codes.

    Attributes:
        iteration (Tensor): Finished iterations, int64.

    Raises:
        ValueError: ``epoch_iters`` is below 1.
    """

    needs = Needs(unlabelled=True)

    def __init__(
        self,
        generator: dict,
        discriminator: dict,
        epoch_iters: int = 100,
        threshold: float = 0.99,
        alpha: float = 40.0,
        beta: float = 40.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(epoch_iters, int) or epoch_iters < 1:
            raise ValueError(f"model.epoch_iters must be a whole number above 0, got {epoch_iters!r}.")
        self.generator = MODELS.build(generator)
        self.discriminators = nn.ModuleDict({name: MODELS.build(discriminator) for name in ("source", "target")})
        self.labeller = nn.Sequential(*map(deepcopy, self._labelling())).requires_grad_(False)
        self.epoch_iters, self.threshold, self.alpha, self.beta = epoch_iters, threshold, alpha, beta
        self.register_buffer("iteration", torch.zeros((), dtype=torch.long))

    def train(self, mode: bool = True) -> DupGAN:
        """Set the mode; the copy that gives the pseudo labels stays in evaluation mode."""
        super().train(mode)
        self.labeller.eval()
        return self

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Update the discriminators, then encoder, classifier and generator."""
        data = self.data_preprocessor(data, True)
        if self.iteration % self.epoch_iters == 0:
            for copy, part in zip(self.labeller, self._labelling(), strict=True):
                copy.load_state_dict(part.state_dict())
        with optim_wrapper["generator"].optim_context(self):
            batch = self._move(*source_and_target(**data))
        with optim_wrapper["discriminators"].optim_context(self):
            judged = self.discriminator_losses(batch)
        optim_wrapper["discriminators"].update_params(sum(judged.values()))
        with optim_wrapper["generator"].optim_context(self):
            terms = self.generator_losses(batch)
        optim_wrapper["generator"].update_params(sum(terms.values()))
        # The generator's loss leaves gradients in the discriminators.
        optim_wrapper.zero_grad()
        self.iteration += 1
        used = (batch.pseudo >= 0).double().mean()
        return dict(judged, **terms, loss=sum(terms.values()), pseudo_labelled=used)

    @torch.no_grad()
    def pseudo_labels(self, images: Tensor) -> Tensor:
        """Return labels (N,) of images (N, 3, H, W), -1 where the probability is too low."""
        probability, label = self.labeller(images).softmax(1).max(1)
        return label.where(probability >= self.threshold, -1)

    def discriminator_losses(self, batch: DupGANBatch) -> dict[str, Tensor]:
        """Return the losses of both discriminators."""
        terms = {}
        names = "source", "target"
        images, known = (batch.source, batch.target), (batch.labels, batch.pseudo)
        for name, real, labels, moved in zip(names, images, known, reversed(batch.moved), strict=True):
            judge = self.discriminators[name]
            generated = labels.new_full((len(moved),), judge.num_classes)
            terms[f"loss_judge_{name}"] = cross_entropy(judge(real), labels) + cross_entropy(judge(moved.detach()), generated)
        return terms

    def generator_losses(self, batch: DupGANBatch) -> dict[str, Tensor]:
        """Return the losses of encoder, classifier and generator."""
        judges, known = (self.discriminators["target"], self.discriminators["source"]), (batch.labels, batch.pseudo)
        deceive = [cross_entropy(judge(x), y) for judge, x, y in zip(judges, batch.moved, known, strict=True)]
        again = [
            F.mse_loss(self.generator(codes, bit), images)
            for codes, bit, images in zip(batch.codes, (SOURCE, TARGET), (batch.source, batch.target), strict=True)
        ]
        classify = [cross_entropy(self.head(self.neck((z,))), y) for z, y in zip(batch.codes, known, strict=True)]
        return dict(
            loss_deceive=sum(deceive),
            loss_reconstruction=self.alpha * sum(again),
            loss_classification=self.beta * sum(classify),
        )

    def _labelling(self) -> tuple[nn.Module, ...]:
        """The modules from images to logits."""
        return self.backbone, self.neck, self.head

    def _move(self, source: Tensor, labels: Tensor, target: Tensor) -> DupGANBatch:
        """Encode the images of both domains and move them to the other one."""
        ((source_codes,), (target_codes,)) = self.backbone(source), self.backbone(target)
        moved = self.generator(source_codes, TARGET), self.generator(target_codes, SOURCE)
        return DupGANBatch(source, target, labels, self.pseudo_labels(target), (source_codes, target_codes), moved)


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross entropy over the samples with a label; 0 if there are none.

    Args:
        logits: (N, K).
        labels: (N,) int64; -1 for none.
    """
    known = labels >= 0
    return F.cross_entropy(logits[known], labels[known]) if known.any() else 0.0 * logits.sum()
