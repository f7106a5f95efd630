# SPDX-License-Identifier: Apache-2.0
"""Run a text tower on token ids or token embeddings, only over the positions that its result depends on."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call


class _Encode(nn.Module):
    """``encode_text`` as a forward pass, because ``functional_call`` needs one."""

    def __init__(self, tower: nn.Module) -> None:
        super().__init__()
        self.tower = tower

    def forward(self, tokens: Tensor) -> Tensor:
        return self.tower.encode_text(tokens)


def needed_positions(tower: nn.Module, tokens: Tensor) -> int:
    """Return how many positions the longest prompt needs.

    With a causal mask, a position depends only on those before it, and the embedding is read at the end token.

    Args:
        tower: An open_clip model with its text tower.
        tokens: (P, context_length) int64.

    Returns:
        L <= context_length; context_length for towers without a causal mask or that read another position (SigLIP).
    """
    encoder = getattr(tower, "text", tower)
    pool, _ = _pooling(tower)
    causal = getattr(encoder, "attn_mask", None) is not None
    plain = getattr(encoder, "cls_emb", None) is None and not getattr(encoder, "use_pad_mask", False)
    if pool not in ("argmax", "eos") or not causal or not plain:
        return tokens.shape[1]
    return int(end_positions(tower, tokens).max()) + 1


def encode_tokens(tower: nn.Module, tokens: Tensor) -> Tensor:
    """Run ``tower.encode_text`` on the positions of ``tokens`` only.

    Args:
        tower: An open_clip model with its text tower.
        tokens: (P, L) int64, L at least :func:`needed_positions`.

    Returns:
        (P, embed_dims), equal to the result for the full context except for rounding.
    """
    length = tokens.shape[1]
    encoder, prefix = (tower.text, "tower.text.") if hasattr(tower, "text") else (tower, "tower.")
    # torch.jit's tracer does not support functional_call. Padding after the end tokens only costs time.
    if length == tower.context_length or torch.jit.is_tracing():
        return tower.encode_text(F.pad(tokens, (0, tower.context_length - length)))
    # open_clip uses all positional embeddings and the whole mask; a shorter view of both replaces them.
    views = {"positional_embedding": encoder.positional_embedding[:length], "attn_mask": encoder.attn_mask[:length, :length]}
    return functional_call(_Encode(tower), {prefix + name: view for name, view in views.items()}, (tokens,))


def embed_tokens(tower: nn.Module, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """Return token embeddings without positions, and the end position of each prompt.

    Args:
        tower: An open_clip model with its text tower.
        tokens: (P, L) int64.

    Returns:
        (P, L, w) float and (P,) int64.
    """
    return _token_embedding(tower)(tokens), end_positions(tower, tokens)


def encode_token_embeddings(tower: nn.Module, embeddings: Tensor, ends: Tensor) -> Tensor:
    """Run ``tower.encode_text`` with token embeddings in place of those of its vocabulary.

    Args:
        tower: An open_clip model with its text tower.
        embeddings: (P, L, w) float, without positions. L is at least :func:`needed_positions`, as for token ids.
        ends: (P,) int64, the position of each prompt's end token.

    Returns:
        (P, embed_dims), exactly equal to the result for the token ids with these embeddings.
    """
    # Towers use the ids only to find the end of a prompt and the padding.
    pool, end = _pooling(tower)
    pad = _pad_id(tower)
    end = end if pool == "eos" else pad + 2
    inside = next(number for number in range(3) if number not in (pad, end))
    positions = torch.arange(embeddings.shape[1], device=ends.device)
    ids = torch.where(positions < ends[:, None], inside, pad).scatter(1, ends[:, None], end)

    def replace(module: nn.Module, inputs: tuple, output: Tensor) -> Tensor:
        return F.pad(embeddings, (0, 0, 0, output.shape[1] - embeddings.shape[1]))

    hook = _token_embedding(tower).register_forward_hook(replace)
    try:
        return encode_tokens(tower, ids)
    finally:
        hook.remove()


def end_positions(tower: nn.Module, tokens: Tensor) -> Tensor:
    """Return the end positions (P,) in token ids (P, L) as the tower finds them, or the last position without padding."""
    pool, end = _pooling(tower)
    if pool == "argmax":
        return tokens.argmax(-1)
    if pool == "eos":
        return (tokens == end).int().argmax(-1)
    return tokens.shape[1] - 1 - (tokens != _pad_id(tower)).flip(-1).int().argmax(-1)


def _pooling(tower: nn.Module) -> tuple[str | None, int | None]:
    """Return open_clip's pool type, which says which position is read, and the id of the end token if known."""
    encoder = getattr(tower, "text", tower)
    pool = getattr(tower, "text_pool_type", None) or getattr(encoder, "pool_type", None)
    return pool, getattr(tower, "text_eos_id", None) or getattr(encoder, "eos_id", None)


def _pad_id(tower: nn.Module) -> int:
    encoder = getattr(tower, "text", tower)
    hugging_face = getattr(getattr(encoder, "config", None), "pad_token_id", None)
    return hugging_face if hugging_face is not None else getattr(encoder, "pad_id", 0)


def _token_embedding(tower: nn.Module) -> nn.Module:
    """Return the token embedding layer of a CLIP tower or of a tower from the Hugging Face hub."""
    encoder = getattr(tower, "text", tower)
    return encoder.token_embedding if hasattr(encoder, "token_embedding") else encoder.transformer.get_input_embeddings()
