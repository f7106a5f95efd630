# SPDX-License-Identifier: Apache-2.0
"""Weights that fit a model and others."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import HOOKS
from torch import nn

from flip_mm.engine.checks.weights_fit import check_fit


class Model(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.backbone = nn.Linear(2, width)
        self.backbone.arch = "tiny"
        self.head = nn.Linear(width, 2)


@pytest.mark.parametrize("wrap", [lambda state: dict(state_dict=state), lambda state: state])
def test_a_checkpoint_that_fits_passes(wrap):
    model = Model()
    state = {f"module.{k}": v for k, v in model.state_dict().items()}
    check_fit(model, wrap(state))


def test_a_checkpoint_that_does_not_fit_is_described():
    state = Model(width=5).state_dict() | {"image_mlp.weight": torch.zeros(1)}
    del state["head.bias"]
    with pytest.raises(ValueError, match="does not fit Model with Linear and arch 'tiny'") as error:
        check_fit(Model(), dict(state_dict=state))
    text = str(error.value)
    assert "1 missing in the file: head.bias" in text
    assert "1 unknown to the model: image_mlp.weight" in text
    assert "3 of another shape: " in text
    assert "backbone.weight (file (5, 2), model (3, 2))" in text


def test_checkpoints_store_the_activation_and_another_one_is_refused():
    model, checkpoint = Model(), dict(meta={}, state_dict=Model().state_dict())
    runner = SimpleNamespace(model=model, cfg=Config(), hooks=[])
    HOOKS.build(dict(type="CheckpointGuardHook")).before_save_checkpoint(runner, checkpoint)
    assert checkpoint["meta"]["quick_gelu"] is None
    HOOKS.build(dict(type="CheckpointGuardHook")).after_load_checkpoint(runner, checkpoint)
    model.backbone.quick_gelu = True
    HOOKS.build(dict(type="CheckpointGuardHook")).after_load_checkpoint(runner, checkpoint)
    HOOKS.build(dict(type="CheckpointGuardHook")).before_save_checkpoint(runner, checkpoint)
    assert checkpoint["meta"]["quick_gelu"] is True
    HOOKS.build(dict(type="CheckpointGuardHook")).after_load_checkpoint(runner, checkpoint)
    model.backbone.quick_gelu = False
    with pytest.raises(ValueError, match=r"trained with QuickGELU and .* use GELU: set model.backbone.quick_gelu=True\."):
        HOOKS.build(dict(type="CheckpointGuardHook")).after_load_checkpoint(runner, checkpoint)
    checkpoint["meta"]["quick_gelu"], model.backbone.quick_gelu = False, True
    with pytest.raises(ValueError, match=r"trained with GELU .*quick_gelu=False, and an arch without it"):
        HOOKS.build(dict(type="CheckpointGuardHook")).after_load_checkpoint(runner, checkpoint)


@pytest.mark.parametrize(
    ("meta", "told"),
    [
        ({}, r"Use the config that it was trained with\."),
        (dict(config_file="own.py"), r"It was trained with own.py\."),
        (
            dict(
                config_file="own.py",
                flip_mm=dict(settings={"model.head.type": "FLIPVHead", "model.backbone.arch": "ViT-B-16"}),
                dataset_meta=dict(run=dict(protocol="p1", target="O")),
            ),
            r"It was trained with own.py \(FLIPVHead, ViT-B-16, protocol p1, target O\): use that config\.",
        ),
        (
            dict(flip_mm=dict(settings={"model.head.type": "FLIPVHead"})),
            r"It was trained with a config with \(FLIPVHead\): use",
        ),
    ],
)
def test_a_checkpoint_says_which_config_it_belongs_to(meta, told):
    checkpoint = dict(meta=meta, state_dict={"x": torch.ones(1)})
    with pytest.raises(ValueError, match=rf"does not fit Model.*; 1 unknown to the model: x\. {told}"):
        check_fit(Model(), checkpoint)


@pytest.mark.parametrize("content", [[torch.ones(2)], dict(state_dict=3), dict(state_dict={}), dict(meta={})])
def test_files_without_weights(content):
    with pytest.raises(ValueError, match="The checkpoint contains no weights"):
        check_fit(Model(), content)
