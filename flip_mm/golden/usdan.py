# SPDX-License-Identifier: Apache-2.0
"""USDAN-Un."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.models.classifiers.usdan import focal_of_mean
from flip_mm.models.gradient_reversal import GradientReversal
from flip_mm.models.losses import mean_entropy

from .rows import Row, compare, compare_norms
from .rule import images, set_weights
from .shipped import shipped_config
from .training import FLOAT32, TOLERANCE, adaptation_samples, named, norm_rows, outputs, total

COLUMNS = 8
RENAMED = {"backbone.": "model_backbone.", "head.kernel": "kernel", "head.fc.": "bottleneck_layer1."}
RENAMED |= {"discriminator.fc1.": "add_layer1.", "discriminator.fc2.": "add_layer2."}
WEIGHTS = ("classification_weight", "entropy_weight", "adversarial_weight")


def golden_name(name: str) -> str:
    """Return the authors' name of one of our parameters."""
    return re.sub("^(" + "|".join(map(re.escape, RENAMED)) + ")", lambda found: RENAMED[found[0]], name)


def build(arch: dict) -> nn.Module:
    """Build the model of the shipped config with the weights of the file."""
    cfg = shipped_config("usdan_un").model
    # Its directions have a gradient in the release, too, which nothing uses.
    cfg.head.update(learn_directions=True)
    cfg.update(dict(zip(WEIGHTS, arch["weights"], strict=True)))
    model = set_weights(MODELS.build(cfg), arch["weight_seed"], golden_name)
    model.discriminator.reversal.count.fill_(arch["grl_iter"] - 1)
    return model


def batch(arch: dict) -> tuple[Tensor, list[DataSample]]:
    """Return the images of source and target, and their samples."""
    sizes = arch["n_source"], arch["n_target"]
    x = torch.cat([images(arch["base_seed"] + k, n, arch["image_size"]) for k, n in enumerate(sizes)])
    return x, adaptation_samples([i % 2 for i in range(sizes[0])], sizes[1])


def check_step(data: dict) -> Iterator[Row]:
    """Check the losses of a batch."""
    arch, want = data["arch"], data["step"]
    model, (x, samples) = build(arch), batch(arch)
    with outputs(discriminator=model.discriminator) as calls:
        losses = model.loss(x, samples)
    ((feature, domain),) = calls["discriminator"]
    got = dict(logits=model.head.classify(feature), adversarial=domain.sigmoid(), loss=total(model, losses))
    got |= dict(feature_first8=feature[:, :COLUMNS], feature_norms=feature.norm(dim=1))
    got |= {name: losses[name] / getattr(model, key) for name, key in zip(losses, WEIGHTS, strict=True)}
    for name, value in got.items():
        yield compare(f"step {name}", value, want[name], TOLERANCE)
    got["loss"].backward()
    # The release also has a classifier that it does not use.
    gradients = {f"classifier_layer.{kind}": None for kind in ("weight", "bias")}
    gradients |= named(model, golden_name, gradients=True)
    yield from compare_norms("step gradient", gradients, want["grad_norms"], TOLERANCE)
    yield from norm_rows("step statistics", model, golden_name, want["bn"])


def check_evaluation(data: dict) -> Iterator[Row]:
    """Check the scores after the forward pass of ``step``."""
    model, (x, samples) = build(data["arch"]), batch(data["arch"])
    with torch.no_grad():
        model.loss(x, samples)
        scores = torch.stack([sample.pred_score[1] for sample in model.eval().predict(x)])
        yield compare("evaluation", model(x).softmax(1)[:, 1], data["eval_prob_real"], TOLERANCE)
    yield compare("evaluation, predict", scores, data["eval_prob_real"], FLOAT32)


def check_reversal(data: dict) -> Iterator[Row]:
    """Check the coefficient of the gradient reversal."""
    reversal = GradientReversal(shipped_config("usdan_un").model.get("reversal_iters", 10000))
    for count, value in data["grl_coefficients"]:
        reversal.count.fill_(count)
        yield compare(f"reversal {count}", reversal.coefficient, value, TOLERANCE)


def check_losses(data: dict) -> Iterator[Row]:
    """Check the losses of logits."""
    for case in data["loss_cases"]:
        labels = torch.tensor(case["labels"])
        drawn = np.random.RandomState(case["seed"]).standard_normal((len(labels), 2)) * case["scale"]
        for name, gradient in (("adaptive", "grad_norm"), ("entropy", "grad_norm_entropy")):
            logits = torch.from_numpy(drawn).requires_grad_()
            is_focal = name == "adaptive"
            loss = focal_of_mean(nn.functional.cross_entropy(logits, labels)) if is_focal else mean_entropy(logits)
            loss.backward()
            yield compare(f"{name} of seed {case['seed']}", loss, case[name], TOLERANCE)
            yield compare(f"{name} of seed {case['seed']}, gradient", logits.grad.norm(), case[gradient], TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "step": check_step,
    "eval_prob_real": check_evaluation,
    "grl_coefficients": check_reversal,
    "loss_cases": check_losses,
}
