# SPDX-License-Identifier: Apache-2.0
"""CDCN and CDCN++ (Yu et al., CVPR 2020)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from mmengine.optim import build_optim_wrapper
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from .depthnet import bn_rows, samples
from .rows import Row, compare, compare_norms
from .rule import images, set_weights, unit
from .shipped import shipped_config
from .training import TOLERANCE, named, outputs

# `map_size` of the shipped configs.
SIDE = 32
COLUMNS = 8


def golden_names(model: nn.Module) -> dict[str, str]:
    """Return our name of each parameter -> its name in the file."""
    # The release has one module for the head of CDCN++, and three for that of CDCN.
    layers_each = 3 if len(model.head.layers) > 5 else len(model.head.layers)
    return {name: _golden_name(name, parameter.ndim == 4, layers_each) for name, parameter in model.named_parameters()}


def _golden_name(name: str, is_conv: bool, layers_each: int) -> str:
    """Return the name in the file.

    Args:
        name: Our name.
        is_conv: Whether it is the kernel of a convolution.
        layers_each: Layers of each module of the release's head.

    Example:
        >>> _golden_name("head.layers.4.bias", False, 3), _golden_name("backbone.blocks.0.3.weight", True, 3)
        ('lastconv2.1.bias', 'Block1.3.conv.weight')
    """
    _, part, *numbers, kind = name.split(".")
    if part == "attention":
        return f"sa{int(numbers[0]) + 1}.conv1.weight"
    if part == "stem":
        place = f"conv1.{numbers[0]}"
    elif part == "blocks":
        place = f"Block{int(numbers[0]) + 1}.{numbers[1]}"
    else:
        module, layer = divmod(int(numbers[0]), layers_each)
        place = f"lastconv{module + 1}.{layer}"
    return f"{place}.conv.{kind}" if is_conv else f"{place}.{kind}"


def check_network(data: dict, name: str) -> Iterator[Row]:
    """Check one training step and the maps in evaluation mode.

    Args:
        data: Content of the file.
        name: Its section, and the shipped config.
    """
    want, arch = data[name], data["arch"]
    n, side = arch["n"], arch["image_size"]
    cfg = shipped_config(name)
    for part in (cfg.model.backbone, cfg.model.head):
        part.theta = arch["theta"]
    model = MODELS.build(cfg.model)
    names = golden_names(model)
    set_weights(model, arch["weight_seed"], names.get)
    x, depth = images(arch["base_seed"], n, side), unit(arch["base_seed"] + 1, (n, 1, SIDE, SIDE))
    batch = samples([int(i < n // 2) for i in range(n)], [0] * n, depth)

    attention = {f"attention{number}": conv for number, conv in enumerate(model.backbone.attention)}
    with outputs(layers=model.head.layers, backbone=model.backbone, **attention) as calls:
        losses = model.loss(x, batch)
    total, _ = model.parse_losses(losses)
    ((_, maps),), ((_, (concat,)),) = calls["layers"], calls["backbone"]
    yield compare(f"{name} first values of the maps", maps.flatten(1)[:, :COLUMNS], want["map_first8"], TOLERANCE)
    yield compare(f"{name} norms of the maps", maps.flatten(1).norm(dim=1), want["map_norms"], TOLERANCE)
    yield compare(f"{name} norms of the features", concat.flatten(1).norm(dim=1), want["concat_norms"], TOLERANCE)
    if attention:
        sums = torch.stack([calls[key][0][1].sigmoid().sum() for key in attention])
        yield compare(f"{name} attention", sums, want["attention_sums"], TOLERANCE)
    for key, loss in {**losses, "loss": total}.items():
        yield compare(f"{name} {key}", loss, want[key], TOLERANCE)
    yield from bn_rows(name, model, names, want["bn"])

    yield from eval_rows(name, model, x, want)
    wrapper = cfg.optim_wrapper
    wrapper.optimizer.update(lr=arch["lr"], weight_decay=arch["weight_decay"])
    optimizer = build_optim_wrapper(model, wrapper)
    optimizer.backward(total)
    got = named(model, names.__getitem__, gradients=True)
    yield from compare_norms(f"{name} gradient", got, want["grad_norms"], TOLERANCE)
    optimizer.step()
    after = named(model, names.__getitem__)
    yield from compare_norms(f"{name} parameter after the step", after, want["param_norms_after_step"], TOLERANCE)


def eval_rows(name: str, model: nn.Module, x: Tensor, want: dict) -> Iterator[Row]:
    """Compare the sums of the maps, and the scores of ``predict``: their means, at most 1."""
    model.eval()
    with torch.no_grad():
        yield compare(
            f"{name} sums of the maps", model.head.maps(model.extract_feat(x)).sum((1, 2, 3)), want["eval_sum"], TOLERANCE
        )
        scores = torch.stack([sample.pred_score[1] for sample in model.predict(x)])
        yield compare(f"{name} scores", scores, [min(mean, 1) for mean in want["eval_mean"]], TOLERANCE)
    model.train()


def check_contrast(data: dict) -> Iterator[Row]:
    """Check the contrast loss and its gradient."""
    case = data["contrast_case"]
    loss = MODELS.build(shipped_config("cdcnpp").model.head.contrast)
    # The only draws that are not rounded to float32.
    draws = (np.random.RandomState(seed).standard_normal(case["shape"]) for seed in case["seeds"])
    predicted, depth = (torch.from_numpy(draw)[:, None] for draw in draws)
    value = loss(predicted.requires_grad_(), depth)
    value.backward()
    yield compare("contrast loss", value, case["loss"], TOLERANCE)
    yield compare("contrast gradient", predicted.grad.norm(), case["grad_norm"], TOLERANCE)


def check_convolution(data: dict) -> Iterator[Row]:
    """Check a central difference convolution of one image."""
    case, arch = data["cdc_case"], data["arch"]
    conv = MODELS.build(dict(type="CentralDifferenceConv", in_channels=3, out_channels=4, theta=arch["theta"]))
    set_weights(conv, arch["weight_seed"], lambda _: "cdc.conv.weight")
    output = conv(images(arch["base_seed"] + 11, 1, 6))
    yield compare("convolution sum", output.sum(), case["output_sum"], TOLERANCE)
    yield compare("convolution", output[0, :, 0, 0], case["output_first"], TOLERANCE)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "cdcn": lambda data: check_network(data, "cdcn"),
    "cdcnpp": lambda data: check_network(data, "cdcnpp"),
    "contrast_case": check_contrast,
    "cdc_case": check_convolution,
}
