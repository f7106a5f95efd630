# SPDX-License-Identifier: Apache-2.0
"""ADDA's adaptation, ADA and DR-UDA."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from mmengine.model import BaseDataPreprocessor
from mmengine.optim import OptimWrapperDict, build_optim_wrapper
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from flip_mm.models.losses import draw_triplets

from .rows import Row, compare, compare_norms
from .rule import images, set_weights
from .shipped import shipped_config
from .training import FLOAT32, TOLERANCE, adaptation_samples

COLUMNS = 8
# ours -> theirs; of the critic the numbers of layers, which have a dropout between them here.
RENAMED = (
    (r"^(source\.)?backbone\.", ""),
    (r"^(source\.)?neck\.layers\.0", "fc.0"),
    (r"^(source\.)?neck\.layers\.1", "fc.2"),
    (r"^critic\.3", "critic.layer.2"),
    (r"^critic\.6", "critic.layer.4"),
    (r"^critic\.0", "critic.layer.0"),
    (r"^decoder\.stages\.(\d)", lambda found: f"deconv{int(found[1]) + 1}"),
    (r"^decoder\.", ""),
)


def golden_name(name: str) -> str:
    """Return the authors' name of one of our parameters."""
    for pattern, replacement in RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def build(data: dict, config: str, **settings: object) -> nn.Module:
    """Build the model of a shipped config with the weights of the file."""
    cfg = shipped_config(config).model
    cfg.update(settings)
    cfg.head.loss.margin = data["arch"]["triplet_margin"]
    return set_weights(MODELS.build(cfg), data["arch"]["weight_seed"], golden_name)


def named(model: nn.Module) -> dict[str, nn.Parameter]:
    """Return the trainable parameters by the authors' names; those of the target encoder, where there are two."""
    return {golden_name(name): value for name, value in model.named_parameters() if not name.startswith("source.")}


def statistics_rows(label: str, model: nn.Module, want: Mapping[str, list[float]]) -> Iterator[Row]:
    """Compare the running statistics of the BatchNorms that a model has, without those of the source encoder."""
    for name, norm in model.named_modules():
        if isinstance(norm, _BatchNorm) and not name.startswith("source."):
            mean, var = norm.running_mean, norm.running_var
            got = torch.stack([mean.norm(), mean[0], var.norm(), var[0], norm.num_batches_tracked.double()])
            yield compare(f"{label} statistics {golden_name(name)}", got, want[golden_name(name)], TOLERANCE)


@contextmanager
def gradients(model: nn.Module, optimizers: OptimWrapperDict) -> Iterator[dict[str, dict[str, Tensor | None]]]:
    """Collect the gradients before each optimizer's step: its name -> parameter -> gradient."""
    seen: dict[str, dict] = {}
    names = {parameter: name for name, parameter in named(model).items()}

    def before(key: str) -> Callable:
        def collect(optimizer: torch.optim.Optimizer, *_: object) -> None:
            own = (parameter for group in optimizer.param_groups for parameter in group["params"])
            seen[key] = {names[p]: None if p.grad is None else p.grad.clone() for p in own}

        return collect

    handles = [wrapper.optimizer.register_step_pre_hook(before(key)) for key, wrapper in optimizers.items()]
    yield seen
    for handle in handles:
        handle.remove()


def batch(data: dict) -> dict:
    """Return the source and target images of the adaptation, as a data loader gives them."""
    arch = data["arch"]
    x = [images(arch["base_seed"] + 1 + k, arch["n"] + k, arch["image_size"]) for k in (0, 1)]
    return dict(inputs=torch.cat(x), data_samples=adaptation_samples(labels(arch["n"]), len(x[1])))


def labels(n: int) -> list[int]:
    """Return the labels of the source images: the first half is real."""
    return [int(i < n // 2) for i in range(n)]


def step(data: dict, config: str, **settings: object) -> tuple[nn.Module, dict, dict, dict]:
    """Return a model after a training step; its losses, the gradients, and inputs and outputs of its parts."""
    model = build(data, config, **settings)
    # The images of the file are normalised.
    model.data_preprocessor = BaseDataPreprocessor()
    optimizers = build_optim_wrapper(model, shipped_config(config).optim_wrapper)
    calls: dict[str, list] = {"critic": [], "decoder": []}
    for name, seen in calls.items():
        if hasattr(model, name):
            getattr(model, name).register_forward_hook(lambda _, inputs, output, seen=seen: seen.append((inputs[0], output)))
    with gradients(model, optimizers) as seen:
        losses = model.train_step(batch(data), optimizers)
    return model, losses, seen, calls


def check_source(data: dict) -> Iterator[Row]:
    """Check the triplet loss for given triplets."""
    arch, want = data["arch"], data["source"]
    model = build(data, "ada_source")
    decoder = set_weights(
        MODELS.build(shipped_config("dr_uda").model.decoder), arch["weight_seed"], lambda name: golden_name(f"decoder.{name}")
    )
    # The release decodes here, too, without a loss.
    maps: list[Tensor] = []
    model.backbone.register_forward_hook(lambda _, __, features: maps.append(features[-1].detach()))
    x = images(arch["base_seed"], arch["n"], arch["image_size"])
    samples = [DataSample().set_gt_label(label) for label in labels(arch["n"])]
    features = model.extract_feat(x)
    decoder(*maps)
    embedding = features[-1]
    yield compare("source embedding", embedding[:, :COLUMNS], want["embedding_first8"], TOLERANCE)
    yield compare("source embedding norms", embedding.norm(dim=1), want["embedding_norms"], TOLERANCE)
    triplets = torch.tensor(want["triplets"])
    pairs = draw_triplets(embedding, torch.tensor(labels(arch["n"])), arch["triplet_margin"])[:, :2]
    yield compare("source pairs that have a negative", sorted(pairs.tolist()), sorted(triplets[:, :2].tolist()), 0.0)
    loss = model.head.loss(features, samples, triplets=triplets)["loss"]
    yield compare("source loss", loss, want["loss_triplet"], TOLERANCE)
    loss.backward()
    parameters = {**named(model), **{golden_name(f"decoder.{name}"): value for name, value in decoder.named_parameters()}}
    gradients = {name: p.grad for name, p in parameters.items()}
    yield from compare_norms("source gradient", gradients, want["grad_norms"], TOLERANCE)
    yield from statistics_rows("source", nn.ModuleDict(dict(backbone=model.backbone, decoder=decoder)), want["bn"])


def check_adapt(data: dict) -> Iterator[Row]:
    """Check a step of the critic and one of the target encoder."""
    want, n = data["adapt"], data["arch"]["n"]
    model, losses, seen, calls = step(data, "ada")
    feature, logits = calls["critic"][0]
    yield compare("adapt source feature", feature[:n, :COLUMNS], want["feature_source_first8"], TOLERANCE)
    yield compare("adapt target feature", feature[n:, :COLUMNS], want["feature_target_first8"], TOLERANCE)
    yield compare("adapt critic", logits.log_softmax(1), want["critic_log_probs"], TOLERANCE)
    for name in ("loss_critic", "loss_target"):
        yield compare(f"adapt {name}", losses[name], want[name], TOLERANCE)
    for name in ("critic", "target"):
        norms = {key: value for key, value in want[f"grad_norms_{name}"].items() if not _of_decoder(key)}
        yield from compare_norms(f"adapt gradient of {name}", seen[name], norms, TOLERANCE)
    yield from compare_norms("adapt parameter", named(model), want["param_norms_critic"], TOLERANCE)
    yield from statistics_rows("adapt", model, want["bn_target"])


def check_reconstruction(data: dict) -> Iterator[Row]:
    """Check the reconstruction of the target images."""
    want = data["reconstruction"]
    _, losses, seen, calls = step(data, "dr_uda", phases=(0, 0, 1), reconstruction_weight=data["arch"]["rec_weight"])
    ((_, images_again),) = calls["decoder"]
    yield compare("reconstruction norms", images_again.flatten(1).norm(dim=1), want["norms"], TOLERANCE)
    yield compare("reconstruction loss", losses["loss_reconstruction"], want["loss_weighted"], TOLERANCE)
    yield from compare_norms("reconstruction gradient", seen["target"], want["grad_norms"], TOLERANCE)


def check_knn(data: dict) -> Iterator[Row]:
    """Check the nearest neighbours after the step of ``adapt``."""
    arch, want = data["arch"], data["knn"]
    model = step(data, "ada")[0].eval()
    # The labelled images are those of `source`.
    source = images(arch["base_seed"], arch["n"], arch["image_size"])
    target = images(arch["base_seed"] + 2, arch["n"] + 1, arch["image_size"])
    with torch.no_grad():
        model.head.fill(model.source.extract_feat(source)[-1], torch.tensor(labels(arch["n"])))
        predicted = model.predict(target)
    yield compare("knn label", [int(sample.pred_label) for sample in predicted], want["predict"], 0.0)
    share = torch.stack([sample.pred_score[1] for sample in predicted])
    yield compare("knn share of real", share, want["share_of_real"], FLOAT32)


def _of_decoder(name: str) -> bool:
    return name.startswith(("deconv", "image", "conv."))


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "source": check_source,
    "adapt": check_adapt,
    "reconstruction": check_reconstruction,
    "knn": check_knn,
}
