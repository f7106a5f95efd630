# SPDX-License-Identifier: Apache-2.0
"""SSAN-R."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from mmpretrain.registry import MODELS
from sklearn.metrics import roc_auc_score, roc_curve
from torch import Tensor, nn

from flip_mm.models.classifiers.ssan import contrast
from flip_mm.models.necks.style_assembly import adain

from .rows import Row, compare, compare_norms
from .rule import FixedDropout, images, mask, set_weights
from .shipped import shipped_config
from .training import TOLERANCE, eval_rows, named, norm_rows, optimizer, outputs, samples, total

LOSSES = dict(cls="loss_cls", contrast="loss_contrast", adv="loss_adv")
# Convolutions of the authors' class that its forward pass does not use.
UNUSED = "adaIN_layers."
TRAJECTORY = 1e-6
# First part of our name -> theirs.
RENAMED = {
    "backbone.": "",
    "head.fc.": "cls_head.",
    "discriminator.": "dis.",
    "neck.content_conv.": "layer4.",
    "neck.style_convs.0.": "ada_conv1.0.",
    "neck.style_convs.1.": "ada_conv2.0.",
    "neck.style_convs.2.": "ada_conv3.0.",
    "neck.fc.": "FC.0.",
    "neck.final.": "conv_final.",
    "neck.": "",
}
FIRST = re.compile("|".join(map(re.escape, RENAMED)))


def golden_name(name: str) -> str:
    """Return the authors' name of one of our parameters."""
    return FIRST.sub(lambda m: RENAMED[m[0]], name, count=1)


def build(arch: dict, grl: bool = False) -> nn.Module:
    """Build the model of the shipped config with the weights of the file."""
    cfg = shipped_config("ssan_r").model
    # The discriminator of the release always has three outputs.
    cfg.update(num_domains=max(3, max(arch["domains"]) + 1), grl=grl, reversal_iters=arch["max_iter"])
    return set_weights(MODELS.build(cfg), arch["weight_seed"], golden_name)


def losses(model: nn.Module, arch: dict, seed: int, order: list[int]) -> dict[str, Tensor]:
    """Return the losses for the images of a seed, which take styles in this order."""
    x = images(seed, arch["n"], arch["image_size"])
    return model.loss(x, samples(arch["labels"], arch["domains"]), order=torch.tensor(order))


def drop(model: nn.Module, seed: int, n: int) -> None:
    """Give the discriminator's dropout the mask of a seed."""
    model.discriminator.dropout = FixedDropout(mask(seed, n, model.discriminator.fc1.out_features))


def parameter_rows(label: str, got: Mapping[str, Tensor | None], want: Mapping, tolerance: float = TOLERANCE) -> Iterator[Row]:
    """Compare norms; gradients of the unused convolutions must be None in the file."""
    unused = {name: value for name, value in want.items() if name.startswith(UNUSED)}
    if "gradient" in label:
        yield from compare_norms(label, dict.fromkeys(unused), unused, tolerance)
    yield from compare_norms(label, got, {name: value for name, value in want.items() if name not in unused}, tolerance)


def check_step(data: dict, section: str) -> Iterator[Row]:
    """Check ``plain``, ``dropout_mask`` and ``reversed``."""
    arch, want = data["arch"], data[section]
    model = build(arch, grl=section == "reversed")
    if section == "dropout_mask":
        drop(model, arch["base_seed"] + 50, arch["n"])
    if section == "reversed":
        model.discriminator.reversal.count.fill_(arch["reversal_iter"] - 1)
    with outputs(head=model.head.fc, final=model.neck.final, discriminator=model.discriminator) as calls:
        terms = losses(model, arch, arch["base_seed"], arch["permutation"])
    anchors, shuffled = (maps.mean(dim=(2, 3)) for _, maps in calls["final"])
    got = dict(logits=calls["head"][0][1], anchor_first8=anchors[:, :8], shuffled_first8=shuffled[:, :8])
    got |= dict(discriminator_logits=calls["discriminator"][0][1], loss=total(model, terms))
    got |= {f"loss_{name}": terms[ours] for name, ours in LOSSES.items()}
    label = np.array(arch["labels"])
    got |= dict(contrast_signs=np.where(label == label[arch["permutation"]], 1, -1))
    got |= dict(coeff=model.discriminator.reversal.coefficient) if section == "reversed" else {}
    for name in [name for name in got if name in want]:
        yield compare(f"{section} {name}", got[name], want[name], TOLERANCE)
    got["loss"].backward()
    yield from parameter_rows(f"{section} gradient", named(model, golden_name, gradients=True), want["grad_norms"])
    if "bn_after_one_forward" in want:
        yield from norm_rows(f"{section} statistics", model, golden_name, want["bn_after_one_forward"])
    if "eval_logits" in want:
        yield from check_evaluation(model, arch, want)


def check_evaluation(model: nn.Module, arch: dict, want: dict) -> Iterator[Row]:
    """Check what the model gives in evaluation mode after one forward pass."""
    x = images(arch["base_seed"], arch["n"], arch["image_size"])
    yield from eval_rows("evaluation", model, x, want["eval_logits"])
    model.eval()
    with torch.no_grad():
        feats = model.backbone(x)
        content, (gamma, beta) = model.neck.content(feats), model.neck.style(feats)
        got = dict(gamma=gamma, beta=beta, content=content.mean(dim=(2, 3)), feature=model.extract_feat(x)[0])
        scores = model(x).softmax(1)[:, 1]
    for name, value in got.items():
        yield compare(f"evaluation {name}", value[:, :8], want[f"eval_{name}_first8"], TOLERANCE)
    yield compare("evaluation scores", scores, want["eval_real_score"], TOLERANCE)


def check_alone(data: dict, term: str) -> Iterator[Row]:
    """Check the gradients of one loss."""
    arch = data["arch"]
    model = build(arch)
    losses(model, arch, arch["base_seed"], arch["permutation"])[LOSSES[term]].backward()
    want = data[f"grads_of_{term}_alone"]
    yield from parameter_rows(f"{term} alone, gradient", named(model, golden_name, gradients=True), want)


def check_trajectory(data: dict) -> Iterator[Row]:
    """Check several steps of Adam."""
    arch, want = data["arch"], data["trajectory"]
    model = build(arch)
    update = optimizer(model, "ssan_r", arch["lr"])
    for step, (values, order) in enumerate(zip(want["losses"], want["permutations"], strict=True)):
        seed = arch["base_seed"] + 100 + 10 * step
        drop(model, seed + 1, arch["n"])
        terms = losses(model, arch, seed, order)
        got = {name: terms[ours] for name, ours in LOSSES.items()} | dict(total=total(model, terms))
        for name, value in values.items():
            yield compare(f"trajectory step {step} {name}", got[name], value, TRAJECTORY)
        update(got["total"])
    for row in norm_rows("trajectory statistics", model, golden_name, want["final_bn"]):
        yield row._replace(tolerance=TRAJECTORY)
    yield from parameter_rows("trajectory parameter", named(model, golden_name), want["final_param_norms"], TRAJECTORY)
    x = images(arch["base_seed"], arch["n"], arch["image_size"])
    yield from eval_rows("trajectory final", model, x, want["final_eval_logits"], TRAJECTORY)


def check_contrast(data: dict) -> Iterator[Row]:
    """Check the contrastive loss of points."""
    for case in data["contrast_cases"]:
        state = np.random.RandomState(case["seed"])
        first, second = (torch.from_numpy(state.standard_normal((case["n"], 6))).requires_grad_() for _ in range(2))
        loss = contrast(first, second, torch.tensor(case["signs"]) == 1)
        loss.backward()
        label = f"contrast of seed {case['seed']}"
        yield compare(f"{label} loss", loss, case["loss"], TOLERANCE)
        yield compare(f"{label} gradient", second.grad.norm(), case["grad_norm_second"], TOLERANCE)
        yield compare(f"{label} anchors have no gradient", first.grad is None, case["grad_of_first_is_none"], 0.0)


def check_adain(data: dict) -> Iterator[Row]:
    """Check the normalisation of maps."""
    for case in data["adain_cases"]:
        state = np.random.RandomState(case["seed"])
        x, gamma, beta = (torch.from_numpy(state.standard_normal(shape)) for shape in (case["shape"], (2, 3), (2, 3)))
        result = adain(x, gamma, beta)
        yield compare(f"AdaIN of seed {case['seed']}, norm", result.norm(), case["output_norm"], TOLERANCE)
        yield compare(f"AdaIN of seed {case['seed']}", result[:, :, 0, 0], case["output_first_pixel"], TOLERANCE)


def operating_point(scores: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the metrics of SSAN's release, which chooses a point of scikit-learn's curve; ours are FLIP's."""
    far, tpr, thresholds = roc_curve(labels, scores)
    best = int(np.abs(tpr + far - 1).argmin())
    threshold, own_far, frr = thresholds[best], far[best], 1 - tpr[best]
    # A spoof score equal to the threshold counts as right.
    errors = (scores[labels == 1] < threshold).sum() + (scores[labels == 0] > threshold).sum()
    result = dict(FAR=own_far, FRR=frr, HTER=(own_far + frr) / 2, EER=own_far, AUC=roc_auc_score(labels, scores))
    return result | dict(ACC=1 - errors / len(labels))


def check_metrics(data: dict) -> Iterator[Row]:
    """Check the metrics of the release."""
    for number, case in enumerate(data["metrics"]):
        got = operating_point(np.array(case["score"]), np.array(case["label"]))
        for name, value in got.items():
            yield compare(f"metrics {number} {name}", value, case[name], TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "plain": lambda data: check_step(data, "plain"),
    "dropout_mask": lambda data: check_step(data, "dropout_mask"),
    "reversed": lambda data: check_step(data, "reversed"),
    "grads_of_cls_alone": lambda data: check_alone(data, "cls"),
    "grads_of_contrast_alone": lambda data: check_alone(data, "contrast"),
    "grads_of_adv_alone": lambda data: check_alone(data, "adv"),
    "trajectory": check_trajectory,
    "metrics": check_metrics,
    "contrast_cases": check_contrast,
    "adain_cases": check_adain,
}
