# SPDX-License-Identifier: Apache-2.0
"""Say which losses gradient accumulation changes."""

from __future__ import annotations

from torch import nn

from flip_mm.models.losses import SimCLRLoss


def accumulation_notice(model: nn.Module, count: int, key: str) -> str | None:
    """Return a sentence if gradients are accumulated and a loss compares the images of a batch with each other.

    Args:
        model: The model, without a wrapper.
        count: Batches of each update.
        key: The setting with this number.

    Returns:
        The sentence, otherwise None: the mean of losses that are means over images is that of the large batch.
    """
    terms = getattr(getattr(model, "head", None), "losses", {})
    names = [f"loss_{name}" for name, term in terms.items() if isinstance(term, SimCLRLoss)]
    if count < 2 or not names:
        return None
    return (
        f"{key}={count}: every update uses the mean gradient of {count} batches. {', '.join(names)} compares the images of one "
        f"batch only, so it is not the loss of a batch with {count} times the images; docs/speed.md has the details."
    )
