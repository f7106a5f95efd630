# SPDX-License-Identifier: Apache-2.0
"""A method like Self-DA: an adaptor, trained by meta-learning, that adapts itself to the test images."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from mmengine.optim import OptimWrapperDict
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from flip_mm.models.evaluation_mode import evaluation_mode
from flip_mm.models.losses.depth_loss import depth_loss
from flip_mm.models.losses.entropy_loss import mean_entropy
from flip_mm.models.meta_learning import inner_step
from flip_mm.models.needs import Needs
from flip_mm.models.precision import widen
from flip_mm.models.residual_adaptor import ResidualAdaptor, orthogonality

from .depth_classifier import DepthBatch, DepthClassifier, class_loss, two_logits

PLACES = ("last", "all")


@MODELS.register_module()
class SelfDALike(DepthClassifier):
    r"""Self-domain-adaptation (after Wang et al., AAAI 2021), from descriptions of the paper; the authors published no code.

    Every step draws one domain t for the adaptor A; optimizer ``network`` trains all other parts on the other domains by
    :math:`c + w e` and the autoencoder on their features. Then A makes an inner step on the images of t without labels,
    :math:`A' = A - r \nabla_A L_u`, and optimizer ``adaptor`` trains A by :math:`c + w e` with A' on the same images, with
    second derivatives. The running statistics of BatchNorm are used there, as in a test.

    .. math:: L_u = \|AE(A(x)) - A(x)\|^2 + \mu H(p) + \lambda \|W W^T - I\|_F^2

    c is the binary cross entropy, e the mean squared error of the depth, H the mean entropy of the predictions. For a
    validation or test, :class:`~flip_mm.engine.TestTimeAdaptHook` adapts a copy of A to all images of the target by L_u:
    **the result has used the test images, without their labels**.

    Args:
        inner_rate: :math:`r`.
        depth_weight: :math:`w`, a choice.
        reconstruction_weight: Weight of the first term.
        entropy_weight: :math:`\mu`; which of both values of the paper belongs to which term is a choice.
        orthogonality_weight: :math:`\lambda`.
        place: Features x of A and the autoencoder, a choice: ``'last'`` for the maps of the last stage, ``'all'`` for all.
        autoencoder_channels: Channels in the middle of the autoencoder, a choice.
        kwargs: As for :class:`DepthClassifier`.

    Raises:
        ValueError: ``place`` is none of these.
    """

    needs = Needs(sources=2, depth=True, test_time=True)

    def __init__(
        self,
        *,
        inner_rate: float = 1e-3,
        depth_weight: float = 10.0,
        reconstruction_weight: float = 1.0,
        entropy_weight: float = 10.0,
        orthogonality_weight: float = 0.1,
        place: str = "last",
        autoencoder_channels: int = 32,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if place not in PLACES:
            raise ValueError(f"model.place must be 'last' or 'all', got {place!r}.")
        self.inner_rate, self.depth_weight, self.place = inner_rate, depth_weight, place
        self.weights = reconstruction_weight, entropy_weight, orthogonality_weight
        width = self.backbone.out_channels[PLACES[::-1].index(place)]
        self.adaptor = ResidualAdaptor(width)
        self.autoencoder = nn.Sequential(
            nn.Conv2d(width, autoencoder_channels, 1), nn.ReLU(), nn.Conv2d(autoencoder_channels, width, 1)
        )
        # The copy for a test; not registered as a part: checkpoints hold the trained adaptor.
        self.__dict__["_adapted"] = None

    def extract_feat(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the maps of all stages and those for the embedder, adapted."""
        return self._embedded(*self._adapt(*self.backbone(inputs), self._adapted or self.adaptor)[1:])

    def train_step(self, data: dict, optim_wrapper: OptimWrapperDict) -> dict[str, Tensor]:
        """Train the network on all domains but one, then the adaptor on this one."""
        data = self.data_preprocessor(data, True)
        batches = self.by_domain(data["inputs"], data["data_samples"])
        *train, test = (batches[number] for number in self.domain_order(len(batches)))
        with optim_wrapper["network"].optim_context(self):
            total, logged = self.parse_losses(self.network_losses(train))
        optim_wrapper["network"].update_params(total)
        with optim_wrapper["adaptor"].optim_context(self):
            own, terms = self.parse_losses(self.adaptor_losses(test))
        optim_wrapper["adaptor"].update_params(own)
        # Each loss leaves gradients in the parts of the other optimizer.
        optim_wrapper.zero_grad()
        return {**logged, **terms, "loss": (total + own).detach()}

    def loss(self, inputs: Tensor, data_samples: list) -> dict[str, Tensor]:
        """Raise a RuntimeError: this method needs its own training step."""
        raise RuntimeError("SelfDALike trains with two optimizers: use MultiOptimWrapperConstructor, see its config.")

    def network_losses(self, train: list[DepthBatch]) -> dict[str, Tensor]:
        """Return the weighted losses of all parts but the adaptor, on batches of the other domains."""
        batch = DepthBatch(*(torch.cat(field) for field in zip(*train, strict=True)))
        every, last = self.backbone(batch.images)
        features = (last if self.place == "last" else every).detach()
        return dict(
            loss_cls=class_loss(self.embedder(self._embedded(every, last)[1])[1], batch.labels),
            loss_depth=self.depth_weight * depth_loss(self.depth_estimator(every), batch.depth),
            loss_autoencoder=F.mse_loss(self.autoencoder(features), features),
        )

    def adaptor_losses(self, test: DepthBatch) -> dict[str, Tensor]:
        """Return the weighted losses of the adaptor after its inner step, on the images of one domain."""
        with torch.no_grad(), evaluation_mode(self):
            maps = self.backbone(test.images)
        with torch.autocast(maps[0].device.type, enabled=False), evaluation_mode(self):
            maps = tuple(map(widen, maps))
            weights = dict(self.adaptor.named_parameters())
            fast = inner_step(self.unsupervised_loss(maps, weights), weights, self.inner_rate)
            _, every, last = self._adapt(*maps, lambda x: functional_call(self.adaptor, fast, (x,)))
            logits = self.embedder(self._embedded(every, last)[1])[1]
            return dict(
                loss_adaptor_cls=class_loss(logits, test.labels),
                loss_adaptor_depth=self.depth_weight * depth_loss(self.depth_estimator(every), test.depth),
            )

    def unsupervised_loss(self, maps: tuple[Tensor, Tensor], weights: Mapping[str, Tensor]) -> Tensor:
        """Return L_u.

        Args:
            maps: Maps of all stages, (N, 3 C, g, g), and of the last, (N, C, g, g).
            weights: Parameters of the adaptor.
        """
        features, every, last = self._adapt(*maps, lambda x: functional_call(self.adaptor, dict(weights), (x,)))
        logits = two_logits(self.embedder(self._embedded(every, last)[1])[1])
        terms = (
            F.mse_loss(self.autoencoder(features), features),
            mean_entropy(logits),
            orthogonality(weights["conv.weight"]),
        )
        return sum(weight * term for weight, term in zip(self.weights, terms, strict=True))

    def adapt_to(self, batches: Iterable[Tensor], rate: float) -> None:
        """Adapt a copy of the adaptor to images without labels, for the predictions until :meth:`forget`.

        Args:
            batches: Preprocessed images (N, C, H, W), a step each.
            rate: Rate of Adam.
        """
        adapted = copy.deepcopy(self.adaptor)
        weights = dict(adapted.named_parameters())
        optimizer = torch.optim.Adam(weights.values(), lr=rate)
        with evaluation_mode(self):
            for images in batches:
                with torch.no_grad():
                    maps = self.backbone(images)
                with torch.enable_grad():
                    gradients = torch.autograd.grad(self.unsupervised_loss(maps, weights), list(weights.values()))
                for weight, gradient in zip(weights.values(), gradients, strict=True):
                    weight.grad = gradient
                optimizer.step()
        self.__dict__["_adapted"] = adapted

    def forget(self) -> None:
        """Use the trained adaptor again."""
        self.__dict__["_adapted"] = None

    def _adapt(self, every: Tensor, last: Tensor, adaptor: Any) -> tuple[Tensor, Tensor, Tensor]:
        """Return the adapted features, and the maps of all stages and of the last with them."""
        width = last.shape[1]
        if self.place == "last":
            features = adaptor(last)
            return features, torch.cat([every[:, :-width], features], dim=1), features
        features = adaptor(every)
        return features, features, features[:, -width:]

    def _embedded(self, every: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        return every, every if self.embeds == "all" else last
