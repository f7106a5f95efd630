# SPDX-License-Identifier: Apache-2.0
"""Image towers of timm as backbones: equal to timm, and weights from files and tags."""

import pickle
from pathlib import Path

import pytest
import timm
import torch
from mmpretrain.registry import MODELS
from safetensors.torch import save_file

from flip_mm.engine.records.weights_record import tensors_sha256, weights_record
from flip_mm.models import TimmTower
from flip_mm.models.backbones import timm_weights
from flip_mm.models.backbones.open_clip import build as hub

VIT, BEIT = "vit_base_patch16_224", "beit_base_patch16_224"
SMALL = dict(depth=1, embed_dim=24, num_heads=2)


@pytest.fixture
def source():
    """source(arch) -> a small model of timm with a classifier for 1000 classes."""

    def make(arch=VIT, size=32):
        return timm.create_model(arch, img_size=size, **SMALL).eval()

    return make


def tower(arch=VIT, size=32, **kwargs):
    return TimmTower(arch, image_size=size, options=SMALL, **kwargs).eval()


def saved(model, path, **level):
    torch.save(dict(level, model=model.state_dict()) if level else model.state_dict(), path)
    return str(path)


@pytest.mark.parametrize("arch", [VIT, BEIT])
def test_features_are_what_timm_passes_to_its_classifier(source, tmp_path, arch):
    model, images = source(arch), torch.randn(3, 3, 32, 32)
    backbone = tower(arch, pretrained=saved(model, tmp_path / "own.pth"))
    with torch.no_grad():
        wanted = model.forward_head(model.forward_features(images), pre_logits=True)
        features, embeddings = backbone.encode_image(images)
    assert embeddings is None
    assert features.shape == (3, 24) == (3, backbone.feature_dims)
    torch.testing.assert_close(features, wanted, rtol=0, atol=1e-6)


def test_the_class_token_of_a_vit(source, tmp_path):
    model, images = source(), torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        features, _ = tower(pretrained=saved(model, tmp_path / "own.pth")).encode_image(images)
        torch.testing.assert_close(features, model.forward_features(images)[:, 0], rtol=0, atol=1e-6)


@pytest.mark.parametrize("form", ["pth", "safetensors", "nested", "parallel"])
def test_forms_of_files(source, tmp_path, form):
    model, path = source(), tmp_path / f"own.{'safetensors' if form == 'safetensors' else 'pth'}"
    if form == "safetensors":
        save_file(model.state_dict(), path)
    elif form == "parallel":
        torch.save({f"module.{name}": value for name, value in model.state_dict().items()}, path)
    else:
        saved(model, path, **(dict(epoch=3) if form == "nested" else {}))
    loaded = tower(pretrained=str(path)).visual.state_dict()
    assert loaded.keys() == model.state_dict().keys() - {"head.weight", "head.bias"}
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in loaded.items())


@pytest.mark.parametrize("arch", [VIT, BEIT])
def test_another_image_size(source, tmp_path, arch):
    backbone = tower(arch, 64, pretrained=saved(source(arch), tmp_path / "own.pth"))
    assert backbone.encode_image(torch.zeros(1, 3, 64, 64))[0].isfinite().all()
    with pytest.raises(ValueError, match=r"images of \(32, 32\) px .* takes \(64, 64\).*model.backbone.image_size=32"):
        backbone.encode_image(torch.zeros(1, 3, 32, 32))


class Code:
    def __reduce__(self):
        return print, ("code was run",)


def test_refused(source, tmp_path, capsys):
    def refused(error, message, arch=VIT, **kwargs):
        with pytest.raises(error, match=message):
            tower(arch, **kwargs)

    refused(ValueError, "'vit_bass_patch16_224' is no architecture of timm .* did you mean", "vit_bass_patch16_224")
    refused(ValueError, f"tag of {VIT}; its tags are .*augreg_in21k_ft_in1k", pretrained="openai")
    refused(FileNotFoundError, "no weight file at 'no/file.pth'", pretrained="no/file.pth")
    beit = saved(source(BEIT), tmp_path / "beit.pth")
    refused(ValueError, "does not hold the weights of vit_base.*relative_position_bias_table", pretrained=beit)
    torch.save(dict(epoch=1), tmp_path / "empty.pth")
    refused(ValueError, "does not hold the weights", pretrained=str(tmp_path / "empty.pth"))
    with pytest.raises(ValueError, match="timm cannot build vit_base_patch16_224 with layers=2"):
        TimmTower(options=dict(layers=2))
    (tmp_path / "code.pth").write_bytes(pickle.dumps(dict(state_dict=Code())))
    refused(ValueError, "could not be read as a plain weight file", pretrained=str(tmp_path / "code.pth"))
    assert "code was run" not in capsys.readouterr().out


class ConnectError(Exception):
    """Of that name in the hub's client."""


def test_without_a_network(monkeypatch):
    def unreachable(url):
        raise ConnectError(url)

    monkeypatch.setattr(hub, "get_hf_file_metadata", unreachable)
    monkeypatch.setattr(hub, "try_to_load_from_cache", lambda repo, name: None)
    with pytest.raises(
        ConnectionError, match=r"Download model\.safetensors from https://huggingface.co/timm/vit_base_patch16_224"
    ):
        tower(pretrained="augreg_in21k_ft_in1k")


def test_a_downloaded_tag(source, monkeypatch, tmp_path):
    def download(repository, name):
        assert (repository, name) == (f"timm/{BEIT}.in22k_ft_in22k_in1k", "model.safetensors")
        save_file(source(BEIT).state_dict(), tmp_path / name)
        return tmp_path / name

    monkeypatch.setattr(timm_weights, "hf_hub_download", download)
    monkeypatch.setattr(timm_weights, "check_reachable", lambda _: None)
    settings = dict(type="TimmTower", arch=BEIT, pretrained="in22k_ft_in22k_in1k", image_size=32, options=SMALL)
    model = MODELS.build(dict(type="FLIP", backbone=settings, head=dict(type="FLIPVHead")))
    (record,) = weights_record(dict(backbone=settings), model, None)
    hashed = tensors_sha256(model.backbone)
    assert record == dict(source="model.backbone.pretrained", name="in22k_ft_in22k_in1k", tensors_sha256=hashed)


def test_the_record_of_a_local_file_has_its_hash(source, tmp_path):
    path = saved(source(), tmp_path / "own.pth")
    (record,) = weights_record(dict(backbone=dict(arch=VIT, pretrained=path)), tower(pretrained=path), None)
    assert (record["name"], len(record["sha256"])) == ("own.pth", 64)


def test_weights_are_not_read_if_a_checkpoint_follows(monkeypatch, tmp_path):
    monkeypatch.setattr("flip_mm.models.backbones.awaits_checkpoint.checkpoint_follows", lambda: True)
    backbone = tower(pretrained=str(Path(tmp_path) / "absent.pth"))
    with pytest.raises(RuntimeError, match="was skipped because a checkpoint was expected"):
        backbone.encode_image(torch.zeros(1, 3, 32, 32))
    monkeypatch.undo()
    state = tower().state_dict()
    with pytest.raises(ValueError, match="1 weights are missing or have another shape"):
        backbone.load_state_dict({name: value for name, value in state.items() if name != "visual.cls_token"}, strict=False)
    backbone.load_state_dict(state)
    assert backbone.encode_image(torch.zeros(1, 3, 32, 32))[0].shape == (1, 24)
