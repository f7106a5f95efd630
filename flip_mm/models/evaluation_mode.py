# SPDX-License-Identifier: Apache-2.0
"""Evaluation mode for a part of a training step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Set a model to evaluation mode, and at the end to its mode before."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
