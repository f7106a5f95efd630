# SPDX-License-Identifier: Apache-2.0
"""Leaving out the unused tokens of the last block changes no answer."""

import copy

import pytest
import torch
from mmpretrain.registry import MODELS

from flip_mm.export.class_token import ClassTokenBlock, only_the_class_token

VIT = dict(image_size=32, layers=2, width=64, patch_size=8)


def tower(model_config, arch, **vision):
    backbone = dict(arch={**arch, "vision_cfg": vision})
    return MODELS.build(model_config("v", backbone=backbone)).backbone.visual.eval()


@pytest.mark.parametrize("vision", [VIT, VIT | dict(ls_init_value=0.3), VIT | dict(final_ln_after_pool=True)])
@torch.no_grad()
def test_the_same_features(model_config, arch, vision):
    network = tower(model_config, arch, **vision)
    images = torch.randn(3, 3, 32, 32)
    want, blocks = network(images), [*network.transformer.resblocks]
    with only_the_class_token(network):
        assert isinstance(network.transformer.resblocks[-1], ClassTokenBlock)
        found = network(images)
    assert [*network.transformer.resblocks] == blocks
    torch.testing.assert_close(found, want, rtol=0, atol=1e-5)


@pytest.mark.parametrize("vision", [VIT | dict(pool_type="avg"), VIT | dict(attentional_pool=True)])
def test_other_towers_stay(model_config, arch, vision):
    network = tower(model_config, arch, **vision)
    blocks = [*copy.copy(network.transformer.resblocks)]
    with only_the_class_token(network):
        assert [*network.transformer.resblocks] == blocks
