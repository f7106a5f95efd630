# SPDX-License-Identifier: Apache-2.0
"""Maps of convolutional networks."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from fixtures.small_networks import random_network
from torch import nn

from flip_mm.explain.contributions import contributions
from flip_mm.explain.evidence import blurred
from flip_mm.explain.feature_stage import last_feature_map
from flip_mm.explain.network_evidence import NoMapError, image_towers, network_evidence


class Pooled(nn.Module):
    """A convolution, the mean over all places, and a linear layer."""

    def __init__(self):
        super().__init__()
        self.stage, self.classes = nn.Conv2d(3, 4, 1, bias=False), nn.Linear(4, 2)

    def forward(self, images):
        return self.classes(self.stage(images).mean((2, 3))), None


def runtime_of(network, inputs=1):
    """As much of a runtime as maps need; crops are normalised to 0..1."""
    normalise = [lambda crops: crops.permute(0, 3, 1, 2).float() / 255] * inputs
    return SimpleNamespace(network=network, normalise=normalise, device=torch.device("cpu"))


def test_contributions_of_a_linear_function_are_exact():
    rng = np.random.default_rng(0)
    features, baseline, weights = rng.normal(size=(3, 4, 2, 2))[:3]
    found = contributions(features, baseline, np.repeat(weights[None], 5, 0))
    np.testing.assert_allclose(found, ((features - baseline) * weights).sum(0), atol=1e-12)


def test_with_mean_pooling_and_a_linear_layer_the_weights_are_those_of_grad_cam(noise):
    torch.manual_seed(0)
    network, crop = Pooled(), noise(16)
    (found,) = network_evidence(runtime_of(network), [crop])
    pair = torch.from_numpy(np.stack([crop, blurred(crop)])).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        own, plain = network.stage(pair).double()
        # Grad-CAM's weight of a channel: the mean over all places of the gradient, here the weight of the linear layer.
        weights = (network.classes.weight[1] - network.classes.weight[0]).double() / own[0].numel()
        expected = ((own - plain) * weights[:, None, None]).sum(0).numpy()
    expected /= np.abs(expected).max()
    np.testing.assert_allclose(found.real - found.spoof, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["clip_resnet", "resnet"])
def test_contributions_add_up_to_the_change_of_the_margin(detector, noise, monkeypatch, name):
    runtime, crop = detector(name).runtime, noise(64, side=1)
    added = []
    monkeypatch.setattr("flip_mm.explain.network_evidence.evidence_of", lambda _, real, *__: added.append(real))
    network_evidence(runtime, [crop])
    spoof, real = runtime([np.stack([crop, blurred(crop)])]).logits.astype(np.float64).T
    change = (real - spoof)[0] - (real - spoof)[1]
    assert abs(change) > 1e-3
    assert added[0].sum() == pytest.approx(change, rel=0.03)


@pytest.mark.parametrize(("name", "stage", "places"), [("clip_resnet", "layer2", 8), ("resnet", "layer2", 8)])
def test_the_last_stage_that_still_shows_places(name, stage, places):
    tower = random_network(name).tower
    found, features = last_feature_map(tower, torch.randn(1, 3, 64, 64))
    assert found is getattr(tower, stage)
    assert features.shape[2:] == (places, places)


@pytest.mark.parametrize("place", [(0, 0), (2, 5), (7, 7)])
@pytest.mark.parametrize("own", ["real", "spoof"])
def test_planted_detail_is_found_for_its_class(place, own):
    network = Pooled()
    with torch.no_grad():
        # The network sums up how much of a place is brighter than its blurred copy.
        network.stage = nn.Conv2d(3, 4, 8, stride=8, bias=False)
        nn.init.ones_(network.stage.weight)
        nn.init.zeros_(network.classes.weight)
        network.classes.weight[1 if own == "real" else 0] = 1
    crop = np.full((64, 64, 3), 100, np.uint8)
    rows, columns = (slice(8 * k, 8 * k + 8) for k in place)
    crop[rows, columns] = 200
    (found,) = network_evidence(runtime_of(network), [crop])
    values = getattr(found, own)
    assert values[place] == 1
    assert np.delete(values, np.ravel_multi_index(place, (8, 8))).max() < 0.05


def test_maps_change_with_the_weights(detector, noise):
    """Sanity check of Adebayo et al. (NeurIPS 2018)."""
    for name in ("clip_resnet", "resnet"):
        maps = [network_evidence(detector(name, seed).runtime, [noise(64)])[0] for seed in range(2)]
        values = [(own.real - own.spoof).ravel() for own in maps]
        assert abs(np.corrcoef(*values)[0, 1]) < 0.5


def test_the_strongest_place_is_1_and_a_place_argues_for_one_class(detector, noise):
    (found,) = network_evidence(detector("clip_resnet").runtime, [noise(64)])
    assert max(found.real.max(), found.spoof.max()) == 1
    assert not (found.real * found.spoof).any()


class Ensemble(nn.Module):
    """Two networks with an input each."""

    def __init__(self):
        super().__init__()
        self.networks = nn.ModuleList(Pooled() for _ in range(2))

    def forward(self, *images):
        return sum(network(own)[0] for network, own in zip(self.networks, images, strict=True)), None


def test_each_input_of_an_ensemble_has_its_map(noise):
    torch.manual_seed(0)
    network = Ensemble()
    assert image_towers(network) == list(network.networks)
    crops = [noise(16), noise(24, 1)]
    found = network_evidence(runtime_of(network, 2), crops)
    assert [own.real.shape for own in found] == [(16, 16), (24, 24)]
    with torch.no_grad():
        network.networks[0].classes.weight.zero_()
    first, second = network_evidence(runtime_of(network, 2), crops)
    assert not first.real.any()
    assert not first.spoof.any()
    np.testing.assert_allclose(second.real, found[1].real, atol=1e-6)


def test_a_frozen_network_has_maps(detector, noise):
    for name, size in (("vit", 32), ("clip_resnet", 64)):
        runtime = detector(name).runtime
        runtime.network.requires_grad_(False)
        (found,) = network_evidence(runtime, [noise(size)])
        assert found.real.max() + found.spoof.max() >= 1


class Flat(nn.Module):
    """No feature map and no attention."""

    def __init__(self):
        super().__init__()
        self.classes = nn.Linear(3 * 16 * 16, 2)

    def forward(self, images):
        return self.classes(images.flatten(1)), None


def test_another_structure_is_refused(noise):
    with pytest.raises(NoMapError, match="Flat is neither open_clip's vision transformer nor a convolutional network"):
        network_evidence(runtime_of(Flat()), [noise(16)])
    with pytest.raises(NoMapError, match="one tower for each input"):
        network_evidence(runtime_of(Pooled(), 2), [noise(16), noise(16)])
