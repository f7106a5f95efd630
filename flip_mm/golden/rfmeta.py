# SPDX-License-Identifier: Apache-2.0
"""RfMeta: one iteration, several steps of Adam, scores."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from mmengine.optim import build_optim_wrapper
from torch import Tensor, nn

from flip_mm.models.classifiers.depth_classifier import class_loss
from flip_mm.models.losses.depth_loss import depth_loss

from .depthnet import Recorder, bn_rows, gradient_rows, names_in_file, parameters, samples, shipped_model
from .rows import Row, compare, compare_norms
from .rule import images, set_weights, unit
from .training import TOLERANCE

NAMES = {
    r"backbone\.stem\.(conv|norm)": lambda m: f"FeatExtractor.inc.conv.{int(m[1] == 'norm')}",
    r"backbone\.stages\.(\d)\.(\d)\.(conv|norm)": lambda m: (
        f"FeatExtractor.down{int(m[1]) + 1}.downconv.{3 * int(m[2]) + (m[3] == 'norm')}"
    ),
    r"depth_estimator\.blocks\.(\d)\.(conv|norm)": lambda m: f"DepthEstmator.conv.{3 * int(m[1]) + (m[2] == 'norm')}",
    r"embedder\.blocks\.(\d)\.(conv|norm)": lambda m: (
        f"FeatEmbedder.features.{m[1]}.{'bn' if m[2] == 'norm' else 'conv'}{m[1]}"
    ),
    r"embedder\.fc": lambda m: "FeatEmbedder.fc",
}


def build(arch: dict) -> tuple[nn.Module, dict[str, str]]:
    """Build the model with weights from the formula, and return it with the names of its parameters in the file."""
    model = shipped_model("rfmeta", inner_rate=arch["meta_step_size"], depth_weight=float(arch["W_depth"]))
    for block in model.embedder.blocks:
        block.norm.momentum = float(arch["bn_momentum_embedder"])
    names = names_in_file(model, NAMES)
    return set_weights(model, arch["weight_seed"], names.get), names


def batch(arch: dict) -> dict:
    """Return the training batch of all domains."""
    n, size, seed, domains = arch["batchsize"], arch["image_size"], arch["base_seed"], range(len(arch["orders"][0]))
    inputs = torch.cat([images(seed + k, 2 * n, size, 6) for k in domains])
    depth = torch.cat([unit(seed + 10 + k, (2 * n, 1, size // 8, size // 8)) for k in domains])
    labels = ([1] * n + [0] * n) * len(domains)
    return dict(inputs=inputs, data_samples=samples(labels, [k for k in domains for _ in range(2 * n)], depth))


def meta_losses(terms: dict[str, Tensor]) -> dict[str, Tensor]:
    """Sum the terms of the model to the losses in the file."""
    train, test = (terms[f"loss_{part}_cls"] + terms[f"loss_{part}_depth"] for part in ("train", "test"))
    return dict(loss_meta_train=train, loss_meta_test=test, loss=train + test)


def check_iteration(data: dict) -> Iterator[Row]:
    """Check one iteration: logits and losses of every pass, gradients, running statistics."""
    arch, want = data["arch"], data["iteration"]
    model, names = build(arch)
    order, n = arch["orders"][0], arch["batchsize"]
    model.domain_order = lambda _: order
    logits, depth = Recorder(model.embedder), Recorder(model.depth_estimator)
    terms = model.loss(**batch(arch))
    sum(terms.values()).backward()
    for name, value in meta_losses(terms).items():
        yield compare(f"iteration {name}", value, want[name], TOLERANCE)
    labels = torch.tensor([1] * n + [0] * n)
    for number, ((_, got), case) in enumerate(zip(logits.values, [*want["meta_train"], *want["meta_test"]], strict=True)):
        yield compare(f"iteration pass {number} logits", got[:, 0], case["logits"], TOLERANCE)
        yield compare(f"iteration pass {number} loss_cls", class_loss(got, labels), case["loss_cls"], TOLERANCE)
    targets = torch.stack([sample.depth for sample in batch(arch)["data_samples"]]).split(2 * n)
    losses = [*(case["loss_depth"] for case in want["meta_train"]), want["loss_depth_test"]]
    for domain, got, value in zip(order, depth.values, losses, strict=True):
        yield compare(f"iteration loss_depth of domain {domain}", depth_loss(got, targets[domain]), value, TOLERANCE)
    yield from gradient_rows("iteration gradient", model, names, want["grad_norms"])
    yield from bn_rows("iteration", model, names, want["bn"])


def check_trajectory(data: dict) -> Iterator[Row]:
    """Check steps of Adam, with the running statistics after the first iteration, and scores."""
    arch, want = data["arch"], data["trajectory"]
    model, names = build(arch)
    orders = iter([arch["orders"][0], *arch["orders"]])
    model.domain_order = lambda _: next(orders)
    model.loss(**batch(arch))
    optimizer = build_optim_wrapper(model, dict(optimizer=dict(type="Adam", lr=arch["lr"])))
    for step, losses in enumerate(want["losses"]):
        got = meta_losses(model.train_step(batch(arch), optimizer))
        for name, value in losses.items():
            yield compare(f"trajectory step {step} {name}", got[name], value, TOLERANCE)
    yield from compare_norms("trajectory", parameters(model, names), want["param_norms"], TOLERANCE)
    model.eval()
    with torch.no_grad():
        x = images(arch["base_seed"], 2 * arch["batchsize"], arch["image_size"], 6)
        scores = [sample.pred_score[1].item() for sample in model.predict(x)]
    yield compare("trajectory scores", scores, want["eval_scores"], TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {"iteration": check_iteration, "trajectory": check_trajectory}
