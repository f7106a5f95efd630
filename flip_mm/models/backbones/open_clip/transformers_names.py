# SPDX-License-Identifier: Apache-2.0
"""Convert the CLIP weights of Hugging Face's ``transformers`` to the names and shapes of open_clip."""

from __future__ import annotations

import re

import torch
from torch import Tensor

# Pairs of transformers' and open_clip's names.
RENAMED = (
    (r"vision_model\.embeddings\.class_embedding", "visual.class_embedding"),
    (r"vision_model\.embeddings\.patch_embedding\.", "visual.conv1."),
    (r"vision_model\.embeddings\.position_embedding\.weight", "visual.positional_embedding"),
    (r"vision_model\.pre_layrnorm\.", "visual.ln_pre."),  # sic
    (r"vision_model\.post_layernorm\.", "visual.ln_post."),
    (r"vision_model\.encoder\.layers\.", "visual.transformer.resblocks."),
    (r"text_model\.embeddings\.token_embedding\.", "token_embedding."),
    (r"text_model\.embeddings\.position_embedding\.weight", "positional_embedding"),
    (r"text_model\.final_layer_norm\.", "ln_final."),
    (r"text_model\.encoder\.layers\.", "transformer.resblocks."),
)
IN_BLOCKS = ((".self_attn.out_proj.", ".attn.out_proj."), (".layer_norm1.", ".ln_1."), (".layer_norm2.", ".ln_2."))
IN_BLOCKS += ((".mlp.fc1.", ".mlp.c_fc."), (".mlp.fc2.", ".mlp.c_proj."))
# A linear layer in transformers is a matrix in open_clip, multiplied from the right.
TRANSPOSED = {"visual_projection.weight": "visual.proj", "text_projection.weight": "text_projection"}
ATTENTION = re.compile(r"(.*)\.self_attn\.q_proj\.(weight|bias)")
# Buffers of older releases: the numbers of the positions.
POSITION_IDS = ("vision_model.embeddings.position_ids", "text_model.embeddings.position_ids")


def is_clip(names: set[str]) -> bool:
    """Return whether these are names of ``CLIPModel`` or ``CLIPVisionModel``. SigLIP has no class embedding."""
    return "vision_model.embeddings.class_embedding" in names


def to_open_clip(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Rename the weights of transformers' CLIP as in open_clip. Unknown names do not change."""
    converted = {}
    for name, value in state.items():
        if name in POSITION_IDS or ".self_attn.k_proj." in name or ".self_attn.v_proj." in name:
            continue
        if name in TRANSPOSED:
            converted[TRANSPOSED[name]] = value.T
        elif match := ATTENTION.fullmatch(name):
            block, kind = match.groups()
            parts = [state.get(f"{block}.self_attn.{part}_proj.{kind}", value[:0]) for part in "qkv"]
            converted[f"{_renamed(block + '.')}attn.in_proj_{kind}"] = torch.cat(parts)
        else:
            converted[_renamed(name)] = value
    return converted


def _renamed(name: str) -> str:
    for old, new in RENAMED:
        name, found = re.subn(f"^{old}", new, name)
        if found:
            break
    for old, new in IN_BLOCKS:
        name = name.replace(old, new)
    return name
