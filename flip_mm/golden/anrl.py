# SPDX-License-Identifier: Apache-2.0
"""ANRL: the passes of one iteration, gradients, one step of SGD, scores. The release has the labels real 0 and spoof 1."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from mmengine.optim import build_optim_wrapper
from torch import Tensor, nn

from .depthnet import Recorder, bn_rows, gradient_rows, names_in_file, parameters, samples, shipped_model
from .rows import Row, compare, compare_norms
from .rule import images, set_weights, unit
from .training import TOLERANCE

KINDS = dict(bn="BN", instance="IN", attention="AttentionNet")
NAMES = {
    r"backbone\.stem\.conv": lambda m: "FeatExtractor.inc.conv",
    r"backbone\.stem\.norm\.(\w+)": lambda m: f"FeatExtractor.inc.{KINDS[m[1]]}",
    r"backbone\.stages\.(\d)\.(\d)\.conv": lambda m: f"FeatExtractor.down{int(m[1]) + 1}.conv_block{int(m[2]) + 1}.conv",
    r"backbone\.stages\.(\d)\.(\d)\.norm\.(\w+)": lambda m: (
        f"FeatExtractor.down{int(m[1]) + 1}.conv_block{int(m[2]) + 1}.{KINDS[m[3]]}"
    ),
    r"depth_estimator\.blocks\.(\d)\.(conv|norm)": lambda m: (
        f"DepthEstmator.conv_block{int(m[1]) + 1}.{'BN' if m[2] == 'norm' else 'conv'}"
    ),
    r"embedder\.blocks\.(\d)\.(conv|norm)": lambda m: (
        f"Classifier.conv_block{int(m[1]) + 1}.{'BN' if m[2] == 'norm' else 'conv'}"
    ),
    r"embedder\.fc": lambda m: "Classifier.fc",
}
# Our terms of a pass -> their names in the file, and the settings with their weights.
TERMS = {
    "cls": ("loss_cls", ""),
    "depth": ("loss_depth", "depth_weight"),
    "domain": ("loss_domain", "domain_weight"),
    "class": ("loss_discri", "discri_weight"),
}


def build(arch: dict) -> tuple[nn.Module, dict[str, str]]:
    """Build the model with weights from the formula, and return it with the names of its parameters in the file."""
    model = shipped_model(
        "anrl",
        num_domains=len(arch["order"]),
        inner_rate=arch["meta_step_size"],
        depth_weight=arch["depth_weight"],
        domain_weight=arch["domain_weight"],
        class_weight=arch["discri_weight"],
    )
    names = names_in_file(model, NAMES)
    set_weights(model, arch["weight_seed"], names.get)
    with torch.no_grad():
        for parameter in model.embedder.fc.parameters():
            parameter.copy_(parameter.flip(0))
    model.domain_order = lambda _: arch["order"]
    return model, names


def batch(arch: dict) -> dict:
    """Return the training batch, domain by domain and real before spoof; the file has it image by image."""
    n, count, size, seed = arch["per_class_and_domain"], len(arch["order"]), arch["image_size"], arch["base_seed"]
    real, spoof = (images(seed + k, count * n, size, 6).unflatten(0, (n, count)) for k in (0, 1))
    depth = unit(seed + 2, (n, count, size // 8, size // 8))
    inputs = torch.cat([torch.cat([real[:, k], spoof[:, k]]) for k in range(count)])
    maps = torch.cat([depth[:, k].repeat(2, 1, 1) for k in range(count)])[:, None]
    labels = ([1] * n + [0] * n) * count
    return dict(inputs=inputs, data_samples=samples(labels, [k for k in range(count) for _ in range(2 * n)], maps))


def updated(arch: dict) -> tuple[nn.Module, dict[str, str]]:
    """Build the model, and update it once by SGD."""
    model, names = build(arch)
    optimizer = build_optim_wrapper(model, dict(optimizer=dict(type="SGD", lr=arch["lr_sgd"])))
    model.train_step(batch(arch), optimizer)
    return model, names


def check_passes(data: dict) -> Iterator[Row]:
    """Check logits, losses and centres of every pass."""
    arch, passes = data["arch"], []
    model, _ = build(arch)
    embedder, pass_losses = Recorder(model.embedder), model.pass_losses

    def record(*args: Any) -> dict[str, Tensor]:
        terms = pass_losses(*args)
        passes.append((terms, model.centres.norm(dim=2)))
        return terms

    model.pass_losses = record
    model.loss(**batch(arch))
    for number, want in enumerate(data["passes"]):
        label, (terms, centres) = f"pass {number}", passes[number]
        yield compare(f"{label} logits", embedder.values[number][1].flip(1), want["logits"], TOLERANCE)
        for name, (theirs, weight) in TERMS.items():
            value = terms[name] / arch[weight] if weight else terms[name]
            yield compare(f"{label} {theirs}", value, want[theirs], TOLERANCE)
        for own, theirs in zip(centres, ("center_fake_norms", "center_real_norms"), strict=True):
            yield compare(f"{label} {theirs}", own, want[theirs], TOLERANCE)


def check_gradients(data: dict) -> Iterator[Row]:
    """Check the gradients of the total loss."""
    model, names = build(data["arch"])
    sum(model.loss(**batch(data["arch"])).values()).backward()
    yield from gradient_rows("gradient", model, names, data["grad_norms"])


def check_step(data: dict) -> Iterator[Row]:
    """Check the parameters after one update by SGD."""
    yield from compare_norms("after the step", parameters(*updated(data["arch"])), data["param_norms_after_step"], TOLERANCE)


def check_bn(data: dict) -> Iterator[Row]:
    """Check the running statistics after one update."""
    yield from bn_rows("after the step", *updated(data["arch"]), data["bn"])


def check_eval(data: dict) -> Iterator[Row]:
    """Check scores and depth maps after one update."""
    arch, want = data["arch"], data["eval"]
    model, _ = updated(arch)
    model.eval()
    count = len(arch["order"])
    real = images(arch["base_seed"], count * arch["per_class_and_domain"], arch["image_size"], 6)

    def rows(domain: int) -> list[Row]:
        x = real[domain::count]
        with torch.no_grad():
            scores = [sample.pred_score[0].item() for sample in model.predict(x)]
            depth = model.depth_estimator(model.extract_feat(x)[0])
        return [
            compare("eval prob_spoof", scores, want["prob_spoof"], TOLERANCE),
            compare("eval depth norms", depth.flatten(1).norm(dim=1), want["depth_norms"], TOLERANCE),
        ]

    # A file does not name the domain of these real images: the first one, or the first of the order.
    yield from min(map(rows, dict.fromkeys((0, arch["order"][0]))), key=lambda found: max(row.error for row in found))


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "passes": check_passes,
    "grad_norms": check_gradients,
    "param_norms_after_step": check_step,
    "bn": check_bn,
    "eval": check_eval,
}
