# SPDX-License-Identifier: Apache-2.0
"""Draw two random views of the prompts (FLIP section 3.3)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SPLITS = ("released", "paper")


def split_prompts(samples: int, prompts: int, rule: str = "released") -> tuple[Tensor, Tensor]:
    """Draw two sets of weights over the prompts of a class for every sample.

    ``'released'`` is the rule of the authors' code and of the published tables: half of the prompts are drawn *with*
    replacement for the first view (a prompt drawn twice counts twice); the second view is the mean of the others (3 to 5 of
    6). ``'paper'`` is the rule in the paper: two disjoint halves. With one prompt per class, both views are this prompt.

    Args:
        samples: N.
        prompts: K >= 1 prompts per class.
        rule: ``'released'`` or ``'paper'``.

    Returns:
        Two (N, K) float matrices, not negative, with rows that sum to 1. Drawn from torch's global CPU generator.

    Raises:
        ValueError: The rule is unknown.
    """
    if rule not in SPLITS:
        raise ValueError(f"model.head.prompt_split must be one of {SPLITS}, got {rule!r}.")
    if prompts == 1:
        return torch.ones(samples, 1), torch.ones(samples, 1)
    half = prompts // 2
    if rule == "released":
        drawn = F.one_hot(torch.randint(prompts, (samples, half)), prompts).sum(1).float()
    else:
        drawn = F.one_hot(torch.rand(samples, prompts).argsort(1)[:, :half], prompts).sum(1).float()
    left = (drawn == 0).float()
    return drawn / drawn.sum(1, keepdim=True), left / left.sum(1, keepdim=True)
