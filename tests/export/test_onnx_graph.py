# SPDX-License-Identifier: Apache-2.0
"""ONNX graphs take uint8 crops of any number, and give the answers of the network."""

import logging

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from flip_mm.export.onnx_graph import write_graph
from flip_mm.inference.model_card import InputSpec
from flip_mm.models.heads.ssdg_norms import normalize_over_classes


def expected(network, spec, crops):
    """Logits of a network for RGB crops, normalised in numpy."""
    images = crops[..., ::-1] if spec.colour == "BGR" else crops
    images = (images.astype(np.float32) - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    with torch.no_grad():
        return network(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))[0].numpy()


@pytest.mark.parametrize("count", [1, 2, 5])
def test_any_number_of_crops(exported, count):
    session = onnxruntime.InferenceSession(exported.graph)
    (taken,) = session.get_inputs()
    assert (taken.name, taken.type, taken.shape) == ("crop", "tensor(uint8)", ["batch", 16, 16, 3])
    crops = exported.crops(count)
    logits, p_real, similarities = session.run(["logits", "p_real", "similarities"], {"crop": crops})
    want = expected(exported.network, exported.card.inputs[0], crops)
    np.testing.assert_allclose(logits, want, rtol=0, atol=1e-5)
    np.testing.assert_allclose(p_real, 1 / (1 + np.exp(want[:, 0] - want[:, 1])), rtol=0, atol=1e-6)
    assert similarities.shape == (count, 3)


def test_a_file_holds_no_source_code_and_the_process_keeps_its_settings(exported):
    content = exported.graph.read_bytes()
    for text in (b"torch/", b".py", b"stack_trace"):
        assert text not in content
    assert not [path for path in exported.graph.parent.iterdir() if path.suffix not in (".onnx",)]
    assert torch.backends.mha.get_fastpath_enabled()
    assert logging.root.manager.disable == 0


class TwoCrops(nn.Module):
    def forward(self, first, second):
        return torch.stack([first.mean((1, 2, 3)), second.amax((1, 2, 3))], 1), None


def test_two_inputs_of_different_sizes(tmp_path):
    specs = [InputSpec((8, 8), (0.0,) * 3, (1.0,) * 3), InputSpec((4, 6), (10.0,) * 3, (2.0,) * 3)]
    write_graph(TwoCrops().eval(), specs, tmp_path / "two.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "two.onnx")
    assert [value.name for value in session.get_inputs()] == ["crop0", "crop1"]
    assert [value.name for value in session.get_outputs()] == ["logits", "p_real"]
    rng = np.random.default_rng(0)
    crops = [rng.integers(0, 256, (3, *spec.size, 3), np.uint8) for spec in specs]
    (logits,) = session.run(["logits"], dict(crop0=crops[0], crop1=crops[1]))
    want = np.stack([crops[0].mean((1, 2, 3)), (crops[1].max((1, 2, 3)) - 10) / 2], 1)
    np.testing.assert_allclose(logits, want, rtol=1e-5)


class TwoImages(nn.Module):
    def forward(self, images):
        return images.sum((1, 2, 3)).reshape(1, 2), None


def test_a_network_for_one_size_of_a_batch_is_refused(tmp_path, capfd):
    with pytest.raises(ValueError, match=r"^torch\.onnx cannot export this network: "):
        write_graph(TwoImages(), [InputSpec((8, 8), (0.0,) * 3, (1.0,) * 3)], tmp_path / "x.onnx")
    assert not [*tmp_path.iterdir()]
    assert capfd.readouterr() == ("", "")


class NormalisedClasses(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2, bias=False)

    def forward(self, images):
        normalize_over_classes(self.layer)
        return self.layer(images.mean((2, 3))), None


def test_weights_that_are_normalised_in_place(tmp_path):
    network = NormalisedClasses().eval()
    write_graph(network, [InputSpec((4, 4), (0.0,) * 3, (1.0,) * 3)], tmp_path / "x.onnx")
    images = np.arange(96, dtype=np.uint8).reshape(2, 4, 4, 3)
    (logits,) = onnxruntime.InferenceSession(tmp_path / "x.onnx").run(["logits"], dict(crop=images))
    want = images.mean((1, 2)) @ nn.functional.normalize(network.layer.weight.detach(), dim=0).numpy().T
    np.testing.assert_allclose(logits, want, rtol=1e-5)
