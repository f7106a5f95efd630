# SPDX-License-Identifier: Apache-2.0
"""A method like DRDG: samples and features are reweighted by their domain bias."""

from __future__ import annotations

from typing import Any

import torch
from mmengine.optim import OptimWrapperDict
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor
from torch.nn import functional as F

from flip_mm.models import sample_fields
from flip_mm.models.domain_discriminator import DomainDiscriminator
from flip_mm.models.evaluation_mode import evaluation_mode
from flip_mm.models.needs import Needs, check_domains
from flip_mm.models.precision import widen
from flip_mm.models.spatial_channel_gate import SpatialChannelGate

from .depth_classifier import DepthClassifier, two_logits

TARGETS = ("ungated", "label")


@MODELS.register_module()
class DRDGLike(DepthClassifier):
    r"""Dual reweighting (after Liu et al., IJCAI 2021). Only the ideas are known; formulas and values are choices.

    A domain discriminator with gradient reversal sees the mean of the last maps. Its probability of the true domain is the bias
    b of a sample, a constant for the gradient. Two steps alternate in every iteration:

    - ``network``, all parts but the gate: :math:`\sum_i w_i (c_i + w_d e_i) / N + w_D L_D` on gated maps, where
      :math:`w_i \propto (1 - b_i)^p` with mean 1, c the cross entropy, e the mean squared error of the depth and L_D the cross
      entropy of the domains;
    - ``gate``: :math:`w_g \sum_i v_i\,KL(q_i \| p_i) / N`, where :math:`v_i \propto b_i^p` with mean 1, p the class
      probabilities of the gated maps and q those of the maps without gate, a constant, both at a temperature. The running
      statistics of BatchNorm are used here.

    Args:
        num_domains: Number of training domains; None: filled from the run.
        reversal_iters: Iterations until the gradient reversal is complete.
        depth_weight: :math:`w_d`.
        domain_weight: :math:`w_D`.
        gate_weight: :math:`w_g`.
        bias_power: The exponent p of the weights.
        distillation_target: q: ``'ungated'``, or ``'label'`` for the true class.
        temperature: Temperature of the distillation.
        gate: Arguments of :class:`~flip_mm.models.spatial_channel_gate.SpatialChannelGate` except ``channels``.
        kwargs: As for :class:`DepthClassifier`.

    Raises:
        ValueError: ``num_domains`` is None, or ``distillation_target`` is none of these.
    """

    needs = Needs(sources=2, depth=True)

    def __init__(
        self,
        *,
        num_domains: int | None,
        reversal_iters: int,
        depth_weight: float = 10.0,
        domain_weight: float = 0.1,
        gate_weight: float = 1.0,
        bias_power: float = 1.0,
        distillation_target: str = "ungated",
        temperature: float = 1.0,
        gate: dict | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if distillation_target not in TARGETS:
            raise ValueError(f"model.distillation_target must be 'ungated' or 'label', got {distillation_target!r}.")
        self.depth_weight, self.domain_weight, self.gate_weight = depth_weight, domain_weight, gate_weight
        self.bias_power, self.temperature = bias_power, temperature
        self.distillation_target = distillation_target
        width = self.backbone.out_channels[1]
        self.discriminator = DomainDiscriminator(width, check_domains(num_domains), reversal_iters)
        self.gate = SpatialChannelGate(width, **(gate or {}))

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps of all stages and those for the embedder; the maps of the last stage are gated."""
        return self._gated(*self.backbone(inputs))

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Train the network with weighted samples, then the gate."""
        data = self.data_preprocessor(data, True)
        with optim_wrapper["network"].optim_context(self):
            losses, maps, bias = self.network_losses(data["inputs"], data["data_samples"])
            total, logged = self.parse_losses(losses)
        optim_wrapper["network"].update_params(total)
        with optim_wrapper["gate"].optim_context(self):
            own, terms = self.parse_losses(dict(loss_gate=self.gate_loss(maps, bias, data["data_samples"])))
        optim_wrapper["gate"].update_params(own)
        # Each loss leaves gradients in the parts of the other optimizer.
        optim_wrapper.zero_grad()
        return {**logged, **terms, "loss": (total + own).detach(), "bias": bias.mean()}

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Raise a RuntimeError: this method needs its own training step."""
        raise RuntimeError("DRDGLike trains with two optimizers: use MultiOptimWrapperConstructor, see its config.")

    def network_losses(
        self, inputs: Tensor, data_samples: list[DataSample]
    ) -> tuple[dict[str, Tensor], tuple[Tensor, Tensor], Tensor]:
        """Return the weighted losses of the network, its maps without gradient, and the biases (N,).

        Args:
            inputs: (N, C, H, W) in 0..1.
            data_samples: N samples with ``gt_label``, ``domain_index`` and ``depth``.
        """
        batch = self.labelled(inputs, data_samples)
        domains = sample_fields.domains(data_samples, inputs.device)
        every, last = self.backbone(batch.images)
        of_domain = self.discriminator(last.mean(dim=(2, 3)))
        bias = of_domain.detach().softmax(dim=1).gather(1, domains[:, None])[:, 0]
        weight = mean_one((1 - bias) ** self.bias_power)
        gated, embedded = self._gated(every, last)
        classified = F.cross_entropy(two_logits(self.embedder(embedded)[1]), batch.labels, reduction="none")
        errors = (widen(self.depth_estimator(gated)) - batch.depth).square().mean(dim=(1, 2, 3))
        losses = dict(
            loss_cls=(weight * classified).mean(),
            loss_depth=self.depth_weight * (weight * errors).mean(),
            loss_domain=self.domain_weight * F.cross_entropy(of_domain, domains),
        )
        return losses, (every.detach(), last.detach()), bias

    def gate_loss(self, maps: tuple[Tensor, Tensor], bias: Tensor, data_samples: list[DataSample]) -> Tensor:
        """Return the weighted loss of the gate, from the maps (N, 3 C, g, g) and (N, C, g, g) and the biases (N,)."""
        every, last = maps
        with evaluation_mode(self):
            logits = two_logits(self.embedder(self._gated(every, last)[1])[1]) / self.temperature
            with torch.no_grad():
                ungated = two_logits(self.embedder(every if self.embeds == "all" else last)[1]) / self.temperature
        target = ungated.softmax(dim=1)
        if self.distillation_target == "label":
            target = F.one_hot(sample_fields.labels(data_samples, last.device), 2).to(logits.dtype)
        divergence = F.kl_div(logits.log_softmax(dim=1), target, reduction="none").sum(dim=1)
        return self.gate_weight * (mean_one(bias**self.bias_power) * divergence).mean()

    def _gated(self, every: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps of all stages and those for the embedder."""
        gated = self.gate(last)
        every = torch.cat([every[:, : -last.shape[1]], gated], dim=1)
        return every, every if self.embeds == "all" else gated


def mean_one(weights: Tensor) -> Tensor:
    """Return weights (N,), at least 0, divided by their mean; all 1 if they are 0.

    Example:
        >>> mean_one(torch.tensor([0.5, 0.0, 1.0])).tolist(), mean_one(torch.zeros(2)).tolist()
        ([1.0, 0.0, 2.0], [1.0, 1.0])
    """
    total = weights.mean()
    return weights / total if total > 0 else torch.ones_like(weights)
