# SPDX-License-Identifier: Apache-2.0
"""One compared quantity after the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from torch import Tensor

# Expected norms below it are rounding noise, of a bias before a normalisation for instance: compared absolutely.
ZERO = 1e-10


class Row(NamedTuple):
    """One compared quantity."""

    name: str
    error: float
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the error is within the tolerance (NaN is not)."""
        return self.error <= self.tolerance


def compare(name: str, got: object, want: object, tolerance: float) -> Row:
    """Compute the largest difference relative to the largest expected value; infinite if the shapes differ."""
    got = np.asarray(got.detach() if isinstance(got, Tensor) else got, dtype=float)
    want = np.asarray(want, dtype=float)
    if got.shape != want.shape:
        return Row(f"{name} (shape {got.shape}, expected {want.shape})", float("inf"), tolerance)
    scale = np.abs(want).max() or 1.0
    return Row(name, float(np.abs(got - want).max() / scale), tolerance)


def compare_norms(
    name: str, got: Mapping[str, Tensor | None], want: Mapping[str, float | None], tolerance: float
) -> Iterator[Row]:
    """Compare the L2 norms of tensors by name: gradients or parameters.

    Args:
        name: What the tensors are, for the rows.
        got: Tensors by the names in the file; None for a parameter without gradient.
        want: Norms by name; None for a parameter that must have no gradient. Norms below ``ZERO`` are compared absolutely.
        tolerance: Largest relative error.
    """
    for key, value in want.items():
        label = f"{name} {key}"
        if key not in got:
            yield Row(f"{label} (the model has no such parameter)", float("inf"), tolerance)
        elif value is None or got[key] is None:
            yield Row(f"{label} (no gradient)", 0.0 if value is got[key] is None else float("inf"), tolerance)
        elif value < ZERO:
            yield Row(f"{label} (zero)", got[key].norm().item(), ZERO)
        else:
            yield compare(label, got[key].double().norm(), value, tolerance)
