import copy

import pytest
import torch
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS

import flip_mm.models  # noqa: F401

PROMPTS = dict(
    spoof=["This is an example of a spoof face", "a printed photo", "a replayed video", "a mask"],
    real=["This is an example of a real face", "a live person", "a bonafide face", "no mask"],
)
ARCH = dict(
    embed_dim=24,
    quick_gelu=True,
    vision_cfg=dict(image_size=32, layers=1, width=64, patch_size=16),
    text_cfg=dict(context_length=16, width=64, heads=1, layers=1),
)
HEADS = dict(
    v=dict(type="FLIPVHead"),
    it=dict(type="FLIPITHead", prompts=PROMPTS),
    mcl=dict(type="FLIPMCLHead", prompts=PROMPTS, projector=dict(hid_channels=32, out_channels=8)),
)


@pytest.fixture(autouse=True)
def one_thread_and_scope():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    init_default_scope("mmpretrain")


@pytest.fixture
def arch():
    return copy.deepcopy(ARCH)


@pytest.fixture
def prompts():
    return copy.deepcopy(PROMPTS)


@pytest.fixture
def model_config():
    """Config of a tiny FLIP: model_config('mcl', head=dict(...), backbone=dict(...))."""

    def make(method, head=None, backbone=None, **kwargs):
        return dict(
            type="FLIP",
            backbone=dict(type="OpenCLIP", arch=copy.deepcopy(ARCH), text=method != "v") | (backbone or {}),
            head=copy.deepcopy(HEADS[method]) | (head or {}),
            **kwargs,
        )

    return make


@pytest.fixture
def build(model_config):
    def make(method, **kwargs):
        return MODELS.build(model_config(method, **kwargs))

    return make
