# SPDX-License-Identifier: Apache-2.0
"""MiniFASNet as a backbone, and its published files."""

import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from flip_mm.faces.face import Face
from flip_mm.faces.shifted_crop import crop_shifted, shifted_box
from flip_mm.models.backbones.minifasnet import load_published, parse_published_name
from flip_mm.networks.minifasnet import MiniFASNet

PEERS = os.environ.get("FLIP_MM_PEERS")
needs_peers = pytest.mark.skipif(not PEERS, reason="FLIP_MM_PEERS does not name a folder with Silent-Face's files")
FILES = {"V2": "2.7_80x80_MiniFASNetV2.pth", "V1SE": "4_0_0_80x80_MiniFASNetV1SE.pth"}


@pytest.fixture
def published(tmp_path):
    """Write random weights as the published files are written: published('V2', change)."""

    def write(arch="V2", change=None, name=None):
        state = {f"module.{key}": value for key, value in MiniFASNet(arch).state_dict().items()}
        path = tmp_path / (name or FILES[arch])
        torch.save(change(state) if change else state, path)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2.7_80x80_MiniFASNetV2.pth", (2.7, 80, "V2")),
        ("folder/4_0_0_80x80_MiniFASNetV1SE.pth", (4.0, 80, "V1SE")),
        ("1.5_96x80_MiniFASNetV2.pth", None),
        ("MiniFASNetV2.pth", None),
        ("org_1_80x60_MiniFASNetV1.pth", None),
    ],
)
def test_what_a_file_name_says(name, expected):
    assert parse_published_name(name) == expected


@pytest.mark.parametrize("arch", FILES)
def test_the_backbone_gives_the_features_of_a_published_file(arch, published):
    path = published(arch)
    backbone = MODELS.build(dict(type="MiniFASNet", arch=arch, pretrained=str(path))).eval()
    network = MiniFASNet(arch).eval()
    load_published(network, path)
    images = 255 * torch.rand(2, 3, 80, 80)
    (features,) = backbone(images)
    assert features.shape == (2, backbone.embed_dims)
    assert torch.equal(features, network.features(images))
    assert not any("prob" in name for name in backbone.state_dict())


def test_a_classifier_of_mmpretrain_trains_on_it():
    model = MODELS.build(
        dict(
            type="ImageClassifier",
            data_preprocessor=dict(mean=[0.0] * 3, std=[1.0] * 3, to_rgb=False),
            backbone=dict(type="MiniFASNet", arch="V1SE"),
            head=dict(type="LinearClsHead", num_classes=2, in_channels=128),
        )
    )
    samples = [DataSample().set_gt_label(label) for label in (0, 1)]
    sum(model(torch.rand(2, 3, 80, 80), samples, mode="loss").values()).backward()
    assert all(p.grad is not None for p in model.parameters())
    scores = model.eval()(torch.rand(2, 3, 80, 80), samples, mode="predict")
    assert [sample.pred_score.shape for sample in scores] == [(2,), (2,)]


def test_images_of_flip_mm_become_bgr_in_0_to_255():
    rgb = torch.randint(0, 256, (1, 3, 80, 80), dtype=torch.uint8)
    preprocessor = MODELS.build(dict(type="FASDataPreprocessor", mean=[0, 0, 0], std=[1 / 255] * 3, to_rgb=True))
    found = preprocessor(dict(inputs=rgb, data_samples=[DataSample()]))["inputs"]
    assert torch.allclose(found, rgb.flip(1).float(), atol=1e-4)


def test_the_published_classifier_predicts_three_classes(published):
    backbone = dict(type="MiniFASNet", arch="V2", num_classes=3, pretrained=str(published()))
    model = MODELS.build(dict(type="ImageClassifier", backbone=backbone, head=dict(type="ClsHead"))).eval()
    (sample,) = model(torch.rand(1, 3, 80, 80), [DataSample()], mode="predict")
    assert sample.pred_score.shape == (3,)


def without(key):
    return lambda state: {name: value for name, value in state.items() if name != key}


def changed(key, value):
    return lambda state: {**state, key: value}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("module.bn.bias"), r"does not hold the weights of MiniFASNetV2 \(1 names or shapes differ: bn.bias\)"),
        (changed("module.extra", torch.ones(1)), "1 names or shapes differ: extra"),
        (changed("module.prob.weight", torch.ones(2, 128)), "1 names or shapes differ: prob.weight"),
        (changed("module.bn.bias", torch.full((128,), float("nan"))), "holds NaN or infinite weights: bn.bias"),
        (lambda state: [1], "334 names or shapes differ"),
        (lambda state: {"epoch": 3}, "334 names or shapes differ"),
    ],
)
def test_weights_that_do_not_fit(change, message, published):
    with pytest.raises(ValueError, match=message):
        load_published(MiniFASNet("V2"), published("V2", change))


def test_the_file_of_the_other_network_is_refused_by_its_name(published):
    with pytest.raises(ValueError, match="is MiniFASNetV1SE for 80 pixels, not MiniFASNetV2 for 80"):
        load_published(MiniFASNet("V2"), published("V1SE"))
    with pytest.raises(ValueError, match="88 names or shapes differ"):
        load_published(MiniFASNet("V2"), published("V1SE", name="renamed.pth"))


def test_a_missing_file():
    with pytest.raises(FileNotFoundError, match=r"No checkpoint at 'absent.pth'"):
        MODELS.build(dict(type="MiniFASNet", pretrained="absent.pth"))


@pytest.fixture(scope="module")
def expected():
    return json.loads(Path(PEERS, "minifasnet.json").read_text())


@pytest.fixture(scope="module")
def peers():
    networks = {name: MiniFASNet(arch).eval() for arch, name in FILES.items()}
    for name, network in networks.items():
        load_published(network, Path(PEERS, name))
    return networks


@needs_peers
@pytest.mark.parametrize("name", FILES.values())
def test_logits_of_the_published_networks(name, peers, expected):
    images = np.random.RandomState(0).randint(0, 256, (2, 3, 80, 80)).astype(np.float32)
    with torch.no_grad():
        logits = peers[name](torch.from_numpy(images))
    assert logits.numpy() == pytest.approx(np.array(expected["tensor"][name]), rel=1e-4)


@needs_peers
@pytest.mark.parametrize("number", range(3))
def test_published_networks_on_pictures(number, peers, expected):
    own = expected["images"][number]
    image = cv2.imread(str(Path(PEERS, own["file"])))
    x, y, width, height = own["box_xywh"]
    face = Face((x, y, x + width, y + height))
    live = []
    for net in own["nets"]:
        assert list(shifted_box(face, *own["size"], net["scale"])) == net["crop_ltrb_inclusive"]
        crop = cv2.resize(crop_shifted(image, face, net["scale"]), (80, 80))
        assert crop.mean((0, 1)) == pytest.approx(net["crop_mean_bgr"], abs=0.05)
        with torch.no_grad():
            logits = peers[net["weights"]](torch.from_numpy(crop.transpose(2, 0, 1)[None].astype(np.float32)))
        live.append(logits.softmax(1)[0, 1].item())
    assert np.mean(live) == pytest.approx(own["p_live"], abs=1e-3)
