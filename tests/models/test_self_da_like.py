# SPDX-License-Identifier: Apache-2.0
import copy
import math

import pytest
import torch
from fixtures.depth_methods import batch, changed, optimizers, small

PARTS = dict(network=["backbone", "embedder", "depth_estimator", "autoencoder"], adaptor=["adaptor"])


@pytest.fixture(params=["last", "all"])
def model(request):
    return small("self_da_like", place=request.param, autoencoder_channels=4)


def test_unsupervised_loss(model):
    for layer in (model.autoencoder[2], model.embedder.fc):
        for value in layer.parameters():
            value.data.zero_()
    for value in model.adaptor.parameters():
        value.data.zero_()
    maps = model.eval().backbone(batch()[0])
    features = maps[1] if model.place == "last" else maps[0]
    loss = model.unsupervised_loss(maps, dict(model.adaptor.named_parameters()))
    # Nothing is reconstructed, both classes are equally probable, and W is 0.
    want = features.square().mean() + 10 * math.log(2) + 0.1 * features.shape[1]
    assert loss.item() == pytest.approx(want.item(), rel=1e-9)


def test_the_maps_of_all_stages_end_with_those_of_the_last(model):
    model.adaptor.conv.weight.data.normal_()
    every, last = model.extract_feat(batch()[0])
    assert torch.equal(every[:, -6:], last)
    before, _ = model.backbone(batch()[0])
    assert torch.equal(before[:, :12], every[:, :12]) == (model.place == "last")


def test_the_adaptors_gradient_has_second_derivatives(model):
    model.inner_rate = 0.5
    test = model.labelled(*batch(domains=1))
    weight = model.adaptor.conv.weight

    def loss():
        return sum(model.adaptor_losses(test).values())

    (gradient,) = torch.autograd.grad(loss(), [weight])
    for place in ((0, 1), (3, 2)):
        values = []
        for step in (1e-5, -1e-5):
            weight.data[place] += step
            values.append(loss().item())
            weight.data[place] -= step
        assert gradient[place].item() == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-4, abs=1e-7)


def test_each_optimizer_trains_its_parts_on_its_domains(model, monkeypatch):
    monkeypatch.setattr(model, "domain_order", lambda count: [2, 0, 1])
    wrappers = optimizers(model, **PARTS)
    images, samples = batch()
    seen = {}
    for name in ("network_losses", "adaptor_losses"):
        own = getattr(model, name)
        monkeypatch.setattr(model, name, lambda part, own=own, name=name: (seen.update({name: part}), own(part))[1])
    for name, rate in (("network", 0), ("adaptor", 0.1)):
        wrappers["network"].param_groups[0]["lr"], wrappers["adaptor"].param_groups[0]["lr"] = rate, 0.1 - rate
        before = copy.deepcopy(model.state_dict())
        logged = model.train_step(dict(inputs=images, data_samples=samples), wrappers)
        assert changed(model, before) == {*PARTS["adaptor" if name == "network" else "network"]}
    assert all(parameter.grad is None for parameter in model.parameters())
    assert logged["loss"].item() == pytest.approx(sum(v.item() for k, v in logged.items() if k.startswith("loss_")))
    assert torch.equal(seen["adaptor_losses"].images, images[4:8])
    assert torch.equal(torch.cat([part.images for part in seen["network_losses"]]), torch.cat([images[8:], images[:4]]))
    assert model.training


def test_the_running_statistics_move_only_in_the_step_of_the_network(model):
    before = copy.deepcopy(dict(model.named_buffers()))
    model.adaptor_losses(model.labelled(*batch(domains=1)))
    assert all(torch.equal(value, before[name]) for name, value in model.named_buffers())


def test_a_copy_is_adapted(model):
    images, _ = batch()
    before = copy.deepcopy(model.state_dict())
    maps = model.eval().backbone(images)
    scores = model(images)
    with torch.no_grad():
        model.adapt_to([images] * 5, rate=1e-2)
        adapted = model(images)
    losses = [model.unsupervised_loss(maps, dict(part.named_parameters())) for part in (model.adaptor, model._adapted)]
    assert losses[1] < losses[0]
    assert not torch.allclose(adapted, scores)
    assert changed(model, before) == set()
    assert model.state_dict().keys() == before.keys()
    model.forget()
    assert torch.equal(model(images), scores)


def test_bad_arguments():
    with pytest.raises(ValueError, match="place must be 'last' or 'all', got 'first'"):
        small("self_da_like", place="first")
    with pytest.raises(RuntimeError, match="trains with two optimizers"):
        small("self_da_like").loss(*batch())
