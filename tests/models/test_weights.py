# SPDX-License-Identifier: Apache-2.0
"""Weight files of every kind, and the activation that they were trained with."""

import open_clip
import pytest
import torch
from mmpretrain.registry import MODELS

from flip_mm.models.backbones.open_clip import build as build_module


def build(arch, **kwargs):
    return MODELS.build(dict(type="OpenCLIP", arch=arch, **kwargs))


WHOLE = [
    "flip-mcl",
    "flip-it",
    "flip_mm-mcl",
    "flip_mm-it",
    "openai-jit",
    "safetensors-by-another-name",
    "half",
    "open_clip-training",
]
IMAGE_ALONE = ["flip-v", "flip_mm-v", "image-tower"]
# Half precision rounds the weights.
LOOSE = dict(rtol=2e-2, atol=2e-2)


def options(kind):
    return dict(weights_format="openai-jit") if kind == "openai-jit" else {}


@pytest.mark.parametrize("kind", WHOLE)
def test_both_towers_are_loaded(arch, clip, write, kind):
    backbone = build(arch, pretrained=write(kind), **options(kind)).eval()
    x, prompts = torch.randn(2, 3, 32, 32), ["a real face", "a spoof face"]
    tokens = open_clip.SimpleTokenizer(context_length=16)(prompts)
    tolerance = LOOSE if kind in ("half", "openai-jit") else {}
    torch.testing.assert_close(backbone.encode_image(x)[1], clip.encode_image(x), **tolerance)
    torch.testing.assert_close(backbone.encode_text(prompts), clip.encode_text(tokens), **tolerance)
    assert backbone.logit_scale.item() == pytest.approx(clip.logit_scale.item(), rel=1e-3)
    assert {p.dtype for p in backbone.parameters()} == {torch.float32}


@pytest.mark.parametrize("kind", WHOLE + IMAGE_ALONE)
def test_the_image_tower_alone(arch, clip, write, kind):
    backbone = build(arch, pretrained=write(kind), text=False, **options(kind)).eval()
    x = torch.randn(2, 3, 32, 32)
    tolerance = LOOSE if kind in ("half", "openai-jit") else {}
    torch.testing.assert_close(backbone.encode_image(x)[0] @ clip.visual.proj, clip.encode_image(x), **tolerance)


@pytest.mark.parametrize("kind", IMAGE_ALONE)
def test_an_image_tower_is_not_enough_for_text(arch, write, kind):
    with pytest.raises(ValueError, match=r"missing \(\d+\): (?s:.*)(text=False|Set `arch`)"):
        build(arch, pretrained=write(kind))


@pytest.mark.parametrize("kind", ["flip-mcl", "flip-it", "flip-v", "flip_mm-it", "openai-jit"])
def test_known_quick_gelu_is_required(arch, write, kind):
    with pytest.raises(
        ValueError, match=r"trained with QuickGELU, and the towers use GELU: set model.backbone.quick_gelu=True"
    ):
        build(arch | dict(quick_gelu=False), pretrained=write(kind), text="-v" not in kind, **options(kind))


def test_known_gelu_is_required(arch, flip_mm_state, tmp_path):
    state = flip_mm_state("it")
    torch.save(dict(meta=dict(quick_gelu=False), state_dict=state), tmp_path / "gelu.pth")
    build(arch | dict(quick_gelu=False), pretrained=str(tmp_path / "gelu.pth"))
    with pytest.raises(ValueError, match=r"trained with GELU, and the towers use QuickGELU: remove it"):
        build(arch, pretrained=str(tmp_path / "gelu.pth"))


def test_unknown_activation_gives_one_warning(arch, flip_mm_state, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(build_module, "print_log", lambda text, **_: said.append(text))
    torch.save(dict(meta={}, state_dict=flip_mm_state("it")), tmp_path / "old.pth")
    build(arch, pretrained=str(tmp_path / "old.pth"))
    assert said == []
    build(arch | dict(quick_gelu=False), pretrained=str(tmp_path / "old.pth"))
    assert len(said) == 1
    assert "do not say which activation" in said[0]


def test_torchscript_archives_need_openai_jit_and_openai_jit_needs_an_archive(arch, write, clip, tmp_path):
    with pytest.raises(ValueError, match=r"is a TorchScript archive.*weights_format='openai-jit'"):
        build(arch, pretrained=write("openai-jit"))
    torch.save(clip.state_dict(), tmp_path / "plain.pt")
    with pytest.raises(ValueError, match=r"is no TorchScript archive.*remove model.backbone.weights_format"):
        build(arch, pretrained=str(tmp_path / "plain.pt"), weights_format="openai-jit")
    with pytest.raises(ValueError, match="weights_format must be None or 'openai-jit', got 'jit'"):
        build(arch, pretrained=str(tmp_path / "plain.pt"), weights_format="jit")
    with pytest.raises(ValueError, match="pretrained=None is not one"):
        build(arch, weights_format="openai-jit")
