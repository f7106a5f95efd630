# SPDX-License-Identifier: Apache-2.0
"""flip_mm minifasnet: the published files of Silent-Face as one model file."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from flip_mm.cli import commands
from flip_mm.inference.detector import Detector
from flip_mm.media.decoding import decode_image
from flip_mm.networks.minifasnet import MiniFASNet

PEERS = os.environ.get("FLIP_MM_PEERS")
FILES = {"V2": "2.7_80x80_MiniFASNetV2.pth", "V1SE": "4_0_0_80x80_MiniFASNetV1SE.pth"}


@pytest.fixture
def convert(monkeypatch):
    """convert(*arguments): exit code of flip_mm minifasnet."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["flip_mm", "minifasnet", *map(str, arguments)])
        return commands.main()

    return run


@pytest.fixture
def weights(tmp_path):
    """The two files with random weights."""
    networks = {arch: MiniFASNet(arch).eval() for arch in FILES}
    for arch, network in networks.items():
        torch.nn.init.normal_(network.prob.weight)
        torch.save({f"module.{key}": value for key, value in network.state_dict().items()}, tmp_path / FILES[arch])
    return networks, [tmp_path / name for name in FILES.values()]


def test_the_model_file_gives_the_mean_of_the_networks(convert, weights, tmp_path):
    networks, paths = weights
    convert(*paths, tmp_path / "pair.safetensors")
    detector = Detector(tmp_path / "pair.safetensors", faces="given")
    assert [(spec.crop, spec.scale, spec.colour) for spec in detector.card.inputs] == [
        ("shifted", 2.7, "BGR"),
        ("shifted", 4.0, "BGR"),
    ]
    assert detector.card.decision is None
    crops = [np.random.default_rng(seed).integers(0, 256, (3, 80, 80, 3), np.uint8) for seed in range(2)]
    images = [torch.from_numpy(np.ascontiguousarray(crop[..., ::-1])).permute(0, 3, 1, 2).float() for crop in crops]
    with torch.no_grad():
        pairs = zip(networks.values(), images, strict=True)
        expected = sum(network(image).softmax(1)[:, 1] for network, image in pairs) / 2
    assert detector.runtime(crops).p_real() == pytest.approx(expected.numpy(), abs=1e-6)


def test_one_network_alone(convert, weights, tmp_path):
    assert convert(weights[1][0], tmp_path / "one.safetensors") == 0
    assert len(Detector(tmp_path / "one.safetensors", faces="given").card.inputs) == 1


def test_a_renamed_file_is_refused(convert, weights, tmp_path, capsys):
    path = weights[1][0].rename(tmp_path / "model.pth")
    assert convert(path, tmp_path / "out.safetensors") == 2
    assert "The name 'model.pth' does not say crop, size and architecture" in capsys.readouterr().err
    assert not (tmp_path / "out.safetensors").exists()


@pytest.mark.skipif(not PEERS, reason="FLIP_MM_PEERS does not name a folder with Silent-Face's files")
def test_the_published_pair_gives_the_expected_scores(convert, tmp_path):
    convert(*(Path(PEERS, name) for name in FILES.values()), tmp_path / "pair.safetensors")
    detector = Detector(tmp_path / "pair.safetensors", faces="given")
    expected = json.loads(Path(PEERS, "minifasnet.json").read_text())["images"]
    pictures = [decode_image(Path(PEERS, own["file"]).read_bytes()) for own in expected]
    boxes = [(x, y, x + width, y + height) for x, y, width, height in (own["box_xywh"] for own in expected)]
    found = [result.p_real for result in detector.predict(pictures, face=boxes)]
    assert found == pytest.approx([own["p_live"] for own in expected], abs=1e-3)
