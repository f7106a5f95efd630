# SPDX-License-Identifier: Apache-2.0
"""CLIP files of other programs, with other structures and names."""

import open_clip
import pytest
import torch
from mmpretrain.registry import MODELS
from safetensors.torch import save_file
from torch import nn

from flip_mm.models.backbones.open_clip.weights import read_weights


def build(arch, **kwargs):
    return MODELS.build(dict(type="OpenCLIP", arch=arch, **kwargs))


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


# How other programs store CLIP. None of them stores the activation.
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
def test_clip_files_of_other_programs_load_with_unknown_activation(arch, clip, tmp_path, kept):
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


def test_an_image_tower_of_transformers_loads_for_flip_v_only(arch, transformers_state, tmp_path):
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
        r"a model of transformers that is not CLIP \(for instance SigLIP\)",
    ),
    "empty": (lambda state: dict(state_dict={}, epoch=3), r"holds no weights: .* got a dict of state_dict, epoch"),
    "quantised": (
        lambda state: state | {"visual.conv1.weight": torch.ones(64, 3, 16, 16, dtype=torch.int8)},
        r"holds quantised weights: visual.conv1.weight \(torch.int8\)",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_files_and_their_messages(arch, clip, tmp_path, kind):
    make, message = REFUSED[kind]
    torch.save(make(clip.state_dict()), tmp_path / "a.pth")
    with pytest.raises(ValueError, match=rf"a\.pth' .*{message}"):
        build(arch, pretrained=str(tmp_path / "a.pth"))


def test_an_image_tower_without_its_head_has_unknown_activation(arch, release, clip, tmp_path):
    state = {k: v for k, v in release("v", clip)["state_dict"].items() if k.startswith("backbone.vit.")}
    torch.save(state, tmp_path / "tower.pth")
    assert read_weights(tmp_path / "tower.pth").quick_gelu is None
    build(arch | dict(quick_gelu=False), pretrained=str(tmp_path / "tower.pth"), text=False)
