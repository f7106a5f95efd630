# SPDX-License-Identifier: Apache-2.0
"""SSDG-R."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import PARAM_SCHEDULERS
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.models.gradient_reversal import GradientReversal
from flip_mm.models.losses.batch_all_triplet import ACTIVE, batch_all_triplet, triplet_violations

from .rows import Row, compare, compare_norms
from .rule import FixedDropout, images, mask, set_weights
from .shipped import shipped_config
from .training import TOLERANCE, eval_rows, named, norm_rows, optimizer, outputs, samples, total

LOSSES = dict(cls="loss_cls", triplet="loss_triplet", adreal="loss_adv")
RENAMED = {"backbone.": "", "neck.": "", "discriminator.": "ad_net_real."}
RENAMED |= {"head.fc.": "embedder.bottleneck_layer_fc.", "head.classifier.": "classifier.classifier_layer."}


def golden_name(name: str) -> str:
    """Return the authors' name of one of our parameters."""
    return re.sub(r"^(backbone\.|neck\.|discriminator\.|head\.fc\.|head\.classifier\.)", lambda m: RENAMED[m[0]], name)


def build(arch: dict, norm: bool = True) -> nn.Module:
    """Build the model of the shipped config with the weights of the file; its loss terms are not weighted yet."""
    cfg = shipped_config("ssdg_r").model
    cfg.update(num_domains=len(arch["streams"]), reversal_iters=arch["max_iter"])
    cfg.update(triplet_weight=arch["lambda_triplet"], adversarial_weight=arch["lambda_adreal"])
    cfg.head.norm = norm
    return set_weights(MODELS.build(cfg), arch["weight_seed"], golden_name)


def batch(arch: dict, seed: int) -> tuple[Tensor, list[DataSample]]:
    """Return the images of a seed, and their samples: per source real, then spoof."""
    sizes = [(label, domain, n) for domain, pair in enumerate(arch["streams"]) for label, n in zip((1, 0), pair, strict=True)]
    each = [(label, domain) for label, domain, n in sizes for _ in range(n)]
    return images(seed, len(each), arch["image_size"]), samples(*zip(*each, strict=True))


def drop(model: nn.Module, arch: dict, seed: int) -> None:
    """Give both dropouts the masks of the seeds ``seed`` and ``seed + 1``."""
    real, spoof = map(sum, zip(*arch["streams"], strict=True))
    model.head.dropout = FixedDropout(mask(seed, real + spoof, model.head.fc.out_features))
    model.discriminator.dropout = FixedDropout(mask(seed + 1, real, model.discriminator.fc1.out_features))


def check_step(data: dict, section: str) -> Iterator[Row]:
    """Check ``plain``, ``dropout_masks`` and ``norm_flag_false``."""
    arch, want = data["arch"], data[section]
    model = build(arch, norm=section != "norm_flag_false")
    if section == "dropout_masks":
        drop(model, arch, arch["base_seed"] + 50)
    model.discriminator.reversal.count.fill_(want["grl_iter"] - 1)
    x, own = batch(arch, arch["base_seed"])
    with outputs(classifier=model.head.classifier, discriminator=model.discriminator) as calls:
        losses = model.loss(x, own)
    ((feature, logits),) = calls["classifier"]
    got = dict(logits=logits, feature_first8=feature[:, :8], feature_norms=feature.norm(dim=1), loss=total(model, losses))
    got |= dict(discriminator_logits=calls["discriminator"][0][1], grl_coeff=model.discriminator.reversal.coefficient)
    weights = dict(cls=1, triplet=model.triplet_weight, adreal=model.adversarial_weight)
    got |= {f"loss_{name}": losses[ours] / weights[name] for name, ours in LOSSES.items()}
    got |= dict(labels=[int(sample.gt_label) for sample in own])
    clusters = model.clusters(torch.tensor(got["labels"]), torch.tensor([sample.domain_index for sample in own]))
    violations = triplet_violations(feature, clusters, model.margin)
    got |= dict(triplet_labels=clusters, triplets_valid=len(violations), triplets_active=(violations > ACTIVE).sum())
    for name, value in got.items():
        yield compare(f"{section} {name}", value, want[name], TOLERANCE)
    got["loss"].backward()
    yield from compare_norms(f"{section} gradient", named(model, golden_name, gradients=True), want["grad_norms"], TOLERANCE)
    if "bn_after_one_forward" in want:
        yield from norm_rows(f"{section} statistics", model, golden_name, want["bn_after_one_forward"])
    if "eval_logits" in want:
        yield from eval_rows(f"{section} evaluation", model, x, want["eval_logits"])


def check_alone(data: dict, term: str) -> Iterator[Row]:
    """Check the gradients of one unweighted loss."""
    arch = data["arch"] | dict(lambda_triplet=1, lambda_adreal=1)
    model = build(arch)
    model.discriminator.reversal.count.fill_(arch["grl_iter"] - 1)
    model.loss(*batch(arch, arch["base_seed"]))[LOSSES[term]].backward()
    want = data[f"grads_of_{term}_alone"]
    yield from compare_norms(f"{term} alone, gradient", named(model, golden_name, gradients=True), want, TOLERANCE)


def check_trajectory(data: dict) -> Iterator[Row]:
    """Check several steps of SGD."""
    arch, want = data["arch"], data["trajectory"]
    model = build(arch)
    update = optimizer(model, "ssdg_r", arch["lr"])
    model.discriminator.reversal.count.fill_(arch["trajectory_grl_iter"] - 1)
    for step, values in enumerate(want["losses"]):
        seed = arch["base_seed"] + 100 + 10 * step
        drop(model, arch, seed + 1)
        losses = model.loss(*batch(arch, seed))
        weights = dict(cls=1, triplet=model.triplet_weight, adreal=model.adversarial_weight)
        got = {name: losses[ours] / weights[name] for name, ours in LOSSES.items()} | dict(total=total(model, losses))
        for name, value in values.items():
            yield compare(f"trajectory step {step} {name}", got[name], value, TOLERANCE)
        update(got["total"])
    yield compare("trajectory count", model.discriminator.reversal.count, want["grl_iter_of_last_step"], 0.0)
    yield from norm_rows("trajectory statistics", model, golden_name, want["final_bn"])
    yield from compare_norms("trajectory parameter", named(model, golden_name), want["final_param_norms"], TOLERANCE)
    model.head.dropout = nn.Identity()
    yield from eval_rows("trajectory final", model, batch(arch, arch["base_seed"])[0], want["final_eval_logits"])


def check_triplet(data: dict) -> Iterator[Row]:
    """Check the triplet loss of points."""
    for case in data["triplet_cases"]:
        points = torch.from_numpy(np.random.RandomState(case["seed"]).standard_normal((case["n"], 5)))
        labels = torch.tensor(case["labels"])
        points = 3.0 * labels[:, None] + 0.001 * points if case["clustered"] else points * case["scale"]
        loss = batch_all_triplet(points.requires_grad_(), labels)
        loss.backward()
        label = f"triplets of seed {case['seed']}"
        yield compare(f"{label} loss", loss, case["loss"], TOLERANCE)
        yield compare(f"{label} gradient", points.grad.norm(), case["grad_norm"], TOLERANCE)


def check_reversal(data: dict) -> Iterator[Row]:
    """Check the coefficient of the gradient reversal."""
    reversal = GradientReversal(data["arch"]["max_iter"])
    for count, value in data["grl_coeff_table"]:
        reversal.count.fill_(count)
        yield compare(f"reversal {count}", reversal.coefficient, value, TOLERANCE)


def check_lr(data: dict) -> Iterator[Row]:
    """Check the learning rate of the shipped schedule, for several milestones."""
    for epochs, table in data["lr_table"].items():
        cfg = shipped_config("ssdg_r")
        sgd = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=cfg.optim_wrapper.optimizer.lr)
        (schedule,) = cfg.param_scheduler
        schedule.milestones = [10 * int(epochs)]
        scheduler, wrapper = PARAM_SCHEDULERS.build(dict(schedule, optimizer=sgd)), OptimWrapper(sgd)
        rates = []
        for _ in range(max(iteration for iteration, _ in table) + 1):
            rates.append(sgd.param_groups[0]["lr"])
            wrapper.step()
            scheduler.step()
        for iteration, value in table:
            yield compare(f"rate until {epochs}, iteration {iteration}", rates[iteration], value, TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "plain": lambda data: check_step(data, "plain"),
    "dropout_masks": lambda data: check_step(data, "dropout_masks"),
    "norm_flag_false": lambda data: check_step(data, "norm_flag_false"),
    "grads_of_triplet_alone": lambda data: check_alone(data, "triplet"),
    "grads_of_adreal_alone": lambda data: check_alone(data, "adreal"),
    "trajectory": check_trajectory,
    "triplet_cases": check_triplet,
    "grl_coeff_table": check_reversal,
    "lr_table": check_lr,
}
