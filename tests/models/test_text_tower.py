# SPDX-License-Identifier: Apache-2.0
"""The text tower computes only the positions that its result needs, and its results are cached."""

import copy

import open_clip
import pytest
import torch
from mmengine.model import ExponentialMovingAverage
from mmengine.runner.checkpoint import load_state_dict
from mmpretrain.registry import MODELS

from flip_mm.models.backbones.open_clip.text_tower import encode_tokens, needed_positions

PROMPTS = ["a real face", "This is an example of a spoof face", "a mask"]
TIMM = dict(
    embed_dim=24,
    vision_cfg=dict(image_size=32, timm_model_name="vit_tiny_patch16_224", timm_pool="avg", timm_proj="linear"),
    text_cfg=dict(context_length=16, width=64, heads=1, layers=1),
)


def build(arch, **text):
    arch = copy.deepcopy(arch)
    arch["text_cfg"].update(text)
    return MODELS.build(dict(type="OpenCLIP", arch=arch)).eval()


def full_tokens():
    return open_clip.SimpleTokenizer(context_length=16)(PROMPTS)


NO_EOS = pytest.mark.skipif(not hasattr(open_clip.CLIPTextCfg, "eos_id"), reason="open_clip < 3.1 has no such pooling")


@pytest.mark.parametrize("pooling", [{}, pytest.param(dict(pool_type="eos", eos_id=49407), marks=NO_EOS)])
def test_positions_after_the_longest_prompt_are_not_computed(arch, pooling):
    backbone = build(arch, layers=2, **pooling)
    tokens = backbone.tokenize(PROMPTS)
    assert tokens.shape == (3, 11)
    assert torch.equal(tokens, full_tokens()[:, :11])
    torch.testing.assert_close(backbone.encode_text(tokens), backbone.text_tower.encode_text(full_tokens()), rtol=0, atol=2e-6)


def test_gradients_equal_those_of_the_whole_context(arch):
    backbone = build(arch, layers=2).double()
    backbone.encode_text(PROMPTS).square().sum().backward()
    cut = {name: p.grad.clone() for name, p in backbone.text_tower.named_parameters()}
    backbone.zero_grad()
    backbone.text_tower.encode_text(full_tokens()).square().sum().backward()
    for name, p in backbone.text_tower.named_parameters():
        torch.testing.assert_close(cut[name], p.grad, rtol=1e-9, atol=1e-9)
    assert cut["positional_embedding"][10].abs().sum() > 0
    assert not cut["positional_embedding"][11:].any()


def test_towers_without_a_causal_mask_use_the_whole_context(arch):
    for text in (dict(no_causal_mask=True), dict(no_causal_mask=True, pool_type="last"), dict(pool_type="last")):
        backbone = build(arch, **text)
        assert backbone.tokenize(PROMPTS).shape == (3, 16)
        assert needed_positions(backbone.text_tower, full_tokens()) == 16


@pytest.mark.parametrize(("name", "value"), [("cls_emb", torch.zeros(64)), ("use_pad_mask", True)])
def test_towers_that_read_later_positions_use_the_whole_context(arch, name, value):
    tower = build(arch).text_tower
    assert needed_positions(tower, full_tokens()) == 11
    setattr(tower, name, value)
    assert needed_positions(tower, full_tokens()) == 16


def test_a_text_tower_with_a_timm_image_tower():
    clip = open_clip.CustomTextCLIP(24, TIMM["vision_cfg"], TIMM["text_cfg"]).eval()
    tokens = full_tokens()
    length = needed_positions(clip, tokens)
    assert length == 11
    torch.testing.assert_close(encode_tokens(clip, tokens[:, :length]), clip.encode_text(tokens), rtol=0, atol=2e-6)


@pytest.fixture
def counted(monkeypatch, arch):
    """A backbone in evaluation, its tokens, and a function that says whether the text tower ran for an embedding."""
    calls = []
    plain = encode_tokens

    def count(tower, tokens):
        calls.append(len(tokens))
        return plain(tower, tokens)

    monkeypatch.setattr("flip_mm.models.backbones.open_clip.openclip.encode_tokens", count)
    backbone = build(arch)
    tokens = backbone.tokenize(PROMPTS)

    @torch.no_grad()
    def ran(tokens=tokens):
        before = len(calls)
        text = backbone.encode_text(tokens)
        torch.testing.assert_close(text, plain(backbone.text_tower, tokens), rtol=0, atol=0)
        return len(calls) > before

    return backbone, tokens, ran


def test_evaluation_encodes_prompts_once(counted):
    _, _, ran = counted
    assert [ran() for _ in range(4)] == [True, False, False, False]
    assert [ran() for _ in range(2)] == [False, False]


def test_training_and_gradients_do_not_use_the_cache(counted):
    backbone, tokens, ran = counted
    assert backbone.encode_text(tokens).requires_grad
    backbone.train()
    assert backbone.encode_text(tokens).requires_grad
    assert [ran(), ran()] == [True, True]
    backbone.eval()
    assert [ran(), ran()] == [True, False]
    assert backbone.encode_text(tokens).requires_grad


@pytest.mark.parametrize("mode", [True, False])
def test_changing_the_mode_clears_the_cache(counted, mode):
    backbone, _, ran = counted
    ran()
    backbone.train(mode).eval()
    assert ran()


def test_ema_weights_clear_the_cache(counted):
    backbone, _, ran = counted
    ran()
    average = ExponentialMovingAverage(backbone)
    for p in average.module.parameters():
        p.data.mul_(0.5)
    # mmengine's EMAHook swaps weights before a validation without changing version counters; then the loop calls eval().
    for own, other in zip(backbone.parameters(), average.module.parameters(), strict=True):
        own.data.copy_(other.data)
    backbone.eval()
    assert ran()


@pytest.mark.parametrize("load", ["torch", "mmengine", "tower alone"])
def test_loading_weights_clears_the_cache(counted, load):
    backbone, _, ran = counted
    ran()
    state = {name: 1.5 * v if v.is_floating_point() else v for name, v in backbone.state_dict().items()}
    if load == "torch":
        backbone.load_state_dict(state)
    elif load == "mmengine":
        load_state_dict(backbone, state, strict=True)
    else:
        prefix = "text_tower."
        tower = {name.removeprefix(prefix): v for name, v in state.items() if name.startswith(prefix)}
        backbone.text_tower.load_state_dict(tower)
    assert [ran(), ran()] == [True, False]


@pytest.mark.parametrize("fused", [False, True])
def test_an_optimizer_step_clears_the_cache(counted, fused):
    backbone, tokens, ran = counted
    ran()
    backbone.encode_text(tokens).sum().backward()
    torch.optim.SGD(backbone.parameters(), lr=0.1, fused=fused).step()
    assert ran()


def test_changing_the_dtype_and_back_clears_the_cache(counted):
    backbone, _, ran = counted
    ran()
    backbone.bfloat16().float()
    assert ran()
    backbone.double()
    assert ran()
    # After the change back, addresses and counters may be the old ones.
    backbone.double()
    assert ran()


def test_other_prompts_are_encoded(counted):
    backbone, tokens, ran = counted
    ran()
    others = backbone.tokenize(["a face", "a photo", "a screen"])
    assert [ran(others), ran(others), ran(tokens)] == [True, False, True]
    tokens[0] = tokens[1]
    assert ran(tokens)


def test_full_and_half_precision_are_cached_separately(counted):
    backbone, tokens, ran = counted
    ran()
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert backbone.encode_text(tokens).dtype == torch.bfloat16
    with torch.no_grad():
        assert backbone.encode_text(tokens).dtype == torch.float32


def test_a_copied_model_has_a_separate_cache(counted):
    backbone, tokens, ran = counted
    ran()
    copied = copy.deepcopy(backbone)
    with torch.no_grad():
        copied.text_tower.ln_final.weight.mul_(2)
        other = copied.encode_text(tokens)
    assert not ran()
    with torch.no_grad():
        assert not torch.equal(other, backbone.encode_text(tokens))


def test_the_cache_works_in_inference_mode(counted):
    backbone, _, ran = counted
    with torch.inference_mode():
        tokens = backbone.tokenize(PROMPTS)
        assert [ran(tokens), ran(tokens)] == [True, False]
