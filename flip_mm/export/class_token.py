# SPDX-License-Identifier: Apache-2.0
"""Of the last block of CLIP's ViT only the class token is used: leave out the work for the others, 7 % of a ViT-B."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from open_clip.transformer import ResidualAttentionBlock, VisionTransformer
from torch import Tensor, nn
from torch.nn import functional as F


class ClassTokenBlock(nn.Module):
    """A block that returns its first token.

    Args:
        block: The last block of a tower.
    """

    def __init__(self, block: ResidualAttentionBlock) -> None:
        super().__init__()
        self.block = block
        # Separate matrices: int8 quantises those that are multiplied as they are.
        parts = block.attn.in_proj_weight.detach().chunk(3)
        self.weights = nn.ParameterList(nn.Parameter(part.clone(), requires_grad=False) for part in parts)

    def forward(self, tokens: Tensor, attn_mask: None = None) -> Tensor:
        """Tokens (N, L, d) -> (N, 1, d)."""
        block, normalised = self.block, self.block.ln_1(tokens)
        token = tokens[:, :1] + block.ls_1(self._attention(normalised[:, :1], normalised))
        return token + block.ls_2(block.mlp(block.ln_2(token)))

    def _attention(self, query: Tensor, key: Tensor) -> Tensor:
        """Queries (N, 1, d) and keys (N, L, d) -> (N, 1, d)."""
        attention, (q, k, v) = self.block.attn, self.weights
        query, key = query.transpose(0, 1), key.transpose(0, 1)
        return F.multi_head_attention_forward(
            query,
            key,
            key,
            attention.embed_dim,
            attention.num_heads,
            in_proj_weight=None,
            in_proj_bias=attention.in_proj_bias,
            bias_k=None,
            bias_v=None,
            add_zero_attn=False,
            dropout_p=0.0,
            out_proj_weight=attention.out_proj.weight,
            out_proj_bias=attention.out_proj.bias,
            training=False,
            need_weights=False,
            use_separate_proj_weight=True,
            q_proj_weight=q,
            k_proj_weight=k,
            v_proj_weight=v,
        )[0].transpose(0, 1)


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
