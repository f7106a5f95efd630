# SPDX-License-Identifier: Apache-2.0
"""Of the last block of CLIP's ViT only the class token is used: leave out the work for the others, 7 % of a ViT-B."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
from torch import Tensor, nn


class ClassTokenBlock(nn.Module):
    """A block that returns its first token.

    Args:
        block: The last block of a tower.
    """

    def __init__(self, block: ResidualAttentionBlock) -> None:
        super().__init__()
        self.block = block

    def forward(self, tokens: Tensor, attn_mask: None = None) -> Tensor:
        """Tokens (N, L, d) -> (N, 1, d)."""
        block, normalised = self.block, self.block.ln_1(tokens)
        mixed = block.attn(normalised[:, :1], normalised, normalised, need_weights=False)[0]
        token = tokens[:, :1] + block.ls_1(mixed)
        return token + block.ls_2(block.mlp(block.ln_2(token)))


@contextmanager
def only_the_class_token(network: nn.Module) -> Iterator[None]:
    """Replace the last block of each tower that uses its class token only; restore it at the end."""
    towers = [tower for tower in network.modules() if _uses_class_token(tower)]
    blocks = [tower.transformer.resblocks[-1] for tower in towers]
    for tower, block in zip(towers, blocks, strict=True):
        tower.transformer.resblocks[-1] = ClassTokenBlock(block)
    try:
        yield
    finally:
        for tower, block in zip(towers, blocks, strict=True):
            tower.transformer.resblocks[-1] = block


def _uses_class_token(tower: nn.Module) -> bool:
    return (
        type(tower) is VisionTransformer
        and tower.attn_pool is None
        and tower.pool_type == "tok"
        and not tower.output_tokens
        and tower.transformer.batch_first
        and type(tower.transformer.resblocks[-1]) is ResidualAttentionBlock
    )
