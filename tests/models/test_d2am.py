# SPDX-License-Identifier: Apache-2.0
import math

import pytest
import torch
from fixtures.depth_methods import batch, small
from torch.func import functional_call

from flip_mm.models.backbones.drlm_depthnet import DRLM
from flip_mm.models.classifiers import d2am
from flip_mm.models.classifiers.depth_classifier import class_loss
from flip_mm.models.losses.depth_loss import depth_loss


@pytest.fixture
def model(monkeypatch):
    made = small("d2am", first_backbone=None)
    monkeypatch.setattr(made, "domain_order", lambda count: list(range(count)))
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    return made


def test_a_module_divides_maps_by_channel_attention():
    drlm = DRLM(2, reduction=16)
    # Hidden value 1 * mean of the channels (2 and 4) = 6; attention sigmoid(6 - 6) and sigmoid(6 / 2 - 3 - ln 3) = 1 / 4.
    for layer, weight, bias in ((0, [[1, 1]], [0]), (2, [[1], [0.5]], [-6, -3 - math.log(3)])):
        drlm.attention[layer].weight.data = torch.tensor(weight).float()
        drlm.attention[layer].bias.data = torch.tensor(bias).float()
    maps = torch.tensor([[[[1.0, 3.0]], [[4.0, 4.0]]]])
    task, domain = drlm(maps)
    assert torch.allclose(task, torch.tensor([[[[0.5, 1.5]], [[1.0, 1.0]]]]))
    assert torch.allclose(task + domain, maps)


@pytest.mark.parametrize(("two_sided", "want"), [(False, -1 / math.e), (True, 0.2 * math.log(0.2) + 0.8 * math.log(0.8))])
def test_entropy_of_the_domain_features(two_sided, want):
    p = 0.2 if two_sided else 1 / math.e
    logits = torch.full((1, 5), math.log(p / (1 - p)), dtype=torch.float64, requires_grad=True)
    value = d2am.negative_entropy(logits, two_sided)
    assert value.item() == pytest.approx(want)
    value.backward()
    # As written, 1/e is the minimum; two-sided it is 1/2.
    assert (logits.grad.abs().max() < 1e-12) == (not two_sided)
    assert d2am.negative_entropy(torch.tensor([[1e4, -1e4]])).item() == 0


def test_statistics_of_channels():
    maps = torch.tensor([[[[1.0, 3.0]], [[2.0, 2.0]]]])
    assert d2am.channel_statistics([maps, maps[:, :1] * 2]).tolist() == [[2, 2, 4, 1, 0, 2]]


def test_the_loss_is_that_of_the_equation(model):
    images, samples = batch(pseudo_domain=lambda number: (2, 0, 1)[number])
    losses = model.loss(images, samples)
    # Pseudo-domains 0 and 1 are the second and third block; 2 is for meta-test.
    train_cls = train_depth = test_cls = entropy = 0
    theta, adapted = dict(model.embedder.named_parameters()), []
    reference = small("d2am", first_backbone=None)
    reference.load_state_dict(model.state_dict())
    for block in (1, 2, 0):
        own = slice(4 * block, 4 * block + 4)
        labels = torch.tensor([1, 1, 0, 0])
        every, last, domain = model.backbone.with_domain_maps(images[own])
        depth = depth_loss(model.depth_estimator(every), torch.stack([sample.depth for sample in samples[own]]))
        p = torch.stack([d.presence(m.mean((2, 3))) for d, m in zip(model.backbone.drlms, domain, strict=True)]).sigmoid()
        entropy += (p * p.log()).sum() / 4

        def loss(weights, last=last, labels=labels):
            features, logits = functional_call(model.embedder, weights, (last,))
            mmd = d2am.rbf_mmd(features, features * 0)
            return class_loss(logits, labels) + 0.05 * mmd

        if block:
            value = loss(theta)
            gradients = torch.autograd.grad(value, list(theta.values()), create_graph=True)
            adapted.append({name: w - 1e-3 * g for (name, w), g in zip(theta.items(), gradients, strict=True)})
            train_cls, train_depth = train_cls + value, train_depth + depth
        else:
            test_cls = sum(map(loss, adapted))
    wanted = dict(
        loss_train_cls=train_cls,
        loss_train_depth=10 * train_depth,
        loss_test_cls=test_cls,
        loss_test_depth=10 * depth,
        loss_entropy=0.1 * entropy,
    )
    assert {name: value.item() for name, value in losses.items()} == {
        name: pytest.approx(value.item(), rel=1e-9) for name, value in wanted.items()
    }
    names = [name for name, _ in model.named_parameters()]
    got, want = (
        torch.autograd.grad(sum(values.values()), list(model.parameters()), retain_graph=True, allow_unused=True)
        for values in (losses, wanted)
    )
    assert [n for n, a, b in zip(names, got, want, strict=True) if not torch.allclose(a, b, rtol=1e-6, atol=1e-10)] == []


def test_samples_without_pseudo_domains_are_refused(model):
    with pytest.raises(ValueError, match=r"at least two pseudo-domains: set default_hooks.pseudo_domains=dict"):
        model.loss(*batch())
