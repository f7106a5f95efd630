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

from flip_mm.models.backbones.open_clip import build as build_module
from flip_mm.models.backbones.open_clip.build import get_normalization
from flip_mm.models.backbones.open_clip.weights import read_weights

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


def below(prefix):
    return lambda state: {prefix + name: value for name, value in state.items()}


def lightning(state):
    extra = {"loss.scale": torch.ones(1), "classifier.weight": torch.ones(2, 3)}
    versions = {"epoch": 3, "global_step": 9, "pytorch-lightning_version": "2.5.0", "hyper_parameters": dict(lr=1e-4)}
    return dict(state_dict=below("model.")(state) | extra, **versions)


def averaged(state):
    raw = {name: torch.zeros_like(value) for name, value in state.items()}
    return dict(state_dict=state, state_dict_ema=raw, ema_state_dict=below("module.")(raw))


def compiled_inside(state):
    return {name.replace("visual.transformer.", "visual.transformer._orig_mod."): value for name, value in state.items()}


# How other programs keep a CLIP; none of them says which activation it was trained with.
KEPT = dict(
    lightning=lightning,
    compiled=below("_orig_mod."),
    compiled_inside=compiled_inside,
    compiled_and_parallel=below("module._orig_mod."),
    clip=below("clip."),
    clip_model=below("clip_model."),
    backbone=below("backbone."),
    deep=below("model.encoder.clip."),
    model=lambda state: dict(model=state, args=dict(lr=0.1)),
    model_state_dict=lambda state: dict(epoch=1, model_state_dict=state),
    nested=lambda state: dict(model=dict(state_dict=below("module.")(state))),
    deepspeed=lambda state: dict(module=state),
    averaged=averaged,
    average_alone=lambda state: dict(state_dict_ema=state),
    averaged_model=lambda state: dict(model_ema=below("module.")(state) | dict(n_averaged=torch.tensor(3))),
)


@pytest.mark.parametrize("kept", KEPT)
def test_a_clip_that_another_program_keeps_is_loaded_and_claims_no_activation(arch, clip, tmp_path, kept):
    torch.save(KEPT[kept](clip.state_dict()), tmp_path / "clip.pth")
    file = read_weights(tmp_path / "clip.pth")
    assert file.kind.startswith("a CLIP with open_clip's names")
    assert ("the average in" in file.kind) == (kept in ("average_alone", "averaged_model"))
    assert file.quick_gelu is None
    backbone, x = build(arch | dict(quick_gelu=False), pretrained=str(tmp_path / "clip.pth")).eval(), torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(backbone.encode_image(x)[1], open_clip_gelu(arch, clip).encode_image(x))


def open_clip_gelu(arch, clip):
    model = open_clip.CLIP(**arch | dict(quick_gelu=False)).eval()
    model.load_state_dict(clip.state_dict())
    return model


class Transformers:
    """CLIP as transformers computes it, from weights with its names."""

    def __init__(self, state, heads):
        self.state, self.heads = state, heads

    def linear(self, name, x):
        return nn.functional.linear(x, self.state[f"{name}.weight"], self.state.get(f"{name}.bias"))

    def norm(self, name, x):
        return nn.functional.layer_norm(x, x.shape[-1:], self.state[f"{name}.weight"], self.state[f"{name}.bias"], 1e-5)

    def layer(self, name, x, mask):
        n, length, width = x.shape
        size = width // self.heads
        normed = self.norm(f"{name}.layer_norm1", x)
        q, k, v = (
            self.linear(f"{name}.self_attn.{part}_proj", normed).view(n, length, self.heads, size).transpose(1, 2)
            for part in "qkv"
        )
        attention = torch.softmax(q * size**-0.5 @ k.transpose(2, 3) + mask, -1)
        x = x + self.linear(f"{name}.self_attn.out_proj", (attention @ v).transpose(1, 2).reshape(n, length, width))
        hidden = self.linear(f"{name}.mlp.fc1", self.norm(f"{name}.layer_norm2", x))
        return x + self.linear(f"{name}.mlp.fc2", hidden * torch.sigmoid(1.702 * hidden))

    def images(self, x):
        names = "vision_model.embeddings."
        patch = self.state[names + "patch_embedding.weight"]
        patches = nn.functional.conv2d(x, patch, stride=patch.shape[-1]).flatten(2).transpose(1, 2)
        first = self.state[names + "class_embedding"].expand(len(x), 1, -1)
        x = torch.cat([first, patches], 1) + self.state[names + "position_embedding.weight"]
        x = self.layer("vision_model.encoder.layers.0", self.norm("vision_model.pre_layrnorm", x), 0)
        return self.linear("visual_projection", self.norm("vision_model.post_layernorm", x[:, 0]))

    def texts(self, tokens):
        names = "text_model.embeddings."
        x = self.state[names + "token_embedding.weight"][tokens] + self.state[names + "position_embedding.weight"]
        mask = torch.full((tokens.shape[1],) * 2, -torch.inf).triu(1)
        x = self.norm("text_model.final_layer_norm", self.layer("text_model.encoder.layers.0", x, mask))
        return self.linear("text_projection", x[torch.arange(len(x)), tokens.argmax(-1)])


@pytest.fixture
def transformers_state():
    """Random weights under the names of transformers, for ``arch``."""

    def make():
        sizes = {}
        for tower in ("vision_model", "text_model"):
            block = f"{tower}.encoder.layers.0"
            sizes |= {f"{block}.self_attn.{part}_proj": (64, 64) for part in ("q", "k", "v", "out")}
            sizes |= {f"{block}.mlp.fc1": (256, 64), f"{block}.mlp.fc2": (64, 256)}
            sizes |= {f"{block}.layer_norm{i}": () for i in (1, 2)}
        sizes |= {f"vision_model.{name}": () for name in ("pre_layrnorm", "post_layernorm")} | {
            "text_model.final_layer_norm": ()
        }
        state = {f"{name}.bias": torch.randn(size[:1] or (64,)) * 0.1 for name, size in sizes.items()}
        state |= {f"{name}.weight": torch.randn(size or (64,)) * 0.1 for name, size in sizes.items()}
        vision, text = "vision_model.embeddings.", "text_model.embeddings."
        plain = {
            vision + "class_embedding": (64,),
            vision + "patch_embedding.weight": (64, 3, 16, 16),
            vision + "position_embedding.weight": (5, 64),
            text + "token_embedding.weight": (49408, 64),
            text + "position_embedding.weight": (16, 64),
            "visual_projection.weight": (24, 64),
            "text_projection.weight": (24, 64),
        }
        state |= {name: torch.randn(size) for name, size in plain.items()}
        counts = {vision + "position_ids": torch.arange(5)[None], text + "position_ids": torch.arange(16)[None]}
        return state | counts | {"logit_scale": torch.tensor(2.5)}

    return make


@pytest.mark.parametrize("prefix", ["", "model.", "clip.module."])
def test_transformers_clip_is_converted(arch, transformers_state, tmp_path, prefix):
    state = transformers_state()
    save_file({prefix + name: value for name, value in state.items()}, tmp_path / "model.safetensors")
    file = read_weights(tmp_path / "model.safetensors")
    assert (file.kind.startswith("a CLIP with transformers' names"), file.quick_gelu) == (True, None)
    backbone, want = build(arch, pretrained=str(tmp_path / "model.safetensors")).eval(), Transformers(state, heads=1)
    x, tokens = torch.randn(2, 3, 32, 32), open_clip.SimpleTokenizer(context_length=16)(["a real face", "a spoof"])
    torch.testing.assert_close(backbone.encode_image(x)[1], want.images(x), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(backbone.encode_text(["a real face", "a spoof"]), want.texts(tokens), rtol=1e-4, atol=1e-4)
    assert backbone.logit_scale.item() == 2.5


def test_the_image_tower_of_transformers_is_enough_for_the_image_tower(arch, transformers_state, tmp_path):
    state = {name: value for name, value in transformers_state().items() if name.startswith("vision_model.")}
    torch.save(state, tmp_path / "vision.bin")
    build(arch, pretrained=str(tmp_path / "vision.bin"), text=False)
    with pytest.raises(ValueError, match=r"recognised as: a CLIP with transformers' names(?s:.*)text=False"):
        build(arch, pretrained=str(tmp_path / "vision.bin"))


def with_adapters(state):
    return state | {"visual.transformer.resblocks.0.attn.lora_A.default.weight": torch.ones(4, 64)}


ADAPTER = {f"base_model.model.visual.attn.out_proj.lora_{part}.weight": torch.ones(4, 4) for part in "AB"}
REFUSED = {
    "adapter": (lambda state: ADAPTER, r"holds 2 weights of adapters \(LoRA .*lora_A.weight.*merge_and_unload"),
    "with_adapters": (with_adapters, r"holds 1 weights of adapters"),
    "two": (lambda state: below("student.")(state) | below("teacher.")(state), r"2 image towers \('student.', 'teacher.'\)"),
    "two_with_one_plain": (lambda state: state | below("ema.")(state), r"2 image towers \(without a prefix, 'ema.'\)"),
    "siglip": (
        lambda state: {
            "vision_model.embeddings.patch_embedding.weight": torch.ones(3),
            "vision_model.head.probe": torch.ones(3),
        },
        r"a model of transformers and no CLIP \(SigLIP, for instance\)",
    ),
    "empty": (lambda state: dict(state_dict={}, epoch=3), r"holds no weights: .* got a dict of state_dict, epoch"),
    "quantised": (
        lambda state: state | {"visual.conv1.weight": torch.ones(64, 3, 16, 16, dtype=torch.int8)},
        r"holds quantised weights: visual.conv1.weight \(torch.int8\)",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_loaded_is_refused_with_its_reason(arch, clip, tmp_path, kind):
    make, message = REFUSED[kind]
    torch.save(make(clip.state_dict()), tmp_path / "a.pth")
    with pytest.raises(ValueError, match=rf"a\.pth' .*{message}"):
        build(arch, pretrained=str(tmp_path / "a.pth"))


def test_an_image_tower_of_flip_v_without_its_head_claims_nothing(arch, release, clip, tmp_path):
    state = {k: v for k, v in release("v", clip)["state_dict"].items() if k.startswith("backbone.vit.")}
    torch.save(state, tmp_path / "tower.pth")
    assert read_weights(tmp_path / "tower.pth").quick_gelu is None
    build(arch | dict(quick_gelu=False), pretrained=str(tmp_path / "tower.pth"), text=False)


@pytest.mark.parametrize("kind", ["flip-mcl", "flip-it", "flip-v", "flip_mm-it", "openai-jit"])
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
