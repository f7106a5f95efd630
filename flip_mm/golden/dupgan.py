# SPDX-License-Identifier: Apache-2.0
"""DupGAN: one step of the discriminators and one of encoder, classifier and generator, in a third party's form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from mmengine.model import BaseDataPreprocessor
from mmengine.optim import OptimWrapper, OptimWrapperDict
from mmpretrain.registry import MODELS
from torch import Tensor

from .rows import Row, compare, compare_norms
from .rule import images, set_weights
from .training import TOLERANCE, adaptation_samples

# Our parts -> theirs.
PARTS = {
    "backbone": "E",
    "head.fc": "E.classifier.1",
    "generator": "G",
    "discriminators.source": "Ds",
    "discriminators.target": "Dt",
}


class Kept(OptimWrapper):
    """Keeps the gradients of a loss instead of a step."""

    def update_params(self, loss: Tensor, step_kwargs: dict | None = None, zero_kwargs: dict | None = None) -> None:
        """Keep the gradients."""
        loss.backward()
        self.gradients = [p.grad for group in self.param_groups for p in group["params"]]
        self.zero_grad()


def golden_name(name: str) -> str | None:
    """Return the authors' name of one of our parameters; None for the copy that makes the pseudo labels."""
    found = next((ours for ours in PARTS if name.startswith(f"{ours}.")), None)
    if found is None:
        return None
    rest = name.removeprefix(f"{found}.")
    if rest.startswith("layers."):
        _, number, *inner = rest.split(".")
        rest = f"layer{int(number) + 1}." + ".".join(inner)
        # The last layer of their generator has no normalisation.
        rest = rest.replace("layer4.0", "layer4") if found == "generator" else rest
    return f"{PARTS[found]}.{rest.replace('classifier.', 'discriminator.') if 'discriminators' in found else rest}"


class Step:
    """One ``train_step`` of the model of a file's settings."""

    def __init__(self, arch: Mapping[str, Any]) -> None:
        size, seed = arch["size"], arch["base_seed"]
        labels, pseudo = arch["labels_source"], arch["pseudo_labels_target"]
        config = dict(
            type="DupGAN",
            backbone=dict(type="DupGANEncoder", image_size=size),
            neck=dict(type="LeakyReLUNeck"),
            head=dict(type="LinearClsHead", num_classes=2, in_channels=512),
            generator=dict(type="DupGANGenerator", image_size=size),
            discriminator=dict(type="DupGANDiscriminator", image_size=size),
            alpha=arch["alpha"],
            beta=arch["beta"],
        )
        self.model = set_weights(MODELS.build(config), arch["weight_seed"], golden_name)
        self.model.data_preprocessor = BaseDataPreprocessor()
        self.model.pseudo_labels = lambda _: torch.tensor(pseudo)
        self.source = images(seed, len(labels), size).tanh()
        self.target = images(seed + 1, len(pseudo), size).tanh()
        self.images: list[Tensor] = []
        self.model.generator.register_forward_hook(lambda *args: self.images.append(args[-1]))
        parts = dict(generator=("backbone", "head", "generator"), discriminators=("discriminators",))
        self.names = {
            key: [name for name, _ in self.model.named_parameters() if name.startswith(own)] for key, own in parts.items()
        }
        parameters = dict(self.model.named_parameters())
        self.wrappers = {
            key: Kept(torch.optim.SGD([parameters[name] for name in names], lr=0.0)) for key, names in self.names.items()
        }
        samples = adaptation_samples(labels, len(pseudo))
        data = dict(inputs=torch.cat([self.source, self.target]), data_samples=samples)
        self.terms = self.model.train_step(data, OptimWrapperDict(**self.wrappers))

    def gradients(self, key: str) -> dict[str, Tensor | None]:
        """Return the gradients of an optimizer's parameters by their names."""
        return dict(zip(map(golden_name, self.names[key]), self.wrappers[key].gradients, strict=True))


def check_generator(arch: Mapping[str, Any], want: Mapping[str, Any]) -> Iterator[Row]:
    """Check the step of encoder, classifier and generator."""
    step = Step(arch)
    model, terms = step.model, step.terms
    (codes,) = model.backbone(step.source)
    yield compare("logits", model(step.source), want["logits_source"], TOLERANCE)
    yield compare("codes", codes[:, :8], want["z_source_first8"], TOLERANCE)
    # The steps generate s -> t, t -> s, s -> s, t -> t.
    order = [step.images[i].norm().item() for i in (2, 0, 1, 3)]
    yield compare("norms of generated images", order, want["norms"], TOLERANCE)
    yield compare("loss_deceive", terms["loss_deceive"], want["loss_deceive"], TOLERANCE)
    yield compare("loss_recon", terms["loss_reconstruction"] / arch["alpha"], want["loss_recon"], TOLERANCE)
    yield compare("loss_cls", terms["loss_classification"] / arch["beta"], want["loss_cls"], TOLERANCE)
    yield compare("loss", terms["loss"], want["loss"], TOLERANCE)
    yield from compare_norms("gradient", step.gradients("generator"), want["grad_norms"], TOLERANCE)


def check_discriminators(arch: Mapping[str, Any], want: Mapping[str, Any]) -> Iterator[Row]:
    """Check the step of the discriminators."""
    step = Step(arch)
    yield compare("logits", step.model.discriminators["source"](step.source), want["logits_Ds_real"], TOLERANCE)
    yield compare("loss_Ds", step.terms["loss_judge_source"], want["loss_Ds"], TOLERANCE)
    yield compare("loss_Dt", step.terms["loss_judge_target"], want["loss_Dt"], TOLERANCE)
    yield from compare_norms("gradient", step.gradients("discriminators"), want["grad_norms"], TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "generator_step": lambda data: check_generator(data["arch"], data["generator_step"]),
    "discriminator_step": lambda data: check_discriminators(data["arch"], data["discriminator_step"]),
}
