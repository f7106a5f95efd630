# SPDX-License-Identifier: Apache-2.0
"""Steps of training and prediction of a classifier, for golden values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from mmengine.model import BaseModel
from mmengine.optim import build_optim_wrapper
from mmpretrain.structures import DataSample
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from flip_mm.datasets.protocols import ADAPT

from .rows import Row, compare
from .shipped import shipped_config

TOLERANCE = 1e-8
# Softmax of a shown score: MMPretrain's DataSample holds float32.
FLOAT32 = 1e-6
STATISTICS = ("running_mean_norm", "running_mean_first", "running_var_norm", "running_var_first", "num_batches_tracked")


def samples(labels: Sequence[int], domains: Sequence[int]) -> list[DataSample]:
    """Return samples with these labels and domains."""
    return [
        DataSample(metainfo=dict(domain_index=domain)).set_gt_label(label)
        for label, domain in zip(labels, domains, strict=True)
    ]


def adaptation_samples(labels: Sequence[int], unlabelled: int) -> list[DataSample]:
    """Return samples of labelled source images, then of unlabelled target images."""
    source = [DataSample(metainfo=dict(role="train")).set_gt_label(label) for label in labels]
    return source + [DataSample(metainfo=dict(role=ADAPT)).set_gt_label(-1) for _ in range(unlabelled)]


@contextmanager
def outputs(**modules: nn.Module) -> Iterator[dict[str, list[tuple[Tensor, Tensor]]]]:
    """Collect (first input, output) of every call of modules, by name."""
    calls: dict[str, list] = {name: [] for name in modules}
    handles = [
        module.register_forward_hook(lambda _, inputs, output, seen=calls[name]: seen.append((inputs[0], output)))
        for name, module in modules.items()
    ]
    try:
        yield calls
    finally:
        for handle in handles:
            handle.remove()


def named(model: nn.Module, golden_name: Callable[[str], str], gradients: bool = False) -> dict[str, Tensor | None]:
    """Return parameters, or their gradients, by the authors' names."""
    return {golden_name(name): value.grad if gradients else value for name, value in model.named_parameters()}


def total(model: BaseModel, losses: Mapping[str, Tensor]) -> Tensor:
    """Return the loss that the runner minimises."""
    return model.parse_losses(dict(losses))[0]


def optimizer(model: BaseModel, config: str, lr: float) -> Callable[[Tensor], None]:
    """Return a function that makes a step of a shipped config's optimizer, with another learning rate, from a loss."""
    cfg = shipped_config(config).optim_wrapper
    cfg.optimizer.lr = lr
    return build_optim_wrapper(model, cfg).update_params


def norm_rows(label: str, model: nn.Module, golden_name: Callable[[str], str], want: Mapping) -> Iterator[Row]:
    """Compare the running statistics of all BatchNorms.

    Args:
        label: What the rows begin with.
        model: The model.
        golden_name: Our name of a module -> its name in the file.
        want: By the name of the module in the file, the values of ``STATISTICS`` by their names or in this order.
    """
    found = {golden_name(name): norm for name, norm in model.named_modules() if isinstance(norm, _BatchNorm)}
    for name, values in want.items():
        if name not in found:
            yield Row(f"{label} {name} (the model has no such BatchNorm)", float("inf"), TOLERANCE)
            continue
        mean, var = found[name].running_mean, found[name].running_var
        got = dict(running_mean_norm=mean.norm(), running_var_norm=var.norm())
        got |= dict(running_mean_first=mean[0], running_var_first=var[0])
        got |= dict(num_batches_tracked=found[name].num_batches_tracked)
        for key, value in (values if isinstance(values, Mapping) else dict(zip(STATISTICS, values, strict=True))).items():
            yield compare(f"{label} {name} {key}", got[key], value, TOLERANCE)


def eval_rows(label: str, model: BaseModel, x: Tensor, want: list, tolerance: float = TOLERANCE) -> Iterator[Row]:
    """Compare logits and the scores of ``predict`` in evaluation mode."""
    model.eval()
    with torch.no_grad():
        yield compare(f"{label} logits", model(x), want, tolerance)
        scores = torch.stack([sample.pred_score for sample in model.predict(x)])
    yield compare(f"{label} scores of predict", scores, torch.tensor(want).softmax(1), max(tolerance, FLOAT32))
    model.train()
