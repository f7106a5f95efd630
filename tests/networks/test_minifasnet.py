# SPDX-License-Identifier: Apache-2.0
import pytest
import torch

from flip_mm.networks.minifasnet import ARCHS, Gate, MiniFASNet, MiniFASNetEnsemble


# Added by hand from the published widths.
@pytest.mark.parametrize(("arch", "parameters", "tensors"), [("V2", 434560, 334), ("V1SE", 433586, 370)])
def test_the_published_sizes(arch, parameters, tensors):
    network = MiniFASNet(arch)
    assert sum(p.numel() for p in network.parameters()) == parameters
    assert len(network.state_dict()) == tensors


@pytest.mark.parametrize("arch", ARCHS)
@pytest.mark.parametrize("size", [48, 80, 112])
def test_shapes(arch, size):
    network = MiniFASNet(arch, image_size=size).eval()
    images = torch.rand(2, 3, size, size)
    assert network.features(images).shape == (2, 128)
    assert network(images).shape == (2, 3)
    assert MiniFASNet(arch, -1, size).eval()(images).shape == (2, 128)


def test_only_v1se_has_gates_and_only_in_the_last_block_of_a_stage():
    gates = [name for name, module in MiniFASNet("V1SE").named_modules() if isinstance(module, Gate)]
    assert gates == ["conv_3.model.3.se_module", "conv_4.model.5.se_module", "conv_5.model.1.se_module"]
    assert not [module for module in MiniFASNet("V2").modules() if isinstance(module, Gate)]


def test_a_gate_scales_channels_by_their_means():
    gate = Gate(8).eval()
    torch.nn.init.constant_(gate.fc2.weight, 0.0)
    images = torch.rand(2, 8, 5, 5)
    assert torch.allclose(gate(images), images / 2)  # sigmoid(0)
    torch.nn.init.constant_(gate.bn2.bias, -100.0)
    assert gate(images).abs().max() < 1e-6


def test_a_closed_gate_leaves_the_input_of_a_residual_block():
    block = MiniFASNet("V1SE").eval().conv_3.model[3]
    torch.nn.init.constant_(block.se_module.bn2.bias, -100.0)
    images = torch.rand(1, 64, 20, 20)
    assert torch.allclose(block(images), images)


def test_the_state_survives_a_round_trip(tmp_path):
    network, images = MiniFASNet("V1SE").eval(), torch.rand(1, 3, 80, 80)
    torch.save(network.state_dict(), tmp_path / "state.pth")
    other = MiniFASNet("V1SE").eval()
    assert not torch.equal(other(images), network(images))
    other.load_state_dict(torch.load(tmp_path / "state.pth", weights_only=True))
    assert torch.equal(other(images), network(images))


def test_the_ensemble_is_the_mean_of_the_probabilities():
    ensemble = MiniFASNetEnsemble().eval()
    with torch.no_grad():
        for network in ensemble.networks:
            network.prob.weight.normal_()
    images = [255 * torch.rand(4, 3, 80, 80) for _ in range(2)]
    logits, similarities = ensemble(*images)
    mean = (ensemble.networks[0](images[0]).softmax(1) + ensemble.networks[1](images[1]).softmax(1)) / 2
    assert similarities is None
    assert torch.allclose(logits.softmax(1), torch.stack([1 - mean[:, 1], mean[:, 1]], 1), atol=1e-6)
    assert mean[:, 1].std() > 0.001


def test_the_ensemble_has_no_infinite_logits():
    ensemble = MiniFASNetEnsemble().eval()
    with torch.no_grad():
        for network in ensemble.networks:
            network.prob.weight.mul_(1e4)
        assert ensemble(*[255 * torch.rand(4, 3, 80, 80) for _ in range(2)])[0].isfinite().all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (dict(arch="V3"), "MiniFASNet has no arch 'V3'; choose from 'V1SE', 'V2'"),
        (dict(image_size=0), "image_size = 0"),
        (dict(num_classes=0), "num_classes = 0"),
    ],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        MiniFASNet(**arguments)
