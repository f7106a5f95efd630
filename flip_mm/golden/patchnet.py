# SPDX-License-Identifier: Apache-2.0
"""PatchNet; the values are those of a third party's loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isqrt

import numpy as np
import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.labels import BONA_FIDE
from flip_mm.models.classifiers.patchnet import SIMILARITIES

from .rows import Row, compare, compare_norms
from .rule import images, set_weights, weight
from .shipped import shipped_config
from .training import FLOAT32, TOLERANCE, named, norm_rows, outputs, total

# Width of the features of `loss_cases`.
CASE_CHANNELS = 6
SPOOF = "spoof"


def same(name: str) -> str:
    """Return our parameter's name, which is also the one in the file."""
    return name


def margins(arch: dict) -> dict[str, float]:
    """Return the arguments of the head in the file."""
    return dict(scale=arch["s"], live_margin=arch["m_live"], spoof_margin=arch["m_spoof"])


def build(arch: dict) -> nn.Module:
    """Build the model of the shipped config with the weights and as many classes as in the file."""
    cfg = shipped_config("patchnet").model
    numbers = range(arch["num_classes"])
    cfg.fine_classes = [f"O/{number}/{BONA_FIDE if number < arch['num_live'] else SPOOF}" for number in numbers]
    cfg.head.update(margins(arch))
    cfg.update(patch_size=arch["image_size"], similarity_weight=arch["alpha"][1])
    return set_weights(MODELS.build(cfg), arch["weight_seed"], same)


def samples(arch: dict) -> list[DataSample]:
    """Return the samples of a batch, which tell their fine class by their camera and material."""
    kinds = [BONA_FIDE if label < arch["num_live"] else SPOOF for label in arch["labels"]]
    return [
        DataSample(metainfo=dict(domain="O", device=str(label), medium="", attack_type=kind))
        for label, kind in zip(arch["labels"], kinds, strict=True)
    ]


def losses(model: nn.Module, arch: dict) -> dict[str, Tensor]:
    """Return the losses for the first two batches of patches of the file."""
    n, seed = len(arch["labels"]), arch["base_seed"]
    return model.loss([images(seed + view, n, arch["image_size"]) for view in (0, 1)], samples(arch))


def check_step(data: dict) -> Iterator[Row]:
    """Check the losses of two patches, and their gradients."""
    arch, want = data["arch"], data["step"]
    model = build(arch)
    with outputs(neck=model.neck) as calls:
        terms = losses(model, arch)
    first, second = (pooled[-1] for _, pooled in calls["neck"])
    classes = model.classes(samples(arch))
    got = dict(feature1_first8=first[:, :8], feature2_norms=second.norm(dim=1), loss=total(model, terms))
    got |= dict(loss_cls_1=model.head.loss(first, classes), loss_cls_2=model.head.loss(second, classes))
    squared = SIMILARITIES["squared"](F.normalize(first) - F.normalize(second))
    got |= dict(loss_sim_l2=terms["loss_similarity"] / model.similarity_weight, loss_sim_squared=squared)
    for name, value in got.items():
        yield compare(f"step {name}", value, want[name], TOLERANCE)
    yield compare("step loss_cls", terms["loss_cls"], want["loss_cls_1"] + want["loss_cls_2"], TOLERANCE)
    got["loss"].backward()
    yield from compare_norms("step gradient", named(model, same, gradients=True), want["grad_norms"], TOLERANCE)
    yield from norm_rows("step statistics", model, same, want["bn"])


def check_evaluation(data: dict) -> Iterator[Row]:
    """Check the scores of images that are made of the file's patches, after the forward pass of the step."""
    arch, want = data["arch"], data["eval"]
    model = build(arch)
    model.grid = isqrt(want["patches"])
    losses(model, arch)
    count, side = len(want["score"]), arch["image_size"]
    patches = images(arch["base_seed"] + 2, count * want["patches"], side)
    rows = patches.unflatten(0, (count, model.grid, model.grid)).movedim(3, 1)
    x = rows.permute(0, 1, 2, 4, 3, 5).reshape(count, 3, model.grid * side, model.grid * side)
    model.eval()
    with torch.no_grad():
        yield compare("probabilities of patches", model.live_probabilities(x), want["live_prob"], TOLERANCE)
        yield compare("scores", model(x).exp()[:, 1], want["score"], TOLERANCE)
        scores = [sample.pred_score[1] for sample in model.predict(x)]
    yield compare("scores of predict", scores, want["score"], FLOAT32)


def check_losses(data: dict) -> Iterator[Row]:
    """Check the margin softmax of points."""
    arch = data["arch"]
    for case in data["loss_cases"]:
        labels = torch.tensor(case["labels"])
        classes = max(case["labels"]) + 1
        live = [number < case["num_live"] for number in range(classes)]
        head = MODELS.build(dict(type="AMSoftmaxHead", in_channels=CASE_CHANNELS, live=live, **margins(arch))).double()
        head.weight.data = weight("case.weight", head.weight.shape, arch["weight_seed"])
        draws = np.random.RandomState(case["seed"]).standard_normal((len(labels), CASE_CHANNELS))
        points = torch.from_numpy(draws * case["scale"]).requires_grad_()
        loss = head.loss(points, labels)
        loss.backward()
        got = dict(loss=loss, grad_norm_x=points.grad.norm(), grad_norm_w=head.weight.grad.norm())
        got |= dict(live_prob=head.live_probability(points))
        for name, value in got.items():
            yield compare(f"case {case['seed']} {name}", value, case[name], TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "step": check_step,
    "eval": check_evaluation,
    "loss_cases": check_losses,
}
