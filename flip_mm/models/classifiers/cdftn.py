# SPDX-License-Identifier: Apache-2.0
"""Cyclically disentangled feature translation: the training of the translator."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.model import BaseModel
from mmengine.optim import OptimWrapperDict
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn import functional as F

from flip_mm.models.needs import Needs
from flip_mm.models.sample_fields import source_and_target


@MODELS.register_module()
class CDFTN(BaseModel):
    r"""First stage of CDFTN (Yue et al., AAAI 2023, https://arxiv.org/abs/2212.03651).

    Liveness codes :math:`z = E_L(x)`, which a discriminator must not assign to a domain, and content maps
    :math:`c = E_C^d(x)` of domain :math:`d`. With :math:`x_{s \to t} = G_t(z_s, c_t)`, :math:`x_{t \to s} = G_s(z_t, c_s)`:

    .. math::

        L = \lambda_y \mathrm{CE}(C(z_s), y_s) + \lambda_d L_D(z) + \lambda_a (L_D(x_{s \to t}) + L_D(x_{t \to s}))
            + \lambda_r \sum_d |G_d(z_d, c_d) - x_d| + \lambda_c \sum_d |x_d'' - x_d| + \lambda_l \sum_d |z_d' - z_d|

    :math:`z'` is the code of a translated image, :math:`x''` the image after two translations. The optimizers are
    ``translator`` (with the head) and ``judges``.

    Args:
        translator: Config of :class:`~flip_mm.models.CDFTNTranslator`.
        judge: Config of the discriminator of images, with one output; there are two.
        head: Config of a linear head on the codes.
        classification_weight: :math:`\lambda_y`.
        domain_weight: :math:`\lambda_d`.
        adversarial_weight: :math:`\lambda_a`.
        reconstruction_weight: :math:`\lambda_r`.
        cycle_weight: :math:`\lambda_c`.
        latent_weight: :math:`\lambda_l`.
        data_preprocessor: Must give images in -1..1.
        init_cfg: mmengine's.
    """

    needs = Needs(unlabelled=True)

    def __init__(
        self,
        translator: dict,
        judge: dict,
        head: dict,
        classification_weight: float = 1.0,
        domain_weight: float = 0.1,
        adversarial_weight: float = 1.0,
        reconstruction_weight: float = 10.0,
        cycle_weight: float = 10.0,
        latent_weight: float = 1.0,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(MODELS.build({"type": "FASDataPreprocessor", **(data_preprocessor or {})}), init_cfg)
        self.translator = MODELS.build(translator)
        self.head = MODELS.build(head)
        latent = self.translator.liveness.latent.out_features
        codes = nn.Sequential(nn.Linear(latent, latent), nn.LeakyReLU(0.2), nn.Linear(latent, 1))
        self.judges = nn.ModuleDict(dict(codes=codes, source=MODELS.build(judge), target=MODELS.build(judge)))
        self.classification_weight = classification_weight
        self.domain_weight, self.adversarial_weight = domain_weight, adversarial_weight
        self.reconstruction_weight = reconstruction_weight
        self.cycle_weight, self.latent_weight = cycle_weight, latent_weight

    def forward(self, inputs: Tensor, data_samples: list[DataSample] | None = None, mode: str = "tensor") -> Any:
        """Return the logits of the codes' classifier, or samples with scores for ``mode="predict"``.

        Raises:
            RuntimeError: ``mode`` is ``"loss"``: there are two losses, see :meth:`train_step`.
        """
        codes = (self.translator.liveness(inputs),)
        if mode == "loss":
            raise RuntimeError("CDFTN has two losses, of its translator and of its discriminators: use train_step.")
        return self.head.predict(codes, data_samples) if mode == "predict" else self.head(codes)

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Update the discriminators, then the translator and the classifier of codes."""
        data = self.data_preprocessor(data, True)
        source, labels, target = source_and_target(**data)
        target = repeat(target, len(source))
        networks = self.translator
        with optim_wrapper["translator"].optim_context(self):
            images = dict(source=source, target=target)
            codes = {name: networks.liveness(own) for name, own in images.items()}
            contents = {name: networks.contents[name](own) for name, own in images.items()}
            other = dict(source=codes["target"], target=codes["source"])
            # By the domain of their look.
            moved = {name: networks.decoders[name](other[name], contents[name]) for name in images}
        with optim_wrapper["judges"].optim_context(self):
            judged = dict(loss_judge_codes=self._judge("codes", codes["source"].detach(), codes["target"].detach()))
            for name in images:
                judged[f"loss_judge_{name}"] = self._judge(name, images[name], moved[name].detach())
        optim_wrapper["judges"].update_params(sum(judged.values()))
        with optim_wrapper["translator"].optim_context(self):
            terms = self._losses(images, labels, codes, contents, moved)
        optim_wrapper["translator"].update_params(sum(terms.values()))
        # The translator's loss leaves gradients in the discriminators.
        optim_wrapper.zero_grad()
        return dict(judged, **terms, loss=sum(terms.values()))

    def _judge(self, name: str, positive: Tensor, negative: Tensor) -> Tensor:
        """Return the loss of a discriminator."""
        return is_real(self.judges[name](positive), True) + is_real(self.judges[name](negative), False)

    def _losses(
        self,
        images: dict[str, Tensor],
        labels: Tensor,
        codes: dict[str, Tensor],
        contents: dict[str, Tensor],
        moved: dict[str, Tensor],
    ) -> dict[str, Tensor]:
        """Return the losses of the translator; all arguments but the labels by the domain of their look."""
        networks = self.translator
        opposite = dict(source="target", target="source")
        # A moved image has the liveness of the other domain.
        again = {opposite[name]: networks.liveness(own) for name, own in moved.items()}
        cycle = {name: networks.decoders[name](again[name], networks.contents[name](moved[name])) for name in moved}
        same = {name: networks.decoders[name](codes[name], contents[name]) for name in images}
        deceive = sum(is_real(self.judges[name](own), True) for name, own in moved.items())
        return dict(
            loss_classification=self.classification_weight * F.cross_entropy(self.head((codes["source"],)), labels),
            # The encoder deceives the discriminator: the domains are exchanged.
            loss_domains=self.domain_weight * self._judge("codes", codes["target"], codes["source"]),
            loss_deceive=self.adversarial_weight * deceive,
            loss_reconstruction=self.reconstruction_weight * sum(F.l1_loss(same[name], images[name]) for name in images),
            loss_cycle=self.cycle_weight * sum(F.l1_loss(cycle[name], images[name]) for name in images),
            # The first codes are fixed here: otherwise all codes become equal.
            loss_latent=self.latent_weight * sum(F.l1_loss(again[name], codes[name].detach()) for name in images),
        )


def is_real(logits: Tensor, answer: bool) -> Tensor:
    """Binary cross entropy of logits with one answer for all."""
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(answer)))


def repeat(images: Tensor, count: int) -> Tensor:
    """Repeat images in their order until there are ``count``."""
    return images[torch.arange(count, device=images.device) % len(images)]
