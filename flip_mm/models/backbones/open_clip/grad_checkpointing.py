# SPDX-License-Identifier: Apache-2.0
"""Compute the activations of a tower's blocks twice instead of storing them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from open_clip.timm_model import TimmModel
from torch import nn

SWITCHES = ("grad_checkpointing", "gradient_checkpointing")


def checkpoint_blocks(tower: nn.Module, name: str) -> None:
    """Turn on gradient checkpointing for one of open_clip's towers.

    Args:
        tower: With ``set_grad_checkpointing``, as all towers of open_clip.
        name: For the message.

    Raises:
        ValueError: The tower does not support it.
    """
    # open_clip's method for timm's towers only logs a failure, and those of other towers may do nothing.
    target = tower.trunk if isinstance(tower, TimmModel) else tower
    with suppress(AttributeError, AssertionError, NotImplementedError, TypeError, ValueError):
        target.set_grad_checkpointing(True)
    if not any(_switched_on(target)):
        raise ValueError(
            f"model.backbone.grad_checkpointing=True: {type(target).__name__}, the {name} tower of this arch, does not support "
            "it; set it to False, and use a smaller train_dataloader.batch_size to save memory."
        )


def checkpoint_text_blocks(clip: nn.Module) -> None:
    """As :func:`checkpoint_blocks`, for the text tower of an open_clip model."""
    if hasattr(clip, "text"):
        checkpoint_blocks(clip.text, "text")
    else:
        clip.transformer.grad_checkpointing = True


def _switched_on(tower: nn.Module) -> Iterator[bool]:
    """Whether a module of the tower has the switch on, under the names that open_clip, timm and transformers use."""
    for module in tower.modules():
        yield any(getattr(module, switch, False) is True for switch in SWITCHES)
