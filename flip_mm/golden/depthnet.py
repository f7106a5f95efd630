# SPDX-License-Identifier: Apache-2.0
"""What the golden values of MADDG, RfMeta and ANRL share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from .rows import Row, compare, compare_norms
from .shipped import shipped_config

TOLERANCE = 1e-8
# Biases before a batch normalisation have a gradient of 0; a program computes rounding errors.
ZERO = 1e-10


def shipped_model(config: str, **options: Any) -> nn.Module:
    """Build the model of a shipped config, whose inputs are already normalised.

    Args:
        config: Name of the config.
        options: Arguments of the model to replace.
    """
    return MODELS.build(
        {**shipped_config(config).model, "data_preprocessor": dict(type="mmengine.BaseDataPreprocessor"), **options}
    )


def names_in_file(model: nn.Module, patterns: Mapping[str, Callable[[re.Match], str]]) -> dict[str, str]:
    """Return our name of every parameter -> its name in the file; those of which no pattern matches the module are left out."""
    names = {}
    for name, _ in model.named_parameters():
        module, kind = name.rsplit(".", 1)
        for pattern, theirs in patterns.items():
            if match := re.fullmatch(pattern, module):
                names[name] = f"{theirs(match)}.{kind}"
    return names


class Recorder:
    """Records the outputs of all calls of a module, each a tensor or a tuple of tensors."""

    def __init__(self, module: nn.Module) -> None:
        self.values: list[Any] = []
        module.register_forward_hook(lambda _, __, outputs: self.values.append(_detached(outputs)))


def _detached(outputs: Tensor | tuple[Tensor, ...]) -> Any:
    return outputs.detach() if isinstance(outputs, Tensor) else tuple(output.detach() for output in outputs)


def samples(labels: Sequence[int], domains: Sequence[int], depth: Tensor) -> list[DataSample]:
    """Return samples of a training batch; the depth is set to 0 for spoof.

    Args:
        labels: N labels, 0 spoof and 1 real.
        domains: N numbers of domains.
        depth: (N, 1, g, g).
    """
    return [
        DataSample(metainfo=dict(domain_index=domain, depth=own * label, role="train")).set_gt_label(label)
        for label, domain, own in zip(labels, domains, depth, strict=True)
    ]


def parameters(model: nn.Module, names: Mapping[str, str]) -> dict[str, Tensor]:
    """Return the parameters by the names in the file."""
    return {names[name]: p.detach() for name, p in model.named_parameters() if name in names}


def gradient_rows(label: str, model: nn.Module, names: Mapping[str, str], want: Mapping[str, float]) -> Iterator[Row]:
    """Compare the norms of gradients by name; those that are 0 but for rounding absolutely."""
    got = {names[name]: p.grad for name, p in model.named_parameters() if name in names}
    zero = {name for name, value in want.items() if value < ZERO}
    for name in zero & got.keys():
        yield Row(f"{label} {name} (zero)", got[name].norm().item(), ZERO)
    yield from compare_norms(label, got, {name: value for name, value in want.items() if name not in zero}, TOLERANCE)


def bn_rows(label: str, model: nn.Module, names: Mapping[str, str], want: Mapping[str, Sequence[float]]) -> Iterator[Row]:
    """Compare the buffers of all BatchNorms: norm and first value of mean and variance, and the count.

    Args:
        label: What the rows begin with.
        model: The model.
        names: Our name of a parameter -> its name in the file.
        want: Five values by the name of the module in the file.
    """
    ours = {theirs: own for own, theirs in names.items()}
    for name, values in want.items():
        bn = model.get_submodule(ours[f"{name}.weight"].removesuffix(".weight"))
        got = [bn.running_mean.norm(), bn.running_mean[0], bn.running_var.norm(), bn.running_var[0], bn.num_batches_tracked]
        for what, a, b in zip(("mean norm", "mean", "variance norm", "variance", "count"), got, values, strict=True):
            yield compare(f"{label} {name} {what}", a, b, TOLERANCE)
