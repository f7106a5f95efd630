# SPDX-License-Identifier: Apache-2.0
"""Disentangled codes of liveness and identity, in the spirit of DR-MD-Net."""

from __future__ import annotations

import zlib
from typing import Any

import torch
from mmengine.optim import OptimWrapperDict
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn import functional as F

from flip_mm.labels import CLASSES
from flip_mm.models import sample_fields
from flip_mm.models.needs import Needs

LIVENESS, IDENTITY = "liveness", "identity"
# Attribute of a code -> the one that it must not hold.
OTHER = {LIVENESS: IDENTITY, IDENTITY: LIVENESS}


@MODELS.register_module()
class MDDRLike(ImageClassifier):
    r"""A method like MDDR (Wang et al., CVPR 2020, https://arxiv.org/abs/2004.01959); its layers and losses are not public.

    Two branches :math:`b`, liveness and identity, each have an encoder :math:`E_b`, a classifier :math:`C_b`, a generator
    :math:`G_b` and a discriminator :math:`D_b` with the classes of the attribute and "generated"; :math:`Q_b` finds the *other*
    attribute in a code, and the encoder prevents it. With :math:`z_b = E_b(x)`, :math:`\hat x_b = G_b(z_b + \epsilon)`,
    :math:`\epsilon \sim N(0, 1)`:

    .. math::

        L_b = \mathrm{CE}(C_b(z_b), y_b) + \mathrm{CE}(D_b(\hat x_b), y_b) + \lambda_r |\hat x_b - x|
            + \lambda_k \tfrac12 \overline{z_b^2} + \lambda_c \mathrm{CE}(Q_b(z_b), \text{uniform})

    With several sources there is a linear classifier for each domain on the liveness codes, and the encoder is trained so that
    it is also right on the codes of the other domains. A test uses :math:`C` of liveness. The optimizers are ``branches`` and
    ``judges``.

    Args:
        generator: Config of :class:`~flip_mm.models.DupGANGenerator` with ``bits=0``, without ``latent``.
        discriminator: Config of :class:`~flip_mm.models.DupGANDiscriminator`.
        num_subjects: Largest number of subjects in training.
        num_domains: Labelled domains in training; None: that of the run.
        reconstruction_weight: :math:`\lambda_r`.
        prior_weight: :math:`\lambda_k`.
        confusion_weight: :math:`\lambda_c`.
        cross_weight: Weight of the classifiers of other domains.
        backbone: Config of both encoders.
        **kwargs: Those of MMPretrain's ``ImageClassifier``, of liveness; the neck is that of both encoders.

    Attributes:
        subjects (Tensor): Checksums of the subjects' names in the order of their numbers, (num_subjects,) int64; -1: free.
    """

    needs = Needs(subjects=True)

    def __init__(
        self,
        backbone: dict,
        generator: dict,
        discriminator: dict,
        num_subjects: int = 250,
        num_domains: int | None = None,
        reconstruction_weight: float = 10.0,
        prior_weight: float = 0.01,
        confusion_weight: float = 0.1,
        cross_weight: float = 1.0,
        neck: dict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(backbone=backbone, neck=neck, **kwargs)
        latent = self.head.in_channels
        classes = {LIVENESS: len(CLASSES), IDENTITY: num_subjects}
        self.identity_backbone = MODELS.build(backbone)
        self.identity_head = nn.Linear(latent, num_subjects)
        self.generators = nn.ModuleDict({name: MODELS.build({**generator, "latent": latent}) for name in classes})
        judges = {name: MODELS.build({**discriminator, "num_classes": count}) for name, count in classes.items()}
        finders = {name: nn.Linear(latent, classes[OTHER[name]]) for name in classes}
        self.judges = nn.ModuleDict(dict(images=nn.ModuleDict(judges), codes=nn.ModuleDict(finders)))
        self.domain_heads = nn.ModuleList(nn.Linear(latent, len(CLASSES)) for _ in range(num_domains or 1))
        self.reconstruction_weight, self.prior_weight = reconstruction_weight, prior_weight
        self.confusion_weight, self.cross_weight = confusion_weight, cross_weight
        self.register_buffer("subjects", torch.full((num_subjects,), -1, dtype=torch.long))

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Update the discriminators, then both branches."""
        data = self.data_preprocessor(data, True)
        images, samples = data["inputs"], data["data_samples"]
        labels = {LIVENESS: sample_fields.labels(samples, images.device), IDENTITY: self.subject_labels(samples)}
        domains = sample_fields.domains(samples, images.device)
        with optim_wrapper["branches"].optim_context(self):
            codes = self.codes(images)
            made = {name: self.generators[name](own + torch.randn_like(own)) for name, own in codes.items()}
        with optim_wrapper["judges"].optim_context(self):
            judged = sum(self._judge(name, images, made[name], codes[name], labels) for name in codes)
        optim_wrapper["judges"].update_params(judged)
        with optim_wrapper["branches"].optim_context(self):
            terms = self._losses(images, codes, made, labels)
            terms["loss_domains"] = self._cross_domain(codes[LIVENESS], labels[LIVENESS], domains)
        optim_wrapper["branches"].update_params(sum(terms.values()))
        # The branches' loss leaves gradients in the discriminators.
        optim_wrapper.zero_grad()
        return dict(terms, loss_judges=judged, loss=sum(terms.values()))

    def codes(self, images: Tensor) -> dict[str, Tensor]:
        """Return the codes (N, latent) of both branches."""
        identity = self.identity_backbone(images)
        identity = self.neck(identity) if self.with_neck else identity
        return {LIVENESS: self.extract_feat(images)[-1], IDENTITY: identity[-1]}

    def subject_labels(self, samples: list[DataSample]) -> Tensor:
        """Return numbers of the subjects (N,) int64; a subject gets the next one when it is first seen.

        Raises:
            ValueError: A sample has no subject, or there are more than ``num_subjects``.
        """
        numbers = []
        for sample in samples:
            if not sample.get("subject"):
                raise ValueError(f"This method needs the subject of each image, and {sample.get('img_path')} has none.")
            key = zlib.crc32(f"{sample.domain}/{sample.subject}".encode())
            places = (self.subjects == key).nonzero()
            if not len(places):
                places = (self.subjects == -1).nonzero()
                if not len(places):
                    raise ValueError(f"There are more than model.num_subjects={len(self.subjects)} subjects: increase it.")
                self.subjects[places[0]] = key
            numbers.append(places[0])
        return torch.cat(numbers)

    def _judge(self, name: str, images: Tensor, made: Tensor, codes: Tensor, labels: dict[str, Tensor]) -> Tensor:
        """Return the loss of the discriminators of a branch."""
        judge = self.judges["images"][name]
        generated = torch.full_like(labels[name], judge.num_classes)
        found = F.cross_entropy(self.judges["codes"][name](codes.detach()), labels[OTHER[name]])
        return F.cross_entropy(judge(images), labels[name]) + F.cross_entropy(judge(made.detach()), generated) + found

    def _losses(
        self, images: Tensor, codes: dict[str, Tensor], made: dict[str, Tensor], labels: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """Return the losses of both branches."""
        logits = {LIVENESS: self.head((codes[LIVENESS],)), IDENTITY: self.identity_head(codes[IDENTITY])}
        judges, finders = self.judges["images"], self.judges["codes"]
        hidden = [-finders[name](own).log_softmax(1).mean() for name, own in codes.items()]
        return dict(
            loss_classification=sum(F.cross_entropy(own, labels[name]) for name, own in logits.items()),
            loss_deceive=sum(F.cross_entropy(judges[name](own), labels[name]) for name, own in made.items()),
            loss_reconstruction=self.reconstruction_weight * sum(F.l1_loss(own, images) for own in made.values()),
            loss_prior=self.prior_weight * sum(own.square().mean() / 2 for own in codes.values()),
            loss_confusion=self.confusion_weight * sum(hidden),
        )

    def _cross_domain(self, codes: Tensor, labels: Tensor, domains: Tensor) -> Tensor:
        """Return the losses of the domains' classifiers on their own codes, and of the codes for other domains' classifiers."""
        total = 0.0 * codes.sum()
        for number, head in enumerate(self.domain_heads):
            own = domains == number
            if own.any():
                total = total + F.cross_entropy(head(codes[own].detach()), labels[own])
            if not own.all():
                logits = F.linear(codes[~own], head.weight.detach(), head.bias.detach())
                total = total + self.cross_weight * F.cross_entropy(logits, labels[~own])
        return total
