# SPDX-License-Identifier: Apache-2.0
"""Text towers on token embeddings, as learned prompts need it."""

from types import SimpleNamespace

import open_clip
import pytest
import torch
from mmpretrain.registry import MODELS
from torch import nn

from flip_mm.models.backbones.open_clip.text_tower import (
    embed_tokens,
    encode_token_embeddings,
    encode_tokens,
    needed_positions,
)

PROMPTS = ["a real face", "This is an example of a spoof face", "a mask"]
TIMM = dict(image_size=32, timm_model_name="vit_tiny_patch16_224", timm_pool="avg", timm_proj="linear")
TEXT = dict(context_length=16, width=64, heads=1, layers=1)
NO_EOS = pytest.mark.skipif(not hasattr(open_clip.CLIPTextCfg, "eos_id"), reason="open_clip < 3.1 has no such pooling")


class HuggingFaceTower(open_clip.hf_model.HFTextEncoder):
    """open_clip's encoder of a model from the hub, around a fake model."""

    def __init__(self):
        nn.Module.__init__(self)
        self.config = SimpleNamespace(pad_token_id=1)
        self.transformer = SmallTransformer()
        self.pooler, self.proj, self.output_tokens = open_clip.hf_model.MeanPooler(), nn.Linear(8, 24), False
        self.context_length = 16


class SmallTransformer(nn.Module):
    """Attends to all positions except padding, and adds positions that depend on the ids, as RoBERTa does."""

    def __init__(self):
        super().__init__()
        self.words, self.positions = nn.Embedding(50, 8), nn.Embedding(20, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)

    def get_input_embeddings(self):
        return self.words

    def forward(self, input_ids, attention_mask):
        places = attention_mask.cumsum(1) * attention_mask
        hidden = self.layer(self.words(input_ids) + self.positions(places), src_key_padding_mask=attention_mask == 0)
        return SimpleNamespace(last_hidden_state=hidden)


def hugging_face():
    clip = open_clip.CustomTextCLIP(24, TIMM, TEXT)
    clip.text, clip.context_length = HuggingFaceTower(), 16
    tokens = torch.full((3, 16), 1)
    for row, length in zip(tokens, (4, 9, 16), strict=True):
        row[:length] = torch.randint(2, 50, (length,))
    return clip.eval(), tokens


def own(**text):
    arch = dict(embed_dim=24, vision_cfg=dict(image_size=32, layers=1, width=64, patch_size=16))
    text = dict(context_length=16, width=64, heads=1, layers=2) | text
    backbone = MODELS.build(dict(type="OpenCLIP", arch=arch | dict(text_cfg=text))).eval()
    return backbone.text_tower, backbone.tokenize(PROMPTS)


def custom():
    clip = open_clip.CustomTextCLIP(24, TIMM, TEXT).eval()
    tokens = open_clip.SimpleTokenizer(context_length=16)(PROMPTS)
    return clip, tokens[:, : needed_positions(clip, tokens)]


TOWERS = {
    "CLIP": own,
    "end token": pytest.param(lambda: own(pool_type="eos", eos_id=49407), marks=NO_EOS),
    "both ways": lambda: own(no_causal_mask=True),
    "last position": lambda: own(no_causal_mask=True, pool_type="last"),
    "own text tower": custom,
    "Hugging Face": hugging_face,
}


@pytest.mark.parametrize("make", TOWERS.values(), ids=TOWERS)
def test_token_embeddings_and_ids_give_equal_results(make):
    tower, tokens = make()
    want = encode_tokens(tower, tokens)
    embeddings, ends = embed_tokens(tower, tokens)
    assert torch.equal(encode_token_embeddings(tower, embeddings, ends), want)
    # The hook is removed from the tower.
    assert torch.equal(encode_tokens(tower, tokens), want)
    start = embeddings.detach().clone().requires_grad_()
    encode_token_embeddings(tower, start, ends).square().sum().backward()
    encode_tokens(tower, tokens).square().sum().backward()
    (table,) = (p for name, p in tower.named_parameters() if name.endswith(("token_embedding.weight", "words.weight")))
    summed = torch.zeros_like(table).index_add(0, tokens.flatten(), start.grad.flatten(0, 1))
    torch.testing.assert_close(summed, table.grad, rtol=1e-4, atol=1e-6)
    assert start.grad.flatten(1).any(1).all()


def test_results_of_token_embeddings_are_not_cached(arch):
    backbone = MODELS.build(dict(type="OpenCLIP", arch=arch)).eval()
    embeddings, ends = backbone.embed_tokens(backbone.tokenize(PROMPTS))
    with torch.no_grad():
        before, again = (backbone.encode_text(embeddings, ends) for _ in range(2))
        embeddings[0, 1] += 1
        after = backbone.encode_text(embeddings, ends)
    assert torch.equal(before, again)
    assert not torch.equal(before[0], after[0])
    assert torch.equal(before[1:], after[1:])
    with pytest.raises(ValueError, match="need `ends`"):
        backbone.encode_text(embeddings)
