# SPDX-License-Identifier: Apache-2.0
"""Weight files that are truncated, malicious, or of another architecture."""

import argparse

import pytest
import torch
from mmpretrain.registry import MODELS

from flip_mm.models.backbones.open_clip.weights import read_weights


def build(arch, **kwargs):
    return MODELS.build(dict(type="OpenCLIP", arch=arch, **kwargs))


def options(kind):
    return dict(weights_format="openai-jit") if kind == "openai-jit" else {}


@pytest.mark.parametrize("kind", ["flip-mcl", "flip_mm-it", "openai-jit", "safetensors-by-another-name", "open_clip-training"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_truncated_files_are_refused(write, kind, share, tmp_path):
    path = tmp_path / write(kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(ValueError, match=rf"{kind}.pth.tar'"):
        read_weights(path, **options(kind))


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("place", ["top", "state_dict", "epoch"])
def test_a_payload_in_a_release_never_runs(release, clip, tmp_path, place):
    path, trap, content = tmp_path / "flip.pth.tar", tmp_path / "trap", release("mcl", clip)
    if place == "state_dict":
        content["state_dict"]["model.logit_scale"] = Payload(trap)
    elif place == "epoch":
        content["epoch"] = Payload(trap)
    else:
        content = Payload(trap)
    torch.save(content, path)
    for weights_format in (None, "openai-jit"):
        with pytest.raises(ValueError, match=r"io.open.*save only its state_dict|is no TorchScript archive"):
            read_weights(path, weights_format)
    assert not trap.exists()


def test_python_objects_in_a_weight_file_are_named_with_a_solution(release, clip, tmp_path):
    torch.save(release("it", clip) | dict(args=argparse.Namespace(lr=1e-6)), tmp_path / "flip.pth")
    with pytest.raises(ValueError, match=r"needs argparse.Namespace.*weights_only=False\) and save only its state_dict"):
        read_weights(tmp_path / "flip.pth")


def test_files_of_numpy_1_are_read(release, clip, tmp_path):
    torch.save(release("v", clip), tmp_path / "flip.pth", _use_new_zipfile_serialization=False)
    content = (tmp_path / "flip.pth").read_bytes()
    assert b"cnumpy._core.multiarray\n" in content
    (tmp_path / "flip.pth").write_bytes(content.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n"))
    assert read_weights(tmp_path / "flip.pth").kind == "a checkpoint of the official FLIP release"


def test_garbage_and_folders(arch, tmp_path):
    for name, content in {
        "a.pt": b"",
        "b.safetensors": b"",
        "c.safetensors": b"\x20" + 7 * b"\0" + b"{not json",
        "d.pth": b"GIF89a",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(ValueError, match=rf"{name}' could not be read as a plain weight file"):
            build(arch, pretrained=str(tmp_path / name))
    with pytest.raises(FileNotFoundError, match=r"no weight file at .*, a folder"):
        build(arch, pretrained=str(tmp_path))


@pytest.mark.parametrize("kind", ["flip-mcl", "flip_mm-it", "openai-jit"])
def test_the_message_for_another_architecture_names_the_recognised_kind(arch, write, kind):
    path = write(kind)
    arch["vision_cfg"]["width"] = 128
    with pytest.raises(ValueError, match=r"other shapes than this architecture"):
        build(arch, pretrained=path, **options(kind))
    arch["vision_cfg"].update(width=64, layers=2)
    with pytest.raises(ValueError, match=r"recognised as: (a checkpoint of|OpenAI's)(?s:.*)missing \(12\)(?s:.*)Set `arch`"):
        build(arch, pretrained=path, **options(kind))


def test_foreign_checkpoints_are_refused(arch, tmp_path):
    resnet = {"backbone.layer1.0.conv1.weight": torch.ones(2), "head.fc.weight": torch.ones(2)}
    torch.save(dict(meta={}, state_dict=resnet), tmp_path / "resnet.pth")
    with pytest.raises(ValueError, match=r"not in the model \(2\): backbone.layer1.0.conv1.weight, head.fc.weight"):
        build(arch, pretrained=str(tmp_path / "resnet.pth"), text=False)


@pytest.mark.parametrize("lost", ["model.visual.ln_post.bias", "model.token_embedding.weight", "model.logit_scale"])
def test_an_incomplete_release_is_refused(arch, clip, release, tmp_path, lost):
    content = release("mcl", clip)
    del content["state_dict"][lost]
    torch.save(content, tmp_path / "flip.pth")
    with pytest.raises(ValueError, match=rf"official FLIP release\n  missing \(1\): {lost.removeprefix('model.')}"):
        build(arch, pretrained=str(tmp_path / "flip.pth"))


def test_a_grid_that_cannot_be_interpolated(arch, clip, tmp_path):
    state = clip.state_dict() | {"visual.positional_embedding": torch.zeros(4, 64)}
    torch.save(state, tmp_path / "clip.pt")
    with pytest.raises(ValueError, match=r"position embeddings in .* have other shapes"):
        build(arch, pretrained=str(tmp_path / "clip.pt"))
