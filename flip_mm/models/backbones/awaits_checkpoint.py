# SPDX-License-Identifier: Apache-2.0
"""Backbones that do not read their pretrained weights if a checkpoint of the whole model is loaded next."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from flip_mm.compat.pending_checkpoint import checkpoint_follows
from flip_mm.utils.text import first_few


class AwaitsCheckpoint(nn.Module):
    """Mixin for backbones with ``arch`` and ``pretrained``.

    Attributes:
        awaits_checkpoint (bool): Whether ``pretrained`` was skipped for a checkpoint that is not loaded yet.
        arch (str | dict): The architecture, for messages.
    """

    arch: str | dict
    awaits_checkpoint = False

    def skip_pretrained(self, pretrained: str | None) -> bool:
        """Return whether a checkpoint follows that replaces the weights, and note it."""
        self.awaits_checkpoint = pretrained is not None and checkpoint_follows()
        return self.awaits_checkpoint

    def check_loaded(self) -> None:
        """Raise a RuntimeError if ``pretrained`` was skipped for a checkpoint that is not loaded yet."""
        if self.awaits_checkpoint:
            raise RuntimeError(
                "model.backbone.pretrained was skipped because a checkpoint was expected, but none was loaded: "
                "load it, or build the model without one."
            )

    def _load_from_state_dict(self, state_dict: dict[str, Tensor], prefix: str, *args: Any) -> None:
        """Check that a checkpoint that replaces ``pretrained`` holds all weights of the backbone. Every way to load calls this.

        Raises:
            ValueError: Weights are missing or have another shape; mmengine would only warn and keep random weights.
        """
        if self.awaits_checkpoint:
            wrong = [k for k, v in self.state_dict().items() if getattr(state_dict.get(prefix + k), "shape", None) != v.shape]
            if wrong:
                raise ValueError(
                    f"The checkpoint does not fit arch {self.arch!r}: {len(wrong)} weights are missing or have another shape, "
                    f"{first_few([prefix + name for name in wrong], 4)}. Use the config that it was trained with."
                )
            self.awaits_checkpoint = False
        super()._load_from_state_dict(state_dict, prefix, *args)
