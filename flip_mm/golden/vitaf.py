# SPDX-License-Identifier: Apache-2.0
"""ViTAF*: the baseline of FLIP's tables with adapters, in two stages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from . import vit
from .rows import Row, compare, compare_norms
from .rule import as_double, images, mask, noise, normal, set_weights
from .shipped import shipped_config
from .training import TOLERANCE, eval_rows, named, optimizer, outputs
from .vit import drop, loss, step_rows

COLUMNS = 4


def golden_name(name: str) -> str:
    """Return the authors' name of one of our parameters."""
    for number, ours in enumerate(("attn_adapters", "mlp_adapters"), 1):
        for side in (0, 1):
            name = name.replace(f"{ours}.{side}.", f"adapt{number}{side + 1}.")
    name = name.replace(".down.", ".down_project.").replace(".up.", ".up_project.").replace(".transform.", ".")
    return vit.golden_name(name)


def is_noise(name: str) -> bool:
    """Whether a parameter is a scale of the noise, which has a rule of its own."""
    return name.endswith((".gamma", ".beta"))


def build(arch: dict, start_values: bool = False, orthogonality: float = 0.0) -> nn.Module:
    """Build the model of stage 2.

    Args:
        arch: ``arch`` of the file.
        start_values: Whether the scales of the noise are the constants of ``arch``, not those of the rule.
        orthogonality: Weight of the orthogonality term.
    """
    cfg = shipped_config("vitaf").model
    cfg.orthogonality = orthogonality
    cfg.backbone.update(pretrained=None, image_size=arch["image_size"], options=dict(depth=arch["depth"]))
    cfg.backbone.update(gamma=arch["gamma"], beta=arch["beta"])
    seed = arch["weight_seed"]
    model = set_weights(MODELS.build(cfg), seed, lambda name: None if is_noise(name) else golden_name(name))
    if not start_values:
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                if is_noise(name):
                    parameter.copy_(as_double(0.05 + 0.05 * noise(golden_name(name), parameter.shape, seed)))
    return model


def fix_noise(model: nn.Module, seed: int) -> None:
    """Let every block draw the noise of the file: seeds ``seed + 2i`` and ``seed + 2i + 1`` for block i."""
    for number, block in enumerate(model.backbone.visual.blocks):
        first = seed + 2 * number
        block.transform.noise = lambda like, first=first: tuple(normal(first + i, like.shape[2:]) for i in (0, 1))


def prepared(arch: dict, section: str, **kwargs: float) -> nn.Module:
    """Build the model of ``stage2`` or ``stage2_mask_start_values`` with its noise and mask."""
    has_mask = section == "stage2_mask_start_values"
    model = build(arch, start_values=has_mask, **kwargs)
    fix_noise(model, arch["base_seed"] + 1000)
    if has_mask:
        drop(model, mask(arch["base_seed"] + 50, arch["n"], model.head.fc.out_features))
    return model


def check_step(data: dict, section: str) -> Iterator[Row]:
    """Check one training step of stage 2."""
    arch, want = data["arch"], data[section]
    model = prepared(arch, section)
    x = images(arch["base_seed"], arch["n"], arch["image_size"])
    with outputs(**{f"block{number}": block for number, block in enumerate(model.backbone.visual.blocks)}) as calls:
        model.extract_feat(x)
    if "cls_token_first4_after_block" in want:
        tokens = torch.stack([tokens[:, 0, :COLUMNS] for ((_, tokens),) in calls.values()])
        yield compare(f"{section} class tokens", tokens, want["cls_token_first4_after_block"], TOLERANCE)
    yield from step_rows(section, model, x, arch["labels"], want, key="loss_ce")
    norms = named(model, golden_name, gradients=True)
    yield from compare_norms(f"{section} gradient", norms, want["grad_norms"], TOLERANCE)
    frozen = sum(not parameter.requires_grad for parameter in model.parameters())
    yield compare(f"{section} number of frozen parameters", frozen, want["frozen_count"], 0.0)
    yield from _orthogonality_rows(arch, section, x, want, total=float(loss(model, x, arch["labels"]).detach()))
    if "eval_logits" in want:
        yield from eval_rows(f"{section} evaluation", model, x, want["eval_logits"])


def _orthogonality_rows(arch: dict, section: str, x: Tensor, want: dict, total: float) -> Iterator[Row]:
    """Compare the cosines, the term with weight 1, and what it adds to the loss as released."""
    model = prepared(arch, section, orthogonality=1.0)
    both = loss(model, x, arch["labels"])
    cosines = model.backbone.squared_cosines()
    yield compare(f"{section} squared cosines", cosines, want["squared_cosines"], TOLERANCE)
    yield compare(f"{section} term with weight 1", both - total, sum(want["squared_cosines"]), TOLERANCE)
    yield compare(f"{section} term as released", total - want["loss_ce"], want["returned_cos_loss"], TOLERANCE)


def check_zero(data: dict) -> Iterator[Row]:
    """Check the model with adapters of zero output: it is not the pretrained one."""
    arch = data["arch"]
    model = build(arch, start_values=True)
    for name, parameter in model.named_parameters():
        if ".up." in name:
            parameter.data.zero_()
    x = images(arch["base_seed"], arch["n"], arch["image_size"])
    yield from eval_rows("adapters zero", model, x, data["eval_logits_adapters_zero"])


def check_trajectory(data: dict) -> Iterator[Row]:
    """Check several steps of both stages; the second one starts with the head of the first one."""
    arch, want = data["arch"], data["trajectory"]
    seed, n, size = arch["base_seed"], arch["n"], arch["image_size"]
    head = vit.build(arch, "vitaf_head")
    yield from _steps(head, arch, "vitaf_head", seed + 100, want["stage1_losses"], "stage 1")
    x = images(seed, n, size)
    yield from eval_rows("trajectory stage 1", head, x, want["stage1_eval_logits"])
    model = build(arch, start_values=True)
    model.head.load_state_dict(head.head.state_dict())
    yield from eval_rows("trajectory start of stage 2", model, x, want["stage2_start_eval_logits"])
    yield from _steps(model, arch, "vitaf", seed + 300, want["stage2_losses"], "stage 2", seed + 2000)
    yield from compare_norms("trajectory parameter", named(model, golden_name), want["final_param_norms"], TOLERANCE)
    yield from eval_rows("trajectory final", model, x, want["final_eval_logits"])


def _steps(
    model: nn.Module, arch: dict, config: str, first: int, losses: list[float], label: str, noise_seed: int | None = None
) -> Iterator[Row]:
    """Train a stage and compare its losses."""
    update = optimizer(model, config, arch["lr"])
    for step, value in enumerate(losses):
        seed = first + 10 * step
        if noise_seed is not None:
            fix_noise(model, noise_seed + 100 * step)
        drop(model, mask(seed + 1, arch["n"], model.head.fc.out_features))
        total = loss(model, images(seed, arch["n"], arch["image_size"]), arch["labels"])
        yield compare(f"trajectory {label} loss {step}", total, value, TOLERANCE)
        update(total)
    drop(model, None)


CHECKS: dict[str, Callable[[dict], Iterator[Row]]] = {
    "stage2": partial(check_step, section="stage2"),
    "stage2_mask_start_values": partial(check_step, section="stage2_mask_start_values"),
    "eval_logits_adapters_zero": check_zero,
    "trajectory": check_trajectory,
}
