# SPDX-License-Identifier: Apache-2.0
"""The benchmark of maps."""

import cv2
import numpy as np
import torch
from fixtures.small_networks import ARCHITECTURES, random_network

from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.inference.model_file import write_safetensors
from flip_mm.inference.open_runtime import open_runtime


def write_model(path):
    card = ModelCard("tiny", ARCHITECTURES["resnet"], (InputSpec((64, 64), (127.5,) * 3, (64.0,) * 3),))
    weights = random_network("resnet").state_dict()
    write_safetensors(path, card, {name: value.numpy() for name, value in weights.items()})


def test_correlations_of_all_maps(run_tool, tmp_path, capsys):
    write_model(tmp_path / "tiny.safetensors")
    for number in range(3):
        noise = np.random.default_rng(number).integers(0, 256, (64, 64, 3), np.uint8)
        cv2.imwrite(str(tmp_path / f"{number}.png"), noise)
    run_tool("benchmarks/explanation_maps.py", tmp_path / "tiny.safetensors", tmp_path, "--every", 2)
    head, *rows = capsys.readouterr().out.splitlines()
    assert head == "2 pictures, mean correlation of the maps"
    table = np.array([row[26:].split() for row in rows], float)
    assert table.shape == (4, 4)
    np.testing.assert_array_equal(np.diag(table), 1)
    np.testing.assert_array_equal(table, table.T)


def test_grad_cam_is_that_of_its_equations(load_tool, tmp_path):
    write_model(tmp_path / "tiny.safetensors")
    runtime = open_runtime(tmp_path / "tiny.safetensors")
    tool = load_tool("benchmarks/explanation_maps.py")
    crop = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    tower, kept = runtime.network.tower, []
    tower.layer2.register_forward_hook(lambda _, __, output: kept.append(output))
    logits, _ = runtime.network(runtime.normalise[0](torch.from_numpy(crop[None])))
    gradient = torch.autograd.grad(logits[0, 1] - logits[0, 0], kept[0])[0][0]
    expected = sum(gradient[channel].mean() * kept[0][0, channel] for channel in range(gradient.shape[0]))
    np.testing.assert_allclose(tool.grad_cam(runtime, crop), expected.detach().numpy(), rtol=1e-4, atol=1e-6)
