# SPDX-License-Identifier: Apache-2.0
"""ViT: the baseline of FLIP's tables with an ImageNet ViT-B/16."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .flip import samples
from .rows import Row, compare, compare_norms
from .rule import FixedDropout, images, mask, set_weights
from .shipped import shipped_config
from .training import TOLERANCE, eval_rows, named, optimizer, total

COLUMNS = 8


def golden_name(name: str) -> str:
    """Return the authors' name of one of our parameters."""
    name = name.replace("head.fc.", "embedder.bottleneck_layer_fc.").removeprefix("backbone.visual.")
    return name.replace("head.classifier.", "classifier.classifier_layer.")


def build(arch: dict, config: str = "vit", **head: object) -> nn.Module:
    """Build the model of a shipped config with the sizes and the weights of the file.

    Args:
        arch: ``arch`` of the file.
        config: Name of the shipped config.
        **head: Arguments of the head that differ from the config.
    """
    cfg = shipped_config(config).model
    cfg.backbone.update(pretrained=None, image_size=arch["image_size"], options=dict(depth=arch["depth"]))
    cfg.head.update(head)
    return set_weights(MODELS.build(cfg), arch["weight_seed"], golden_name)


def drop(model: nn.Module, values: Tensor | None) -> None:
    """Give the head's dropout a fixed mask, None for none."""
    model.head.dropout = nn.Identity() if values is None else FixedDropout(values)


def loss(model: nn.Module, x: Tensor, labels: list[int]) -> Tensor:
    """Return the loss that the runner would minimise."""
    return total(model, model.loss(x, samples(labels)))


def step_rows(label: str, model: nn.Module, x: Tensor, labels: list[int], want: dict, key: str = "loss") -> Iterator[Row]:
    """Compare what one training forward and its backward give."""
    feature = model.extract_feat(x, stage="pre_logits")
    yield compare(f"{label} features", feature[:, :COLUMNS], want["feature_first8"], TOLERANCE)
    yield compare(f"{label} norms of features", feature.norm(dim=1), want["feature_norms"], TOLERANCE)
    yield compare(f"{label} logits", model(x), want["logits"], TOLERANCE)
    value = loss(model, x, labels)
    value.backward()
    yield compare(f"{label} loss", value, want[key], TOLERANCE)


def check_step(data: dict, section: str) -> Iterator[Row]:
    """Check ``plain``, ``dropout_mask`` and ``norm_flag_false``."""
    arch, want = data["arch"], data[section]
    model = build(arch, **(dict(norm=False) if section == "norm_flag_false" else {}))
    if section == "dropout_mask":
        drop(model, mask(arch["base_seed"] + 50, arch["n"], model.head.fc.out_features))
    x = images(arch["base_seed"], arch["n"], arch["image_size"])
    yield from step_rows(section, model, x, arch["labels"], want)
    yield from compare_norms(f"{section} gradient", named(model, golden_name, gradients=True), want["grad_norms"], TOLERANCE)
    if "cls_token_first8" in want:
        (token,) = model.extract_feat(x, stage="backbone")
        yield compare(f"{section} class token", token[:, :COLUMNS], want["cls_token_first8"], TOLERANCE)
    if "eval_logits" in want:
        yield from eval_rows(f"{section} evaluation", model, x, want["eval_logits"])


def check_trajectory(data: dict) -> Iterator[Row]:
    """Check several steps of Adam."""
    arch, want = data["arch"], data["trajectory"]
    model = build(arch)
    update = optimizer(model, "vit", arch["lr"])
    for step, value in enumerate(want["losses"]):
        seed = arch["base_seed"] + 100 + 10 * step
        drop(model, mask(seed + 1, arch["n"], model.head.fc.out_features))
        got = loss(model, images(seed, arch["n"], arch["image_size"]), arch["labels"])
        yield compare(f"trajectory loss {step}", got, value, TOLERANCE)
        update(got)
    yield from compare_norms("trajectory parameter", named(model, golden_name), want["final_param_norms"], TOLERANCE)
    drop(model, None)
    x = images(arch["base_seed"], arch["n"], arch["image_size"])
    yield from eval_rows("trajectory final", model, x, want["final_eval_logits"])


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "plain": lambda data: check_step(data, "plain"),
    "dropout_mask": lambda data: check_step(data, "dropout_mask"),
    "norm_flag_false": lambda data: check_step(data, "norm_flag_false"),
    "trajectory": check_trajectory,
}
