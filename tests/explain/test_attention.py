# SPDX-License-Identifier: Apache-2.0
"""Rollout and relevance of attention, on matrices and in vision transformers."""

import numpy as np
import pytest
import torch
from fixtures.small_networks import random_network
from torch import nn

from flip_mm.explain.attention_record import attend, attention_modules, recorded_attention, token_map
from flip_mm.explain.network_evidence import network_evidence
from flip_mm.explain.relevance import attention_relevance
from flip_mm.explain.rollout import attention_rollout

RNG = np.random.default_rng(0)


def attention(heads=3, tokens=5):
    values = np.exp(RNG.normal(size=(heads, tokens, tokens)))
    return values / values.sum(-1, keepdims=True)


def test_rollout_of_two_layers_is_their_product():
    first, second = attention(), attention()
    identity = np.eye(5)
    expected = (0.5 * second.mean(0) + 0.5 * identity) @ (0.5 * first.mean(0) + 0.5 * identity)
    found = attention_rollout([first, second])
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-12)


def test_rollout_without_mixing_stays_where_it_is():
    np.testing.assert_array_equal(attention_rollout([np.eye(4)[None]] * 3), np.eye(4))


def test_relevance_follows_the_equations():
    layers, slopes = [attention(), attention()], [RNG.normal(size=(3, 5, 5)) for _ in range(2)]
    relevance = np.eye(5)
    for layer, slope in zip(layers, slopes, strict=True):
        relevance = relevance + np.mean([np.maximum(layer[head] * slope[head], 0) for head in range(3)], 0) @ relevance
    np.testing.assert_allclose(attention_relevance(layers, slopes), relevance - np.eye(5), atol=1e-12)


def test_relevance_of_what_reduces_the_value_is_zero():
    assert not attention_relevance([attention()], [-np.ones((3, 5, 5))]).any()


def test_weights_are_those_of_pytorch():
    module, tokens = nn.MultiheadAttention(16, 4, batch_first=True).eval(), torch.randn(2, 5, 16)
    output, weights = attend(module, tokens)
    expected, expected_weights = module(tokens, tokens, tokens, need_weights=True, average_attn_weights=False)
    torch.testing.assert_close(output, expected, atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(weights, expected_weights, atol=1e-6, rtol=1e-5)


def test_a_recording_changes_no_output_and_leaves_no_hook():
    network, images = random_network("vit"), torch.randn(2, 3, 32, 32)
    before = network(images)[0]
    with recorded_attention(attention_modules(network.tower)) as found:
        during = network(images)[0]
    assert [tuple(weights.shape) for weights in found] == [(2, 4, 17, 17)] * 2
    torch.testing.assert_close(during, before, atol=1e-5, rtol=1e-5)
    assert torch.equal(network(images)[0], before)
    assert len(found) == 2


def test_gradients_of_weights_are_those_of_finite_differences():
    network, images = random_network("vit").double(), torch.randn(1, 3, 32, 32).double()
    modules = attention_modules(network.tower)
    with recorded_attention(modules) as found:
        value = network(images)[0][0, 1]
    slope = torch.autograd.grad(value, found[1])[0][0, 2, 0, 7].item()

    def moved(step):
        def change(module, inputs, _):
            mixed, weights = attend(module, inputs[0])
            value = module.in_proj_weight[128:] @ inputs[0][0, 7] + module.in_proj_bias[128:]
            part = torch.zeros(1, 17, 64).double()
            part[0, 0, 32:48] = step * value[32:48]
            return mixed + part @ module.out_proj.weight.T, weights

        hook = modules[1].register_forward_hook(change)
        with torch.no_grad():
            result = network(images)[0][0, 1].item()
        hook.remove()
        return result

    assert slope == pytest.approx((moved(1e-5) - moved(-1e-5)) / 2e-5, rel=1e-5)


@pytest.mark.parametrize("pool", ["tok", "avg"])
def test_the_map_has_the_row_of_the_pooled_tokens(pool):
    tower = nn.Module()
    tower.pool_type, tower.grid_size = pool, (2, 3)
    matrix = np.arange(49.0).reshape(7, 7)
    expected = matrix[0, 1:] if pool == "tok" else matrix[1:, 1:].mean(0)
    np.testing.assert_array_equal(token_map(tower, matrix), expected.reshape(2, 3))


def planted(network, sign):
    """Let a ViT answer only by how bright the patches are, whether they argue for real or spoof by ``sign``.

    All tokens attend to all tokens evenly. The value of a token is its brightness, which the class token collects.
    """
    tower, width = network.tower, 64
    for parameter in network.parameters():
        nn.init.zeros_(parameter)
    for name in ("ln_pre", "ln_post"):
        setattr(tower, name, nn.Identity())
    for block in tower.transformer.resblocks:
        block.ln_1 = block.ln_2 = nn.Identity()
    with torch.no_grad():
        tower.conv1.weight[0] = 1
        # Component 0 is brightness; the last layer copies it to component 1 of the class token.
        tower.transformer.resblocks[-1].attn.in_proj_weight[2 * width + 1, 0] = 1
        tower.transformer.resblocks[-1].attn.out_proj.weight.copy_(torch.eye(width))
        # A constant, so that the normalised embedding depends on component 1.
        tower.class_embedding[2] = 100
        network.projection.zero_()
        network.projection[1, 0] = network.projection[2, 1] = 1
        network.head.class_embeddings.zero_()
        network.head.class_embeddings[1, 0] = sign
        network.head.class_embeddings[0, 0] = -sign


@pytest.mark.parametrize("place", [(0, 0), (1, 2), (3, 3)])
@pytest.mark.parametrize(("sign", "own"), [(1, "real"), (-1, "spoof")])
def test_a_planted_patch_is_found_for_its_class(detector, place, sign, own):
    runtime = detector("vit").runtime
    planted(runtime.network, sign)
    # The mean of the input is grey: only one patch is brighter.
    crop = np.full((32, 32, 3), 128, np.uint8)
    crop[8 * place[0] : 8 * place[0] + 8, 8 * place[1] : 8 * place[1] + 8] = 255
    (found,) = network_evidence(runtime, [crop])
    values, other = (found.real, found.spoof) if own == "real" else (found.spoof, found.real)
    expected = np.zeros((4, 4))
    expected[place] = 1
    np.testing.assert_allclose(values, expected, atol=0.01)
    assert other.max() < 0.01
    assert found.rollout == pytest.approx(found.rollout[0, 0])


@pytest.mark.parametrize("name", ["vit", "vit_avg"])
def test_maps_change_with_the_weights(detector, noise, name):
    """Sanity check of Adebayo et al. (NeurIPS 2018): a map that ignores the weights explains nothing."""
    crop = noise(32)
    maps = [network_evidence(detector(name, seed).runtime, [crop])[0] for seed in range(2)]
    for kind in ("real", "spoof", "rollout"):
        assert abs(np.corrcoef(*(getattr(own, kind).ravel() for own in maps))[0, 1]) < 0.8
    same = network_evidence(detector(name, 0).runtime, [crop])[0]
    np.testing.assert_array_equal(same.real, maps[0].real)


def test_what_both_classes_have_in_common_is_not_shown(detector, noise):
    runtime = detector("vit").runtime
    before = network_evidence(runtime, [noise(32)])[0]
    # The same direction added to both class embeddings changes both logits, and not their difference.
    runtime.network.head.class_embeddings += torch.randn(1, 8)
    after = network_evidence(runtime, [noise(32)])[0]
    np.testing.assert_allclose(after.real, before.real, atol=1e-4)
    np.testing.assert_allclose(after.spoof, before.spoof, atol=1e-4)
