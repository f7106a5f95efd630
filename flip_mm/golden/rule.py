# SPDX-License-Identifier: Apache-2.0
"""Weights, images and masks of the baselines' golden values, from formulas: float64 tensors of float32 values."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn


def weight(name: str, shape: torch.Size, seed: int) -> Tensor:
    """Return the weight of a parameter of the authors' program.

    Args:
        name: Its name in the file of golden values.
        shape: Its shape.
        seed: ``weight_seed`` of the file.
    """
    draws = noise(name, shape, seed)
    if name.endswith("bias"):
        value = 0.02 * draws
    elif len(shape) == 1:
        value = 1 + 0.1 * draws
    else:
        value = draws / np.sqrt(np.prod(shape[1:]) if len(shape) == 4 else shape[-1])
    return as_double(value)


def noise(name: str, shape: torch.Size, seed: int) -> np.ndarray:
    """Return the standard normal draws of a parameter, see :func:`weight`."""
    return np.random.RandomState((zlib.crc32(name.encode()) + seed) % 2**32).standard_normal(tuple(shape))


def set_weights(model: nn.Module, seed: int, golden_name: Callable[[str], str | None]) -> nn.Module:
    """Give all parameters of a model the weights of the formula, in float64, and turn its dropout off.

    Args:
        model: The model.
        seed: ``weight_seed`` of the file.
        golden_name: Name of our parameter -> its name in the file, or None to leave it as it is.

    Returns:
        The model, in training mode.
    """
    model.double().train()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if (theirs := golden_name(name)) is not None:
                parameter.copy_(weight(theirs, parameter.shape, seed))
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return model


def images(seed: int, n: int, size: int, channels: int = 3) -> Tensor:
    """Return normalised images, (n, channels, size, size)."""
    return normal(seed, (n, channels, size, size))


def normal(seed: int, shape: tuple[int, ...]) -> Tensor:
    """Return draws of the standard normal distribution."""
    return as_double(np.random.RandomState(seed).standard_normal(shape))


def unit(seed: int, shape: tuple[int, ...]) -> Tensor:
    """Return uniform draws in 0..1."""
    return as_double(np.random.RandomState(seed).random_sample(shape))


def mask(seed: int, n: int, width: int) -> Tensor:
    """Return what dropout of 0.5 multiplies (n, width) values with: 0 or 2."""
    return 2.0 * as_double(np.random.RandomState(seed).randint(0, 2, (n, width)))


def as_double(values: np.ndarray) -> Tensor:
    """Round values to float32, as the authors' programs were given them, and return them as float64."""
    return torch.from_numpy(np.asarray(values, dtype=np.float32)).double()


class FixedDropout(nn.Module):
    """A dropout with a given mask, for ``setattr(head, 'dropout', FixedDropout(mask(...)))``."""

    def __init__(self, values: Tensor) -> None:
        super().__init__()
        self.values = values

    def forward(self, x: Tensor) -> Tensor:
        """Multiply with the mask."""
        return x * self.values
