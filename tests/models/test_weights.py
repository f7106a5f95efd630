# SPDX-License-Identifier: Apache-2.0
"""Weight files of every kind, and what is said of those that are none."""

import argparse

import open_clip
import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed
from torch import nn

from flip_mm.models.backbones import build as build_module
from flip_mm.models.backbones.build import get_normalization
from flip_mm.models.backbones.weights import read_weights

TEXT = dict(context_length=16, width=64, heads=1, layers=1)


def build(arch, **kwargs):
    return MODELS.build(dict(type="OpenCLIP", arch=arch, **kwargs))


@pytest.fixture
def clip(arch):
    """A plain open_clip model, as source of weights and as oracle."""
    return open_clip.CLIP(**arch).eval()


class Holder(nn.Module):
    def forward(self, x):
        return x


def archive(state, path):
    """A TorchScript archive with these weights, as OpenAI's downloads are: partly in half precision, three integers beside."""
    root = Holder()
    extra = dict(input_resolution=torch.tensor(32), context_length=torch.tensor(16), vocab_size=torch.tensor(49408))
    for name, value in (state | extra).items():
        *parents, leaf = name.split(".")
        module = root
        for parent in parents:
            if parent not in module._modules:
                module.add_module(parent, Holder())
            module = module._modules[parent]
        half = leaf in ("proj", "text_projection")
        module.register_buffer(leaf, value.clone().half() if half else value.clone())
    torch.jit.save(torch.jit.trace(root, torch.ones(1)), path)


def flip_mm_state(model_config, clip, method, tmp_path):
    torch.save(clip.state_dict(), tmp_path / "source.pt")
    model = MODELS.build(model_config(method, backbone=dict(pretrained=str(tmp_path / "source.pt"))))
    return model.state_dict()


@pytest.fixture
def write(clip, release, model_config, tmp_path):
    """write('flip-mcl') -> path of a weight file of that kind, all holding the weights of ``clip``."""

    def make(kind):
        path, state = tmp_path / f"{kind}.pth.tar", clip.state_dict()
        if kind.startswith("flip-"):
            torch.save(release(kind.removeprefix("flip-"), clip), path)
        elif kind.startswith("flip_mm-"):
            own = flip_mm_state(model_config, clip, kind.removeprefix("flip_mm-"), tmp_path)
            torch.save(dict(meta=dict(iter=3, quick_gelu=True), state_dict=own, optimizer=dict(state={0: dict(step=1)})), path)
        elif kind == "openai-jit":
            archive(state, path)
        elif kind == "safetensors-by-another-name":
            save_file({k: v.clone() for k, v in state.items()}, path)
        elif kind == "half":
            torch.save({k: v.half() for k, v in state.items()}, path)
        elif kind == "image-tower":
            torch.save({k: v for k, v in state.items() if k.startswith("visual.")}, path)
        else:
            training = dict(epoch=3, name="run", optimizer=dict(param_groups=[dict(lr=0.1)]))
            torch.save(training | dict(state_dict={f"module.{k}": v for k, v in state.items()}), path)
        return str(path)

    return make


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
# Half precision is half of the weights' digits.
LOOSE = dict(rtol=2e-2, atol=2e-2)


def options(kind):
    return dict(weights_format="openai-jit") if kind == "openai-jit" else {}


@pytest.mark.parametrize("kind", WHOLE)
def test_both_towers(arch, clip, write, kind):
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


@pytest.mark.parametrize("kind", ["flip-mcl", "flip-v", "flip_mm-it", "openai-jit"])
def test_certain_quick_gelu_is_demanded(arch, write, kind):
    with pytest.raises(
        ValueError, match=r"trained with QuickGELU, and the towers use GELU: set model.backbone.quick_gelu=True"
    ):
        build(arch | dict(quick_gelu=False), pretrained=write(kind), text="-v" not in kind, **options(kind))


def test_certain_gelu_is_demanded(arch, clip, model_config, tmp_path):
    state = flip_mm_state(model_config, clip, "it", tmp_path)
    torch.save(dict(meta=dict(quick_gelu=False), state_dict=state), tmp_path / "gelu.pth")
    build(arch | dict(quick_gelu=False), pretrained=str(tmp_path / "gelu.pth"))
    with pytest.raises(ValueError, match=r"trained with GELU, and the towers use QuickGELU: remove it"):
        build(arch, pretrained=str(tmp_path / "gelu.pth"))


def test_unknown_activation_is_pointed_out_once(arch, clip, model_config, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(build_module, "print_log", lambda text, **_: said.append(text))
    torch.save(dict(meta={}, state_dict=flip_mm_state(model_config, clip, "it", tmp_path)), tmp_path / "old.pth")
    build(arch, pretrained=str(tmp_path / "old.pth"))
    assert said == []
    build(arch | dict(quick_gelu=False), pretrained=str(tmp_path / "old.pth"))
    assert len(said) == 1
    assert "do not say which activation" in said[0]


def test_the_archive_needs_the_switch_and_the_switch_an_archive(arch, write, clip, tmp_path):
    with pytest.raises(ValueError, match=r"is a TorchScript archive.*weights_format='openai-jit'"):
        build(arch, pretrained=write("openai-jit"))
    torch.save(clip.state_dict(), tmp_path / "plain.pt")
    with pytest.raises(ValueError, match=r"is no TorchScript archive.*leave model.backbone.weights_format out"):
        build(arch, pretrained=str(tmp_path / "plain.pt"), weights_format="openai-jit")
    with pytest.raises(ValueError, match="weights_format must be None or 'openai-jit', got 'jit'"):
        build(arch, pretrained=str(tmp_path / "plain.pt"), weights_format="jit")
    with pytest.raises(ValueError, match="pretrained=None names none"):
        build(arch, weights_format="openai-jit")


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


def test_python_objects_beside_the_weights_are_named_with_the_way_out(release, clip, tmp_path):
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
def test_other_architectures_say_what_was_recognised(arch, write, kind):
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


def timm_arch(name, size, pool, proj=None, **text):
    vision = dict(timm_model_name=name, timm_pool=pool, timm_proj=proj, image_size=size)
    return dict(embed_dim=24, vision_cfg=vision, text_cfg=TEXT | text, custom_text=True)


TOWERS = dict(
    resnet=dict(embed_dim=24, vision_cfg=dict(image_size=32, layers=[1, 1, 1, 1], width=8), text_cfg=TEXT),
    eva02=timm_arch("eva02_tiny_patch14_224", 56, "token"),
    mobileclip=timm_arch("fastvit_mci0", 64, "avg", no_causal_mask=True),
    convnext=timm_arch("test_convnext", 64, "avg", "linear"),
    vit=timm_arch("test_vit", 64, "token"),
    registers=timm_arch("vit_wee_patch16_reg1_gap_256", 64, "avg", "linear"),
)


# FLIP-IT trains a part of what FLIP-MCL trains.
@pytest.mark.parametrize(
    ("tower", "method"),
    [(tower, method) for tower in ("resnet", "eva02", "mobileclip", "convnext") for method in ("v", "mcl")]
    + [("resnet", "it")],
)
def test_other_towers_train_every_parameter(model_config, tower, method):
    arch = TOWERS[tower]
    model = MODELS.build(model_config(method, backbone=dict(arch=arch))).train()
    size = arch["vision_cfg"]["image_size"]
    assert model.backbone.image_size == (size, size)
    assert model.backbone.feature_dims == model.backbone.embed_dims == 24
    views = list(torch.randn(3, 2, 3, size, size))
    samples = [DataSample().set_gt_label(label) for label in (0, 1)]
    total, _ = model.parse_losses(model.loss(views if method == "mcl" else views[0], samples))
    total.backward()
    assert [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None] == []
    scores = torch.stack([sample.pred_score for sample in model.eval().predict(views[0])])
    torch.testing.assert_close(scores.sum(1), torch.ones(2))


@pytest.mark.parametrize(("tower", "text"), [("resnet", True), ("resnet", False), ("convnext", True), ("vit", False)])
def test_other_towers_load_their_own_weights(tower, text, tmp_path):
    source = build(TOWERS[tower]).eval()
    torch.save(dict(state_dict={f"backbone.{k}": v for k, v in source.state_dict().items()}), tmp_path / "own.pth")
    loaded = build(TOWERS[tower], pretrained=str(tmp_path / "own.pth"), text=text).eval()
    x = torch.randn(2, 3, *source.image_size)
    torch.testing.assert_close(loaded.encode_image(x)[0], source.encode_image(x)[0])
    if text:
        torch.testing.assert_close(loaded.encode_text(["a face"]), source.encode_text(["a face"]))


@pytest.mark.parametrize(("tower", "size"), [("eva02", 84), ("vit", 96), ("registers", 96)])
def test_position_embeddings_of_timm_towers_follow_the_image_size(tower, size, tmp_path):
    source = build(TOWERS[tower])
    torch.save(dict(state_dict={f"backbone.{k}": v for k, v in source.state_dict().items()}), tmp_path / "own.pth")
    larger = build(TOWERS[tower], pretrained=str(tmp_path / "own.pth"), image_size=size)
    assert larger.image_size == (size, size)
    assert larger.encode_image(torch.randn(1, 3, size, size))[0].shape == (1, 24)
    old, new = (backbone.visual.trunk.pos_embed.detach() for backbone in (source, larger))
    # A register has no position of its own.
    prefix = 0 if tower == "registers" else 1
    grid = (size // larger.visual.trunk.patch_embed.patch_size[0],) * 2
    assert new.shape[1] == prefix + grid[0] * grid[1] > old.shape[1]
    torch.testing.assert_close(new, resample_abs_pos_embed(old, list(grid), num_prefix_tokens=prefix))


def test_custom_text_towers_take_old_names(clip, arch, tmp_path):
    torch.save(clip.state_dict(), tmp_path / "clip.pt")
    backbone = build(arch | dict(custom_text=True), pretrained=str(tmp_path / "clip.pt"))
    tokens = open_clip.SimpleTokenizer(context_length=16)(["a face"])
    torch.testing.assert_close(backbone.eval().encode_text(["a face"]), clip.encode_text(tokens))


@pytest.mark.parametrize("key", ["hf_tokenizer_name", "hf_model_name", "tokenizer_kwargs"])
def test_a_dict_has_clips_tokenizer_and_no_other(arch, key):
    arch["text_cfg"][key] = "bert"
    with pytest.raises(ValueError, match=rf"text_cfg has {key}: .*add_model_config"):
        build(arch)


def test_normalisation_follows_tag_or_architecture():
    zero, openai = (0.0, 0.0, 0.0), open_clip.OPENAI_DATASET_MEAN
    assert get_normalization("MobileCLIP-S2", "datacompdr")[0] == get_normalization("MobileCLIP-S2", None)[0] == zero
    assert get_normalization("ViT-L-14", "laion2b_s32b_b82k")[0] == (0.5, 0.5, 0.5)
    assert get_normalization("ViT-L-14", "openai")[0] == openai
    assert get_normalization("ViT-L-14", None) == (None, None)
    assert get_normalization("ViT-S-32-alt", None)[0] == get_normalization(dict(embed_dim=3), None)[0] == openai


class ConnectError(Exception):
    """Of that name in the hub's client."""


def test_without_a_network_the_hub_is_asked_once(monkeypatch):
    asked = []

    def unreachable(url):
        asked.append(url)
        raise ConnectError("no route")

    monkeypatch.setattr(build_module, "get_hf_file_metadata", unreachable)
    monkeypatch.setattr(build_module, "try_to_load_from_cache", lambda repo, name: None)
    with pytest.raises(ConnectionError, match=r"could not be downloaded.*backbone.pretrained"):
        build("ViT-B-16-quickgelu", pretrained="openai")
    assert len(asked) == 1


@pytest.mark.parametrize("error", [None, TimeoutError("slow"), OSError("404")])
@pytest.mark.parametrize("cached", [True, False])
def test_weights_that_are_here_and_slow_networks_are_left_to_the_download(monkeypatch, arch, cached, error):
    def answer(url):
        assert not cached
        if error:
            raise error

    monkeypatch.setattr(build_module, "get_hf_file_metadata", answer)
    monkeypatch.setattr(build_module, "try_to_load_from_cache", lambda repo, name: "/cache/file" if cached else None)
    monkeypatch.setattr(open_clip, "create_model", lambda *args, **kwargs: open_clip.CLIP(**arch))
    assert build("ViT-B-16-quickgelu", pretrained="openai").separable
