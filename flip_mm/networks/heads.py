# SPDX-License-Identifier: Apache-2.0
"""Heads of networks that are no longer trained. Weights have arbitrary values until they are loaded."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

NORM_FLOOR = 1e-12


class CosineHead(nn.Module):
    r"""Scaled cosine similarity to the two class embeddings (FLIP-IT and FLIP-MCL, paper section 3.2).

    Args:
        embed_dims: d, width of the embeddings.
        prompts: P, number of prompts.

    Attributes:
        class_embeddings: (2, d), l2-normalised: spoof, real.
        prompt_embeddings: (P, d), l2-normalised, prompts of spoof first.
        logit_scale: (1,), factor of the cosines.
    """

    def __init__(self, embed_dims: int, prompts: int) -> None:
        super().__init__()
        self.register_buffer("class_embeddings", torch.zeros(2, embed_dims))
        self.register_buffer("prompt_embeddings", torch.zeros(prompts, embed_dims))
        self.register_buffer("logit_scale", torch.ones(1))

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, 2) and similarities (N, P) of embeddings (N, d)."""
        image = F.normalize(image, dim=-1)
        return self.logit_scale * image @ self.class_embeddings.T, image @ self.prompt_embeddings.T


class MLPHead(nn.Module):
    """The MLP of FLIP-V (paper section 3.1), see :class:`flip_mm.models.FLIPVHead`; its weight is already normalised."""

    def __init__(self, in_channels: int, hidden_channels: int, norm: bool) -> None:
        super().__init__()
        self.norm = norm
        self.fc = nn.Linear(in_channels, hidden_channels)
        self.classifier = nn.Linear(hidden_channels, 2)

    def forward(self, image: Tensor) -> tuple[Tensor, None]:
        """Return logits (N, 2) of features (N, in_channels)."""
        feature = F.relu(self.fc(image))
        if self.norm:
            feature = feature / torch.sqrt(2 * feature.norm(dim=1, keepdim=True).clamp(min=NORM_FLOOR))
        return self.classifier(feature), None


class LinearHead(nn.Module):
    """A linear layer."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(in_channels, 2)

    def forward(self, image: Tensor) -> tuple[Tensor, None]:
        """Return logits (N, 2) of features (N, in_channels)."""
        return self.fc(image), None


HEADS = {"cosine": CosineHead, "mlp": MLPHead, "linear": LinearHead}


def build_head(kind: str, **arguments: int | bool) -> nn.Module:
    """Build a head by its name in :data:`HEADS`.

    Raises:
        ValueError: The name is unknown.
    """
    if kind not in HEADS:
        raise ValueError(f"architecture.head.kind is {kind!r}; known heads are {', '.join(HEADS)}.")
    return HEADS[kind](**arguments)
