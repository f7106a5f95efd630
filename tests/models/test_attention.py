# SPDX-License-Identifier: Apache-2.0
"""Both towers compute attention in one kernel that does not store the matrix of all pairs of positions."""

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

KERNEL = "aten::_scaled_dot_product_flash_attention_for_cpu"
IMAGE_LAYERS, TEXT_LAYERS = 3, 2


@pytest.fixture
def backbone(build, arch):
    arch["vision_cfg"]["layers"], arch["text_cfg"]["layers"] = IMAGE_LAYERS, TEXT_LAYERS
    return build("it", backbone=dict(arch=arch)).backbone


def calls(run):
    """Names of the operations and how often they ran."""
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        run()
    return {event.key: event.count for event in profiled.key_averages()}


@pytest.mark.parametrize("frozen", [False, True], ids=["trained", "frozen"])
@pytest.mark.parametrize("autocast", [False, True], ids=["float32", "bfloat16"])
def test_a_training_step_uses_the_kernel_in_every_layer(backbone, autocast, frozen):
    backbone.train().requires_grad_(not frozen)
    images, tokens = torch.randn(2, 3, 32, 32), backbone.tokenize(["a face", "a photo of a face"])
    with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
        image = calls(lambda: backbone.encode_image(images))
        text = calls(lambda: backbone.encode_tokens(tokens))
    assert image[KERNEL] == IMAGE_LAYERS
    # With the causal mask of a text tower, too.
    assert text[KERNEL] == TEXT_LAYERS
    assert "aten::softmax" not in image.keys() | text.keys()


def test_the_backward_pass_uses_the_kernel(backbone):
    backbone.train()
    out = backbone.encode_image(torch.randn(2, 3, 32, 32))[1].sum() + backbone.encode_text(["a face"]).sum()
    found = calls(out.backward)
    assert found[f"{KERNEL}_backward"] == IMAGE_LAYERS + TEXT_LAYERS
