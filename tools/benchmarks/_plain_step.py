# SPDX-License-Identifier: Apache-2.0
"""A training step of FLIP-MCL as the released code computes it, as the reference of train_step.py.

The image tower runs once for each view, the text tower runs over all positions of its context, once for each class, and Adam is
torch's default. It uses open_clip and torch only.
"""

from __future__ import annotations

from collections.abc import Sequence

import open_clip
import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PlainFLIP(nn.Module):
    """CLIP, the projector and the three losses.

    Args:
        arch: Name of an open_clip architecture; the weights are random.
        prompts: Sentences of each class, spoof first; the same number for both.
    """

    def __init__(self, arch: str, prompts: Sequence[Sequence[str]]) -> None:
        super().__init__()
        self.clip = open_clip.create_model(arch)
        width = self.clip.text_projection.shape[1]
        self.projector = nn.Sequential(
            *(nn.Linear(width, 4096), nn.BatchNorm1d(4096), nn.ReLU()),
            *(nn.Linear(4096, 4096), nn.BatchNorm1d(4096), nn.ReLU()),
            nn.Linear(4096, 256),
        )
        tokenizer = open_clip.get_tokenizer(arch)
        self.tokens = [tokenizer(list(own)) for own in prompts]

    def losses(self, views: Sequence[Tensor], labels: Tensor, weights: Sequence[Tensor] | None = None) -> dict[str, Tensor]:
        """Return the three losses.

        Args:
            views: Three tensors (N, 3, H, W), normalised.
            labels: (N,) int64, 0 spoof and 1 real.
            weights: Two (N, K) matrices, the weights of the K prompts of a sample's class; None draws them.
        """
        image, view1, view2 = (self.clip.encode_image(view) for view in views)
        text = torch.stack([self.clip.encode_text(tokens.to(labels.device)) for tokens in self.tokens])
        classes = F.normalize(text.mean(1), dim=-1)
        logits = self.clip.logit_scale.exp() * F.normalize(image, dim=-1) @ classes.T
        first, second = weights or self._draw(len(labels), text.shape[1])
        own = text[labels]
        text1, text2 = (torch.einsum("nk,nkd->nd", part.to(own), own) for part in (first, second))
        difference = F.cosine_similarity(view1, text1) - F.cosine_similarity(view2, text2)
        return dict(
            ce=F.cross_entropy(logits, labels),
            simclr=self._simclr(self.projector(view1), self.projector(view2)),
            mse=difference.square().mean(),
        )

    @staticmethod
    def _simclr(view1: Tensor, view2: Tensor, temperature: float = 0.1) -> Tensor:
        both = F.normalize(torch.cat([view1, view2]), dim=1)
        count = len(both)
        similarity = (both @ both.T / temperature).masked_fill(
            torch.eye(count, dtype=torch.bool, device=both.device), -torch.inf
        )
        return F.cross_entropy(similarity, torch.arange(count, device=both.device).roll(count // 2))

    @staticmethod
    def _draw(samples: int, prompts: int) -> tuple[Tensor, Tensor]:
        drawn = F.one_hot(torch.randint(prompts, (samples, prompts // 2)), prompts).sum(1).float()
        rest = (drawn == 0).float()
        return drawn / drawn.sum(1, keepdim=True), rest / rest.sum(1, keepdim=True)
