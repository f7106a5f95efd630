# SPDX-License-Identifier: Apache-2.0
import copy

import pytest
import torch
from fixtures.depth_methods import batch, changed, optimizers, small
from torch.nn import functional as F

from flip_mm.models.classifiers.depth_classifier import class_loss
from flip_mm.models.losses.depth_loss import depth_loss
from flip_mm.models.spatial_channel_gate import SpatialChannelGate

PARTS = dict(network=["backbone", "embedder", "depth_estimator", "discriminator"], gate=["gate"])


def drdg(**changes):
    model = small("drdg_like", num_domains=3, **changes)
    model.discriminator.dropout.p = 0.0
    return model


def open_gate(model):
    """Let the gate be the identity."""
    for layer in (model.gate.mlp[2], model.gate.conv):
        layer.weight.data.zero_()
        layer.bias.data.fill_(50.0)


def test_the_gate_by_hand():
    gate = SpatialChannelGate(2, reduction=2, kernel_size=1)
    for layer, weight, bias in ((gate.mlp[0], [[1, 0]], [0]), (gate.mlp[2], [[0.5], [0]], [-1, 0])):
        layer.weight.data, layer.bias.data = torch.tensor(weight).float(), torch.tensor(bias).float()
    gate.conv.weight.data = torch.tensor([1.0, -1.0]).view(1, 2, 1, 1)
    gate.conv.bias.data.zero_()
    # Mean of channel 0: 2, so both channel gates are sigmoid(0). Mean minus maximum of the channels: 0 and -1.
    maps = torch.tensor([[[[1.0, 3.0]], [[1.0, 1.0]]]])
    spatial = torch.tensor([0.0, -1.0]).sigmoid()
    assert torch.allclose(gate(maps), maps * 0.5 * spatial)


def test_without_bias_the_losses_are_the_plain_means():
    model = drdg()
    for value in model.discriminator.fc2.parameters():
        value.data.zero_()
    images, samples = batch()
    losses, _, bias = model.network_losses(images, samples)
    assert bias.tolist() == pytest.approx([1 / 3] * 12)
    full = model.labelled(images, samples)
    every, embedded = model.extract_feat(images)
    assert losses["loss_cls"].item() == pytest.approx(class_loss(model.embedder(embedded)[1], full.labels).item())
    assert losses["loss_depth"].item() == pytest.approx(10 * depth_loss(model.depth_estimator(every), full.depth).item())
    assert losses["loss_domain"].item() == pytest.approx(0.1 * torch.tensor(3.0).log().item())


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_biased_samples_count_less(power, monkeypatch):
    model = drdg(bias_power=power)
    images, samples = batch()
    # The first domain is recognised with 1/2, the others with 1/4.
    logits = torch.tensor([2.0, 1.0, 1.0], dtype=torch.float64).log().expand(12, 3)
    monkeypatch.setattr(model, "discriminator", torch.nn.Module())
    monkeypatch.setattr(model.discriminator, "forward", lambda maps: logits)
    losses, _, bias = model.network_losses(images, samples)
    assert bias.tolist() == [0.5] * 4 + [0.25] * 8
    weights = torch.tensor([0.5] * 4 + [0.75] * 8, dtype=torch.float64) ** power
    each = F.binary_cross_entropy_with_logits(
        model.embedder(model.extract_feat(images)[1])[1][:, 0],
        torch.tensor([1.0, 1.0, 0.0, 0.0] * 3, dtype=torch.float64),
        reduction="none",
    )
    assert losses["loss_cls"].item() == pytest.approx((weights * each).sum().item() / weights.sum().item())


def test_the_gate_learns_from_biased_samples():
    images, samples = batch()
    model = drdg(temperature=2.0, gate_weight=3.0).eval()
    maps = model.backbone(images)
    bias = torch.zeros(12, dtype=torch.float64)
    bias[5] = 0.7
    gated = torch.stack([torch.zeros(12), model.embedder(model.gate(maps[1]))[1][:, 0]], 1)[5] / 2
    plain = torch.stack([torch.zeros(12), model.embedder(maps[1])[1][:, 0]], 1)[5] / 2
    divergence = (plain.softmax(0) * (plain.log_softmax(0) - gated.log_softmax(0))).sum()
    # The weight of the only biased sample is 12.
    assert model.gate_loss(maps, bias, samples).item() == pytest.approx(3 * divergence.item())
    model.distillation_target = "label"
    real = samples[5].gt_label.item()
    assert model.gate_loss(maps, bias, samples).item() == pytest.approx(-3 * gated.log_softmax(0)[real].item())
    model.distillation_target = "ungated"
    open_gate(model)
    assert model.gate_loss(maps, bias, samples).item() == pytest.approx(0, abs=1e-12)


def test_each_optimizer_trains_its_parts():
    model = drdg()
    wrappers = optimizers(model, **PARTS)
    images, samples = batch()
    for trained, other in (("network", "gate"), ("gate", "network")):
        wrappers[trained].param_groups[0]["lr"], wrappers[other].param_groups[0]["lr"] = 0.1, 0.0
        before = copy.deepcopy(model.state_dict())
        model.train_step(dict(inputs=images, data_samples=samples), wrappers)
        assert changed(model, before) == {*PARTS[trained]}
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (dict(num_domains=None), "model.num_domains is missing"),
        (dict(distillation_target="x"), "must be 'ungated' or 'label'"),
    ],
)
def test_bad_arguments(changes, message):
    with pytest.raises(ValueError, match=message):
        small("drdg_like", **dict(num_domains=3) | changes)
