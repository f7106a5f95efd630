# SPDX-License-Identifier: Apache-2.0
"""MADDG: the steps of its three optimizers, and its triplet loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from mmengine.optim import build_optim_wrapper
from torch import Tensor, nn

from flip_mm.models.classifiers.maddg import critic_loss, squared_distance
from flip_mm.models.losses import cross_domain_triplets

from .depthnet import Recorder, bn_rows, gradient_rows, names_in_file, parameters, samples, shipped_model
from .rows import Row, compare, compare_norms
from .rule import images, set_weights, unit
from .shipped import shipped_config
from .training import TOLERANCE

SOURCES = 3
NAMES = {
    r"backbone\.stem\.(conv|norm)": lambda m: f"FeatExtractor.inc.conv.{int(m[1] == 'norm')}",
    r"backbone\.stages\.(\d)\.(\d)\.(conv|norm)": lambda m: (
        f"FeatExtractor.down{int(m[1]) + 1}.mpconv.0.downconv.{3 * int(m[2]) + (m[3] == 'norm')}"
    ),
    r"depth_estimator\.blocks\.(\d)\.(conv|norm)": lambda m: f"DepthEstmator.conv.{3 * int(m[1]) + (m[2] == 'norm')}",
    r"embedder\.blocks\.(\d)\.(conv|norm)": lambda m: f"FeatEmbedder.conv.{4 * int(m[1]) + (m[2] == 'norm')}",
    r"embedder\.hidden\.(\d)": lambda m: f"FeatEmbedder.classifier.{m[1]}",
    r"embedder\.fc": lambda m: "FeatEmbedder.classifier.3",
    r"critics\.0\.(\d)": lambda m: f"Discriminator.model.{m[1]}",
}


def build(arch: dict, with_critics: bool = False) -> tuple[nn.Module, dict[str, str]]:
    """Build the model with weights from the formula, and return it with the names of its parameters in the file."""
    options = dict(num_domains=SOURCES) if with_critics else dict(critic_channels=None)
    model = shipped_model("maddg", **options)
    names = names_in_file(model, NAMES)
    return set_weights(model, arch["weight_seed"], names.get), names


def batch(arch: dict) -> dict:
    """Return the training batch of all sources."""
    n, size, seed = arch["batchsize"], arch["image_size"], arch["base_seed"]
    depth = unit(seed + 1, (2 * SOURCES * n, 1, size // 8, size // 8))
    return dict(
        inputs=images(seed, 2 * SOURCES * n, size, 6),
        data_samples=samples(sources(n)[0].tolist(), sources(n)[1].tolist(), depth),
    )


def sources(n: int) -> tuple[Tensor, Tensor]:
    """Return labels and domains of a batch of n images of each (source, class)."""
    return torch.tensor([1] * n + [0] * n).repeat(SOURCES), torch.arange(SOURCES).repeat_interleave(2 * n)


def check_depth_step(data: dict) -> Iterator[Row]:
    """Check the loss of the first optimizer."""
    arch, want = data["arch"], data["depth_step"]
    model, names = build(arch)
    maps, depth = Recorder(model.backbone), Recorder(model.depth_estimator)
    losses = model.depth_losses(**batch(arch))
    losses["loss_depth"].backward()
    every, last = maps.values[0]
    yield compare("depth_step cat norms", every.flatten(1).norm(dim=1), want["cat_norms"], TOLERANCE)
    yield compare("depth_step features", last[:, :4, 0, 0], want["feat_first4"], TOLERANCE)
    yield compare("depth_step depth", depth.values[0].flatten(1)[:, :8], want["depth_first8"], TOLERANCE)
    yield compare("depth_step loss_depth", losses["loss_depth"], want["loss_depth"], TOLERANCE)
    yield from gradient_rows("depth_step gradient", model, names, want["grad_norms"])


def check_g_step(data: dict) -> Iterator[Row]:
    """Check the losses of the second optimizer, without critics."""
    arch, want = data["arch"], data["g_step"]
    model, names = build(arch)
    embedder = Recorder(model.embedder)
    _, losses = model.generator_losses(**batch(arch))
    sum(losses.values()).backward()
    features, logits = embedder.values[0]
    first = nn.functional.normalize(features, dim=1)[:, :8]
    yield compare("g_step embedding", first, want["embedding_first8"], TOLERANCE)
    yield compare("g_step logits", logits[:, 0], want["logits"], TOLERANCE)
    for name, value in losses.items():
        yield compare(f"g_step {name}", value, want[name], TOLERANCE)
    yield from gradient_rows("g_step gradient", model, names, want["grad_norms"])


def after_both_passes(arch: dict) -> tuple[nn.Module, dict[str, str]]:
    """Build the model, and run the forward passes of the first two optimizers without a step."""
    model, names = build(arch)
    model.loss(**batch(arch))
    return model, names


def check_bn(data: dict) -> Iterator[Row]:
    """Check the running statistics after both passes."""
    yield from bn_rows("both passes", *after_both_passes(data["arch"]), data["bn"])


def check_eval(data: dict) -> Iterator[Row]:
    """Check scores and depth maps in evaluation mode, after both passes."""
    want = data["eval"]
    model, _ = after_both_passes(data["arch"])
    model.eval()
    x = batch(data["arch"])["inputs"]
    with torch.no_grad():
        scores = [sample.pred_score[1].item() for sample in model.predict(x)]
        depth = model.depth_estimator(model.extract_feat(x)[0])
    yield compare("eval score", scores, want["score"], TOLERANCE)
    yield compare("eval depth norms", depth.flatten(1).norm(dim=1), want["depth_norms"], TOLERANCE)


def check_trajectory(data: dict) -> Iterator[Row]:
    """Check one update of the first two optimizers, without critics."""
    arch, want = data["arch"], data["trajectory"]
    model, names = build(arch)
    cfg = shipped_config("maddg").optim_wrapper
    cfg.depth.optimizer.lr, cfg.generator.optimizer.lr = arch["lr_depth"], arch["lr_conf"]
    del cfg["critics"]
    cfg.constructor = f"mmpretrain.{cfg.constructor}"
    terms = model.train_step(batch(arch), build_optim_wrapper(model, cfg))
    for name in ("loss_depth", "loss_triplet", "loss_cls"):
        yield compare(f"trajectory {name}", terms[name], want[name], TOLERANCE)
    yield from compare_norms("trajectory", parameters(model, names), want["param_norms"], TOLERANCE)


def check_critic(data: dict) -> Iterator[Row]:
    """Check the loss of the generator against a critic, and that of the critic."""
    arch, want = data["arch"], data["critic"]
    model, names = build(arch, with_critics=True)
    critic, channels = model.critics[0], model.backbone.out_channels[1]
    real = images(arch["base_seed"] + 5, 4, 32, channels).abs()
    generated = images(arch["base_seed"] + 6, 6, 32, channels).abs().requires_grad_()
    outputs = Recorder(critic)
    deceived = squared_distance(critic(generated), 1)
    deceived.backward()
    yield compare("critic loss_generator", deceived, want["loss_generator"], TOLERANCE)
    yield compare("critic outputs", outputs.values[0].flatten(1)[:, :4], want["outputs_first4"], TOLERANCE)
    yield compare("critic gradient on the features", generated.grad.norm(), want["grad_norm_features"], TOLERANCE)
    critic.zero_grad()
    loss = critic_loss(critic, real, generated.detach())
    loss.backward()
    yield compare("critic loss_critic", loss, want["loss_critic"], TOLERANCE)
    for name, scores, value in zip(("real", "fake"), outputs.values[1:], (1, 0), strict=True):
        yield compare(f"critic {name}", squared_distance(scores, value), want[name], TOLERANCE)
    yield from gradient_rows("critic gradient", model, names, want["grad_norms"])


def check_triplet_cases(data: dict) -> Iterator[Row]:
    """Check the triplet loss and its gradient."""
    for case in data["triplet_cases"]:
        n, label = case["batchsize"], f"triplet seed {case['seed']}"
        # Unlike all other inputs, these are not rounded to float32.
        draws = np.random.RandomState(case["seed"]).standard_normal((2 * SOURCES * n, 5))
        features = torch.from_numpy(draws * case["scale"]).requires_grad_()
        loss = cross_domain_triplets(features, *sources(n))
        loss.backward()
        yield compare(f"{label} loss", loss, case["loss"], TOLERANCE)
        yield compare(f"{label} gradient", features.grad.norm(), case["grad_norm"], TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "depth_step": check_depth_step,
    "g_step": check_g_step,
    "bn": check_bn,
    "eval": check_eval,
    "critic": check_critic,
    "trajectory": check_trajectory,
    "triplet_cases": check_triplet_cases,
}
