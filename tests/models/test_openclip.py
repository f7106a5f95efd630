# SPDX-License-Identifier: Apache-2.0
import json

import open_clip
import pytest
import torch
from mmpretrain.registry import MODELS
from safetensors.torch import save_file

from flip_mm.models.backbones.open_clip.weights import read_weights


def build(arch, **kwargs):
    return MODELS.build(dict(type="OpenCLIP", arch=arch, **kwargs))


@pytest.fixture(params=["pt", "wrapped", "safetensors", "openai"])
def weights(request, clip, tmp_path):
    state = {k: v.clone() for k, v in clip.state_dict().items()}
    path = tmp_path / f"clip.{'safetensors' if request.param == 'safetensors' else 'pt'}"
    if request.param == "safetensors":
        save_file(state, path)
    elif request.param == "wrapped":
        torch.save(dict(epoch=3, state_dict={f"module.{k}": v for k, v in state.items()}), path)
    elif request.param == "openai":
        extra = dict(input_resolution=torch.tensor(32), context_length=torch.tensor(16), vocab_size=torch.tensor(49408))
        torch.save(state | extra, path)
    else:
        torch.save(state, path)
    return str(path)


def test_embeddings_equal_open_clip(arch, clip, weights):
    backbone = build(arch, pretrained=weights).eval()
    x, prompts = torch.randn(2, 3, 32, 32), ["a real face", "a spoof face"]
    features, embeddings = backbone.encode_image(x)
    torch.testing.assert_close(embeddings, clip.encode_image(x))
    torch.testing.assert_close(features @ clip.visual.proj, embeddings)
    tokens = open_clip.SimpleTokenizer(context_length=16)(prompts)
    torch.testing.assert_close(backbone.encode_text(prompts), clip.encode_text(tokens))
    torch.testing.assert_close(backbone.logit_scale, clip.logit_scale.reshape(1))
    assert backbone.logit_bias is None


def test_an_image_tower_alone_loads_the_same_weights(arch, clip, weights):
    backbone = build(arch, pretrained=weights, text=False).eval()
    x = torch.randn(2, 3, 32, 32)
    features, embeddings = backbone.encode_image(x)
    torch.testing.assert_close(features @ clip.visual.proj, clip.encode_image(x))
    assert embeddings is None
    with pytest.raises(RuntimeError, match="text=True"):
        backbone.encode_text(["a face"])


def test_sizes_and_tokenizer_follow_a_named_architecture():
    backbone = build("ViT-S-32-alt", pretrained=None)
    assert (backbone.feature_dims, backbone.embed_dims, backbone.image_size) == (384, 256, (224, 224))
    assert backbone.tokenize(["a real face"]).shape == (1, 5)


def test_without_a_projection_matrix_features_are_the_embeddings():
    arch = dict(
        embed_dim=24,
        vision_cfg=dict(image_size=32, layers=[1, 1, 1, 1], width=8),
        text_cfg=dict(context_length=16, width=64, heads=1, layers=1),
    )
    backbone = build(arch)
    features, embeddings = backbone.encode_image(torch.randn(2, 3, 32, 32))
    assert features is embeddings
    assert features.shape == (2, 24)


def test_position_embeddings_follow_another_image_size(arch, weights):
    backbone = build(arch, pretrained=weights, image_size=64)
    assert backbone.image_size == (64, 64)
    assert backbone.visual.positional_embedding.shape == (17, 64)


def test_a_named_architecture_with_another_size_and_activation():
    backbone = build("ViT-S-32-alt", image_size=64, quick_gelu=True)
    assert backbone.image_size == (64, 64)
    assert backbone.visual.positional_embedding.shape == (5, 384)
    kinds = {type(m).__name__ for m in backbone.modules()}
    assert "QuickGELU" in kinds
    assert "GELU" not in kinds


def test_weights_of_unknown_activation_give_a_warning(arch, weights, monkeypatch, request):
    said = []
    monkeypatch.setattr("flip_mm.models.backbones.open_clip.build.print_log", lambda text, **_: said.append(text))
    build(arch, pretrained=weights)
    assert said == []
    if "openai" in request.node.name:
        with pytest.raises(ValueError, match=r"is OpenAI's CLIP, trained with QuickGELU.*backbone.quick_gelu=True"):
            build(arch | dict(quick_gelu=False), pretrained=weights)
        return
    build(arch | dict(quick_gelu=False), pretrained=weights)
    assert ["do not say which activation" in text for text in said] == [True]


def test_longer_context_keeps_the_first_positions(arch, clip, weights):
    arch["text_cfg"]["context_length"] = 20
    backbone = build(arch, pretrained=weights)
    assert backbone.context_length == 20
    assert backbone.text_tower.positional_embedding.shape == (20, 64)


def test_logit_scale_and_bias_are_vectors_and_the_bias_is_not_trained(arch, tmp_path):
    (tmp_path / "tiny-sigmoid.json").write_text(json.dumps(arch | dict(init_logit_bias=-10.0)))
    open_clip.add_model_config(tmp_path / "tiny-sigmoid.json")
    torch.save(open_clip.create_model("tiny-sigmoid").state_dict(), tmp_path / "sigmoid.pt")
    backbone = build("tiny-sigmoid", pretrained=str(tmp_path / "sigmoid.pt"))
    assert backbone.logit_scale.shape == backbone.logit_bias.shape == (1,)
    assert backbone.logit_bias.item() == -10
    assert backbone.logit_scale.requires_grad
    assert not backbone.logit_bias.requires_grad


def test_quick_gelu_changes_the_activation(arch):
    arch["quick_gelu"] = False
    torch.manual_seed(0)
    plain = build(arch).encode_image(torch.ones(1, 3, 32, 32))[1]
    torch.manual_seed(0)
    quick = build(arch, quick_gelu=True).encode_image(torch.ones(1, 3, 32, 32))[1]
    assert (plain - quick).abs().max() > 1e-4


def test_openai_weights_refuse_gelu():
    with pytest.raises(ValueError, match=r"trained with QuickGELU.*quick_gelu=True"):
        build("ViT-B-16", pretrained="openai")


def test_weights_that_cannot_be_downloaded(monkeypatch):
    def unreachable(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(open_clip, "create_model", unreachable)
    with pytest.raises(
        ConnectionError,
        match=r"'openai' of ViT-B-16-quickgelu.*huggingface.co/timm/vit_base_patch16_clip_224.openai .*backbone.pretrained",
    ):
        build("ViT-B-16-quickgelu", pretrained="openai")


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        (dict(arch="ViT-B-61"), "'ViT-B-61' is not an architecture"),
        (dict(arch="ViT-B-16", pretrained="laion9b"), "neither a file nor a tag of ViT-B-16; its tags are"),
        (dict(arch=dict(embed_dim=3)), "expected embed_dim, vision_cfg, text_cfg"),
    ],
)
def test_unknown_names(kwargs, message):
    with pytest.raises(ValueError, match=message):
        build(**kwargs)


def test_missing_file(arch):
    with pytest.raises(FileNotFoundError, match=r"no weight file at 'weights/none.pt'"):
        build(arch, pretrained="weights/none.pt")


def test_other_shape(arch, weights):
    arch["vision_cfg"]["width"] = 128
    with pytest.raises(ValueError, match=r"other shapes .* \(file \(.*\), model \(.*\)\).*Set `arch`"):
        build(arch, pretrained=weights)


def test_other_depth_and_foreign_names(arch, weights, tmp_path):
    arch["vision_cfg"]["layers"] = 2
    with pytest.raises(ValueError, match=r"missing \(12\): visual.transformer.resblocks.1"):
        build(arch, pretrained=weights)
    torch.save({"layer1.weight": torch.ones(2)}, tmp_path / "resnet.pt")
    with pytest.raises(ValueError, match=r"not in the model \(1\): layer1.weight"):
        build(arch, pretrained=str(tmp_path / "resnet.pt"))


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("kind", ["pickle", "text", "truncated", "empty", "not a dict"])
def test_unreadable_files_are_refused_without_executing_code(arch, clip, tmp_path, kind):
    path, trap = tmp_path / "clip.pt", tmp_path / "trap"
    if kind == "pickle":
        torch.save(dict(state_dict=clip.state_dict(), callback=Payload(trap)), path)
    elif kind == "text":
        path.write_text("<html>404</html>")
    elif kind == "empty":
        torch.save({}, path)
    elif kind == "not a dict":
        torch.save(torch.ones(3), path)
    else:
        torch.save(clip.state_dict(), path)
        path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"clip.pt' (could not be read as a plain weight file|holds no weights)"):
        read_weights(path)
    assert not trap.exists()


def test_decoders_are_refused():
    with pytest.raises(ValueError, match="multimodal decoders such as CoCa are not supported"):
        build("coca_ViT-B-32")


def test_a_tokenizer_that_needs_the_network(monkeypatch):
    def missing(*args, **kwargs):
        raise ImportError("No module named 'transformers'")

    monkeypatch.setattr(open_clip, "get_tokenizer", missing)
    with pytest.raises(ConnectionError, match=r"'ViT-S-32-alt' uses a tokenizer of the Hugging Face hub.*transformers"):
        build("ViT-S-32-alt")


def test_the_home_folder_is_expanded(arch, clip, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    torch.save(clip.state_dict(), tmp_path / "clip.ckpt")
    backbone = build(arch, pretrained="~/clip.ckpt").eval()
    x = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(backbone.encode_image(x)[1], clip.encode_image(x))


def test_without_text_a_vit_of_any_width_has_no_embeddings(arch):
    arch["embed_dim"] = 64
    assert build(arch, text=False).encode_image(torch.randn(2, 3, 32, 32))[1] is None


def test_torchscript_archives_are_recognised(tmp_path):
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.ones(1, 2)), tmp_path / "ViT-B-16.pt")
    with pytest.raises(ValueError, match=r"ViT-B-16.pt' is a TorchScript archive.*huggingface.co/timm/vit_base_patch16"):
        read_weights(tmp_path / "ViT-B-16.pt")


def test_unknown_key_is_an_error(arch):
    with pytest.raises(TypeError, match="pretained"):
        build(arch, pretained="openai")
