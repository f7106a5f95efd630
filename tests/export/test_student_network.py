# SPDX-License-Identifier: Apache-2.0
"""A student is written like a FLIP, with the similarities to the prompts of its teacher."""

import sys

import pytest
import torch
from mmpretrain.registry import MODELS

from flip_mm.export.plain_network import plain_network
from flip_mm.networks.build import build_network


def test_the_network_of_a_student(prompts):
    backbone = dict(type="SmallCNN", channels=(4, 8), embed_dims=24, image_size=32)
    student = MODELS.build(dict(type="FLIPStudent", backbone=backbone, head=dict(type="FLIPITHead", prompts=prompts))).eval()
    for value in (*student.parameters(), *student.buffers()):
        if value.is_floating_point():
            value.data.uniform_(0.1, 1)
    plain = plain_network(student)
    assert plain.architecture == dict(
        network="small_cnn",
        channels=[4, 8],
        projection=[8, 24],
        head=dict(kind="cosine", embed_dims=24, prompts=8),
    )
    images = torch.randn(3, 3, 32, 32)
    with torch.inference_mode():
        logits, similarities = plain.network(images)
        torch.testing.assert_close(logits, student(images))
        text, image = student.encode_prompts()[0], student.encode_images(images)
        want = torch.nn.functional.cosine_similarity(image[:, None], text[None], dim=-1)
    torch.testing.assert_close(similarities, want)
    assert plain.prompts == {name: prompts[name] for name in ("spoof", "real")}


def test_the_network_of_a_student_needs_no_open_clip(monkeypatch):
    monkeypatch.setitem(sys.modules, "open_clip.model", None)
    spec = dict(network="small_cnn", channels=[4], projection=[4, 8], head=dict(kind="cosine", embed_dims=8, prompts=2))
    assert build_network(spec)(torch.zeros(1, 3, 16, 16))[0].shape == (1, 2)
    with pytest.raises(ImportError):
        build_network(dict(network="open_clip", embed_dim=8, vision_cfg={}, head=dict(kind="linear")))
