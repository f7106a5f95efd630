# SPDX-License-Identifier: Apache-2.0
"""DiVT-M: values of its equations with timm's MobileViT-S."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import timm
import torch
from mmengine.optim import build_optim_wrapper
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from flip_mm.labels import BONA_FIDE

from .rows import Row, compare, compare_norms
from .rule import images, set_weights
from .shipped import shipped_config
from .training import TOLERANCE, named

COLUMNS = 8
# Key of the file -> reduction of the term.
REDUCTIONS = {"loss_dic_mean_over_real": "real", "loss_dic_over_batch": "batch", "loss_dic_unpooled_map": "map"}


def golden_names(model: nn.Module, classes: int) -> Mapping[str, str]:
    """Return our names -> timm's names; both have the parameters in the same order."""
    theirs = timm.create_model("mobilevit_s", num_classes=classes).named_parameters()
    return {ours: name for (ours, _), (name, _) in zip(model.named_parameters(), theirs, strict=True)}


def build(arch: dict) -> nn.Module:
    """Build the model of the shipped config with the classes and weights of the file; the loss divides by real images."""
    cfg = shipped_config("divt_m").model
    cfg.backbone.init_cfg = None
    attacks = {str(number): [str(number)] for number in range(arch["num_classes"]) if number != arch["real"]}
    cfg.head.update(attacks=None, concentration=arch["lambda"], reduction="real")
    cfg.head.attacks = attacks
    model = MODELS.build(cfg)
    model = set_weights(model, arch["weight_seed"], golden_names(model, arch["num_classes"]).get)
    # Our first class is real, whatever its number in the file.
    order = class_order(arch)
    for parameter in model.head.fc.parameters():
        parameter.data = parameter.data[order]
    return model


def class_order(arch: dict) -> list[int]:
    """Return the numbers of our classes in the file: real first."""
    return [arch["real"], *(number for number in range(arch["num_classes"]) if number != arch["real"])]


def sorted_back(arch: dict) -> list[int]:
    """Return the numbers of the file's classes in ours."""
    order = class_order(arch)
    return [order.index(number) for number in range(len(order))]


def batch(arch: dict) -> tuple[Tensor, list[DataSample]]:
    """Return the images of the file and their samples."""
    labels = arch["labels"]
    types = [BONA_FIDE if label == arch["real"] else str(label) for label in labels]
    samples = [DataSample(metainfo=dict(attack_type=kind)).set_gt_label(int(kind == BONA_FIDE)) for kind in types]
    return images(arch["base_seed"], len(labels), arch["image_size"]), samples


def check_step(data: dict) -> Iterator[Row]:
    """Check features, losses and gradients of one training step."""
    arch, want = data["arch"], data["step"]
    x, samples = batch(arch)
    model = build(arch)
    embedding = model.extract_feat(x, stage="pre_logits")
    yield compare("step embedding", embedding[:, :COLUMNS], want["embedding_first8"], TOLERANCE)
    yield compare("step l1 norms", embedding.abs().sum(1), want["embedding_l1"], TOLERANCE)
    yield compare("step logits", model(x)[:, sorted_back(arch)], want["logits"], TOLERANCE)
    for key, reduction in REDUCTIONS.items():
        model.head.reduction = reduction
        losses = model.loss(x, samples)
        yield compare(f"step {key}", losses["loss_concentration"] / arch["lambda"], want[key], TOLERANCE)
    model.head.reduction = "real"
    losses = model.loss(x, samples)
    total, _ = model.parse_losses(losses)
    total.backward()
    yield compare("step loss_dia", losses["loss_ce"], want["loss_dia"], TOLERANCE)
    yield compare("step loss", total, want["loss"], TOLERANCE)
    names = golden_names(model, arch["num_classes"])
    gradients = named(model, names.__getitem__, gradients=True)
    yield from compare_norms("step gradient", gradients, want["grad_norms"], TOLERANCE)
    layers = sum(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    yield compare("step number of batch normalisations", layers, want["bn_count"], 0.0)


def check_scores(data: dict) -> Iterator[Row]:
    """Check the scores in evaluation mode, after one training forward pass."""
    arch = data["arch"]
    model, (x, samples) = build(arch), batch(arch)
    model.loss(x, samples)
    with torch.no_grad():
        scores = torch.stack([sample.pred_score for sample in model.eval().predict(x)])
    yield compare("scores of predict", scores[:, 1], data["eval_prob_real"], TOLERANCE)


def check_update(data: dict) -> Iterator[Row]:
    """Check the norm of all parameters after one update by the optimizer of the shipped config."""
    arch = data["arch"]
    model = build(arch)
    total, _ = model.parse_losses(model.loss(*batch(arch)))
    build_optim_wrapper(model, shipped_config("divt_m").optim_wrapper).update_params(total)
    norm = torch.cat([parameter.flatten() for parameter in model.parameters()]).norm()
    yield compare("norm of the parameters after a step", norm, data["param_norm_total_after_step"], TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "step": check_step,
    "eval_prob_real": check_scores,
    "param_norm_total_after_step": check_update,
}
