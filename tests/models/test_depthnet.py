# SPDX-License-Identifier: Apache-2.0
"""The networks of MADDG, RfMeta and ANRL."""

import math

import pytest
import torch
from torch import nn

from flip_mm.models import DepthEmbedder, DepthEstimator, DepthNet
from flip_mm.models.conv_block import AdaNorm, ConvBlock, init_weights
from flip_mm.models.map_critic import MapCritic


def count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def test_sizes_of_the_release():
    # 10 convolutions of 3 x 3 without bias, and scale and shift of their normalisations.
    stage = 9 * (128 * 196 + 196 * 128)
    assert count(DepthNet()) == 9 * (6 * 64 + 64 * 128 + 2 * 128 * 128) + 3 * stage + 2 * (64 + 3 * (128 + 196 + 128))
    assert count(DepthEstimator()) == 9 * (384 * 128 + 128 * 64 + 64) + 2 * (128 + 64 + 1)
    hidden = count(DepthEmbedder(128, hidden=128)) - count(DepthEmbedder(128))
    assert hidden == (512 * 128 + 128) + 2 * 128 + 129 - 513
    assert count(MapCritic(128)) == 16 * (128 * 128 + 128 * 256 + 256 * 512 + 512) + 2 * (128 + 256 + 512)


def test_maps_of_all_stages_are_averaged_to_the_last():
    net = DepthNet(channels=(2, 3, 4, 5))
    seen = []
    for stage in net.stages:
        stage.register_forward_hook(lambda *args: seen.append(args[2]))
    every, last = net(torch.rand(2, 6, 16, 32))
    assert torch.equal(every[:, 10:], last)
    assert last.shape == (2, 5, 2, 4)
    first = seen[0].unflatten(3, (4, 4)).unflatten(2, (2, 4)).mean(dim=(3, 5))
    assert torch.allclose(every[:, :5], first, atol=1e-6)


def test_adanorm_is_a_mixture():
    norm, x = AdaNorm(2).double(), torch.rand(3, 2, 4, 4, dtype=torch.float64)
    nn.init.zeros_(norm.attention.weight)
    norm.attention.bias.data = torch.tensor([math.log(3), -math.log(3)]).double()
    batch = (x - x.mean(dim=(0, 2, 3), keepdim=True)) / (x.var(dim=(0, 2, 3), keepdim=True, correction=0) + 1e-5).sqrt()
    single = (x - x.mean(dim=(2, 3), keepdim=True)) / (x.var(dim=(2, 3), keepdim=True, correction=0) + 1e-5).sqrt()
    share = torch.tensor([0.75, 0.25])[:, None, None]
    assert torch.allclose(norm(x), share * batch + (1 - share) * single)


def test_initial_weights():
    torch.manual_seed(0)
    xavier, kaiming = ConvBlock(64, 64, bias=True), ConvBlock(64, 64, bias=True, init="kaiming")
    assert xavier.conv.weight.std().item() == pytest.approx(math.sqrt(2 / (9 * 128)), rel=0.02)
    assert kaiming.conv.weight.std().item() == pytest.approx(math.sqrt(2 / (9 * 64)), rel=0.02)
    assert xavier.conv.bias.abs().max() > 0
    assert 0.02 <= xavier.norm.weight.min() < 0.2 < 0.8 < xavier.norm.weight.max() <= 1
    assert torch.equal(kaiming.norm.weight, torch.ones(64))
    assert DepthEmbedder(4, channels=(4, 4, 4)).fc.bias.item() == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DepthNet(channels=(4, 4)), r"model\.backbone\.channels must be four numbers, got \(4, 4\)"),
        (lambda: DepthNet(channels=(4, 4, 4, 4), norm="ln"), r"norm must be one of 'bn', 'adanorm', got 'ln'"),
        (lambda: init_weights(nn.Linear(2, 2), "he"), r"init must be one of 'xavier', 'kaiming', got 'he'"),
        (lambda: DepthNet(channels=(2, 2, 2, 2))(torch.zeros(1, 6, 20, 32)), r"sides divisible by 8, got \(20, 32\)"),
        (lambda: DepthEmbedder(2, channels=(2, 2, 2))(torch.zeros(1, 2, 2, 2)), r"maps of \(2, 2\) are too small for 2"),
        (lambda: MapCritic(2)(torch.zeros(1, 2, 8, 8)), r"critic_channels: .* at least 16 x 16, got \(8, 8\)"),
    ],
)
def test_invalid_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()
