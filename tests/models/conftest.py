# SPDX-License-Identifier: Apache-2.0
"""Weight files of every kind."""

import open_clip
import pytest
import torch
from mmpretrain.registry import MODELS
from safetensors.torch import save_file
from torch import nn


@pytest.fixture
def clip(arch):
    """A plain open_clip model, as source of weights and as reference."""
    return open_clip.CLIP(**arch).eval()


class Holder(nn.Module):
    def forward(self, x):
        return x


def archive(state, path):
    """A TorchScript archive like OpenAI's downloads: these weights, partly in half precision, and three integers."""
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


@pytest.fixture
def flip_mm_state(model_config, clip, tmp_path):
    """flip_mm_state('it') -> the weights of a FLIP with those of ``clip``."""

    def make(method):
        torch.save(clip.state_dict(), tmp_path / "source.pt")
        return MODELS.build(model_config(method, backbone=dict(pretrained=str(tmp_path / "source.pt")))).state_dict()

    return make


@pytest.fixture
def write(clip, release, flip_mm_state, tmp_path):
    """write('flip-mcl') -> path of a weight file of that kind, all holding the weights of ``clip``."""

    def make(kind):
        path, state = tmp_path / f"{kind}.pth.tar", clip.state_dict()
        if kind.startswith("flip-"):
            torch.save(release(kind.removeprefix("flip-"), clip), path)
        elif kind.startswith("flip_mm-"):
            own = flip_mm_state(kind.removeprefix("flip_mm-"))
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
