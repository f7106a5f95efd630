# SPDX-License-Identifier: Apache-2.0
"""FGHV-like: cosines to hypotheses, and a score that is the same in every test."""

import math

import pytest
import torch
from mmpretrain.registry import MODELS

from flip_mm.golden.training import samples


def build(**options):
    backbone = dict(type="DepthNet", in_channels=3, channels=(4, 6, 8, 6))
    embedder = dict(type="DepthEmbedder", in_channels=6, channels=(4, 6, 8), out_channels=4)
    return MODELS.build(dict(type="FGHVLike", backbone=backbone, embedder=embedder, hypotheses=8) | options)


def test_verification_is_the_mean_cosine_to_each_kind_of_hypotheses():
    features = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    spoof, real = torch.tensor([[5.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 1.0]])
    got = build(scale=10.0).verification(features, [spoof, real])
    assert torch.allclose(got, torch.tensor([[5.0, 10 / math.sqrt(2)], [5.0, 10 / math.sqrt(2)]]))


def test_loss_and_score():
    torch.manual_seed(0)
    model = build()
    losses = model.loss(torch.rand(4, 3, 32, 32), samples([0, 1, 0, 1], [0, 0, 1, 1]))
    assert losses.keys() == {"loss_verification", "loss_variance", "loss_distribution"}
    sum(losses.values()).backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    model.eval()
    x = torch.rand(2, 3, 32, 32)
    scores = torch.stack([one.pred_score for one in model.predict(x)])
    assert torch.equal(scores, torch.stack([one.pred_score for one in model.predict(x)]))
    assert torch.allclose(scores.sum(dim=1), torch.ones(2))
    assert torch.allclose(model(x).softmax(dim=1), scores)
    assert "noise" in model.state_dict()


def test_a_small_margin_is_refused():
    with pytest.raises(ValueError, match=r"model.margin=1 must be above 1"):
        build(margin=1)
