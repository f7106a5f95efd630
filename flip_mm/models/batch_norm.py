# SPDX-License-Identifier: Apache-2.0
"""Running statistics of BatchNorms."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def counted_twice(*modules: nn.Module) -> Iterator[None]:
    """Update the running statistics as two passes of the same batch would, while one pass runs."""
    norms = [norm for part in modules for norm in part.modules() if isinstance(norm, _BatchNorm) and norm.training]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1 - (1 - norm.momentum) ** 2
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
            norm.num_batches_tracked += 1
