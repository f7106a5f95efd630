# SPDX-License-Identifier: Apache-2.0
"""What the golden values of MADDG, RfMeta and ANRL share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from .rows import Row, compare_norms
from .shipped import shipped_config
from .training import TOLERANCE, norm_rows


def shipped_model(config: str, **options: Any) -> nn.Module:
    """Build the model of a shipped config for inputs that are already normalised.

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
    """Compare the norms of gradients by name."""
    got = {names[name]: p.grad for name, p in model.named_parameters() if name in names}
    return compare_norms(label, got, want, TOLERANCE)


def bn_rows(label: str, model: nn.Module, names: Mapping[str, str], want: Mapping[str, Sequence[float]]) -> Iterator[Row]:
    """Compare the running statistics of all BatchNorms; ``names``: our name of a parameter -> its name in the file."""
    return norm_rows(label, model, lambda name: names.get(f"{name}.weight", "").removesuffix(".weight"), want)
