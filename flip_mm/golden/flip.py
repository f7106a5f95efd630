# SPDX-License-Identifier: Apache-2.0
"""FLIP-V, FLIP-IT, FLIP-MCL and the metrics.

The values are those of the authors' code for a small CLIP with weights and inputs from a formula, so that it needs no weight
file. The models are built from config dicts through the registry and run by ``FLIP.loss`` and ``FLIP.predict``.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import numpy as np
import torch
from mmengine.optim import build_optim_wrapper
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor

from flip_mm.evaluation import functional as F

from .rows import Row, compare

TENSOR, TRAJECTORY, GRADIENT, CANCELLING, AUC = 1e-5, 1e-4, 1e-4, 1e-3, 1e-5
BEFORE_BATCH_NORM = ("image_mlp.layer1.bias", "image_mlp.layer2.bias")
PROJECTOR = {"fc0": "layer1", "bn0": "bn1", "fc1": "layer2", "bn1": "bn2", "fc2": "layer3"}


def model_config(arch: dict, prompts: dict, method: str) -> dict:
    """Config of the golden file's architecture for ``'v'``, ``'it'`` or ``'mcl'``."""
    head = dict(type=f"FLIP{method.upper()}Head")
    if method == "v":
        head |= dict(dropout=0.0)
        # FLIP-V has no text tower and no projection: these sizes are not used.
        arch = {**arch, "embed_dim": 512, "text_width": 64, "text_layers": 1}
    else:
        head |= dict(prompts=prompts)
    if method == "mcl":
        head |= dict(projector=dict(hid_channels=arch["ssl_mlp_dim"], out_channels=arch["ssl_emb_dim"]))
    clip = dict(
        embed_dim=arch["embed_dim"],
        quick_gelu=True,
        vision_cfg=dict(
            image_size=arch["image_size"],
            layers=arch["vision_layers"],
            width=arch["vision_width"],
            patch_size=arch["patch_size"],
        ),
        text_cfg=dict(width=arch["text_width"], heads=arch["text_width"] // 64, layers=arch["text_layers"]),
    )
    return dict(type="FLIP", backbone=dict(type="OpenCLIP", arch=clip, text=method != "v"), head=head)


def golden_name(name: str, method: str) -> str:
    """Return the authors' name of one of our parameters."""
    if name.startswith("head.projector."):
        module, kind = name.removeprefix("head.projector.").split(".")
        return f"image_mlp.{PROJECTOR[module]}.{kind}"
    if method == "v":
        name = name.replace("head.fc.", "embedder.bottleneck_layer_fc.")
        name = name.replace("head.classifier.", "classifier.classifier_layer.")
        return name.replace("backbone.visual.", "backbone.vit.")
    name = name.removeprefix("backbone.").removeprefix("text_tower.").replace("visual_projection", "visual.proj")
    return f"model.{name}" if method == "mcl" else name


def rule_weight(name: str, shape: torch.Size) -> Tensor:
    """Return the weight of a parameter from the formula, float32."""
    name = name.removeprefix("model.").replace("backbone.vit.", "visual.")
    if name == "logit_scale":
        return torch.full(shape, float(np.log(1 / 0.07)))
    noise = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(tuple(shape))
    module = name.split(".")[-2] if "." in name else ""
    if name.endswith(".weight") and module.startswith(("ln_", "bn")):
        value = 1 + 0.1 * noise
    elif name.endswith("bias"):
        value = 0.02 * noise
    else:
        value = noise / np.sqrt(np.prod(shape[1:]) if len(shape) == 4 else shape[-1])
    return torch.from_numpy(value.astype(np.float32))


def build(arch: dict, prompts: dict, method: str) -> torch.nn.Module:
    """Build a model with weights from the formula, in training mode."""
    model = MODELS.build(model_config(arch, prompts, method)).train()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(rule_weight(golden_name(name, method), parameter.shape))
    return model


def images(seed: int, n: int, size: int) -> Tensor:
    """Return normalised images from the formula, (n, 3, size, size) float32."""
    draw = np.random.RandomState(seed).standard_normal((n, 3, size, size))
    return torch.from_numpy(draw.astype(np.float32))


def samples(labels: list[int]) -> list[DataSample]:
    """Data samples with these labels."""
    return [DataSample().set_gt_label(label) for label in labels]


def prompt_matrix(drawn: list[list[int]], prompts: int) -> Tensor:
    """Prompt numbers of every sample -> row-stochastic (N, K) matrix; repeats count."""
    counts = torch.from_numpy(np.stack([np.bincount(row, minlength=prompts) for row in drawn])).float()
    return counts / counts.sum(1, keepdim=True)


def loss(model: torch.nn.Module, batch: dict, seed: int, size: int) -> tuple[dict[str, Tensor], Tensor]:
    """Return the loss terms of FLIP-MCL by name, and their sum, for a batch of the file."""
    n, k = len(batch["labels"]), model.head.class_prompts.counts[0]
    views = [images(seed + offset, n, size) for offset in (0, 2, 3)]
    fixed = tuple(prompt_matrix(batch[f"prompt_views_{i}"], k) for i in (1, 2))
    terms = model.loss(views, samples(batch["labels"]), prompt_views=fixed)
    return terms, model.parse_losses(terms)[0]


def gradient_rows(model: torch.nn.Module, method: str, want: dict[str, float]) -> Iterator[Row]:
    """Compare the gradient norms of all parameters in the file."""
    got = {golden_name(name, method): p.grad.double().norm().item() for name, p in model.named_parameters()}
    for name, value in want.items():
        label = f"{method} gradient {name}"
        if name not in got:
            yield Row(f"{label} (the model has no such parameter)", float("inf"), GRADIENT)
        elif name in BEFORE_BATCH_NORM:
            yield Row(f"{label} (zero)", got[name], GRADIENT)
        else:
            tolerance = CANCELLING if method == "mcl" and name.endswith("visual.ln_post.bias") else GRADIENT
            yield compare(label, got[name], value, tolerance)


def predict_rows(label: str, model: torch.nn.Module, x: Tensor, want: list, tolerance: float = TENSOR) -> Iterator[Row]:
    """Compare logits and the scores of ``FLIP.predict`` in evaluation mode."""
    model.eval()
    with torch.no_grad():
        yield compare(f"{label} logits", model(x), want, tolerance)
        scores = torch.stack([sample.pred_score for sample in model.predict(x)])
    yield compare(f"{label} scores of predict", scores, torch.tensor(want).softmax(1), tolerance)


def check_it(data: dict, prompts: dict) -> Iterator[Row]:
    """Check FLIP-IT."""
    want, arch = data["it"], data["arch"]
    model = build(arch, prompts, "it")
    x = images(data["base_seed"], data["n"], arch["image_size"])
    norms = model.backbone.encode_text(model.head.prompts).norm(dim=1).split(model.head.class_prompts.counts)
    for row, name in zip(norms, ("spoof", "real"), strict=True):
        yield compare(f"it prompt norms {name}", row, data["text_embed_norms"][name], TENSOR)
    total, _ = model.parse_losses(model.loss(x, samples(data["labels"])))
    total.backward()
    yield compare("it loss", total, want["loss"], TENSOR)
    yield from gradient_rows(model, "it", want["grad_norms"])
    yield from predict_rows("it", model, x, want["logits"])


def check_mcl(data: dict, prompts: dict) -> Iterator[Row]:
    """Check one step of FLIP-MCL."""
    want, arch = data["mcl"], data["arch"]
    model = build(arch, prompts, "mcl")
    x = images(data["base_seed"], data["n"], arch["image_size"])
    yield compare("mcl logits", model(x), want["logits"], TENSOR)
    terms, total = loss(model, {**want, "labels": data["labels"]}, data["base_seed"], arch["image_size"])
    total.backward()
    for name, term in {**terms, "loss": total}.items():
        yield compare(f"mcl {name}", term, want[name], TENSOR)
    yield from gradient_rows(model, "mcl", want["grad_norms"])
    yield from predict_rows("mcl eval", model, x, want["eval_logits"])


def check_trajectory(data: dict, prompts: dict) -> Iterator[Row]:
    """Check several optimizer steps of FLIP-MCL."""
    want, arch = data["trajectory"], data["arch"]
    model = build(arch, prompts, "mcl")
    adam = dict(type=want["optimizer"], lr=want["lr"], weight_decay=want["weight_decay"])
    optimizer = build_optim_wrapper(model, dict(type="OptimWrapper", optimizer=adam))
    for s, step in enumerate(want["steps"]):
        terms, total = loss(model, step, data["base_seed"] + 100 + 10 * s, arch["image_size"])
        for name, term in {**terms, "loss": total}.items():
            yield compare(f"trajectory step {s} {name}", term, step[name], TRAJECTORY)
        optimizer.update_params(total)
    x = images(data["base_seed"], data["n"], arch["image_size"])
    yield from predict_rows("trajectory final", model, x, want["final_eval_logits"], TRAJECTORY)


def check_v(data: dict) -> Iterator[Row]:
    """Check FLIP-V."""
    arch = data["arch"]
    model = build(arch, {}, "v")
    x = images(data["base_seed"], data["n"], arch["image_size"])
    feature = model.extract_feat(x, stage="pre_logits")
    yield compare("v feature", feature[:, : len(data["feature"][0])], data["feature"], TENSOR)
    yield compare("v logits", model(x), data["logits"], TENSOR)
    yield compare("v logits, second forward", model(x), data["logits_second_forward"], TENSOR)
    total, _ = model.parse_losses(model.loss(x, samples(data["labels"])))
    total.backward()
    yield compare("v loss", total, data["loss"], TENSOR)
    yield from gradient_rows(model, "v", data["grad_norms"])
    yield from predict_rows("v", model, x, data["logits"])


def frames(case: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return video, score and label of every frame of a case, stored or from the formula."""
    if case.get("score") is not None:
        return np.array(case["video"]), np.array(case["score"]), np.array(case["label"])
    rs = np.random.RandomState(case["seed"])
    labels = rs.randint(0, 2, case["videos"])
    labels[:2] = 0, 1
    video = np.repeat(np.arange(case["videos"]), case["frames"])
    label = labels[video]
    score = 1 / (1 + np.exp(-(rs.standard_normal(len(video)) + 2 * case["separation"] * (label - 0.5))))
    score = np.round(score, 2) if case["rounded"] else score
    order = rs.permutation(len(video))
    return video[order], score[order], label[order]


def check_metrics(data: list[dict]) -> Iterator[Row]:
    """Check the metrics of every case."""
    for case in data:
        label = f"metrics seed {case['seed']}"
        video = F.average_videos(*frames(case))
        at_eer = F.metrics_at(video.scores, video.labels)
        half = F.metrics_at(video.scores, video.labels, 0.5)
        for name, value in {
            "HTER": at_eer.hter,
            "EER": at_eer.eer,
            "threshold": at_eer.threshold,
            "ACC": at_eer.acc,
        }.items():
            yield compare(f"{label} {name}", value, case[name], 0.0)
        yield compare(f"{label} TPR_at_FPR1", at_eer.tpr_at_fpr1, case["TPR_at_FPR1"], 0.0)
        yield Row(f"{label} AUC", abs(at_eer.auc - case["AUC"]), AUC)
        for name, value in {"APCER05": half.far, "BPCER05": half.frr, "ACER05": half.hter}.items():
            yield compare(f"{label} {name}", value, case[name], 0.0)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "it": lambda data: check_it(data["models"], data["prompts"]),
    "mcl": lambda data: check_mcl(data["models"], data["prompts"]),
    "trajectory": lambda data: check_trajectory(data["models"], data["prompts"]),
    "v": lambda data: check_v(data["flip_v"]),
    "metrics": lambda data: check_metrics(data["metrics"]),
}


def parts(data: dict) -> list[str]:
    """Return the parts of :data:`CHECKS` that a file contains."""
    models = data.get("models")
    inside = models if isinstance(models, dict) else {}
    return [part for part in CHECKS if part in inside or part in data or f"flip_{part}" in data]
