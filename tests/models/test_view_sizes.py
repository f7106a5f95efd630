# SPDX-License-Identifier: Apache-2.0
"""Views of a lower resolution than the image."""

import pytest
import torch
from mmpretrain.structures import DataSample
from open_clip.model import resize_pos_embed

PLAIN = torch.full((4, 4), 0.25)
SAMPLES = [DataSample().set_gt_label(i % 2) for i in range(4)]


def views(*sides):
    torch.manual_seed(0)
    return [torch.randn(4, 3, side, side) for side in sides]


def test_the_tower_equals_one_that_open_clip_resizes(build):
    model, small = build("it", backbone=dict(extra_image_sizes=[16])), build("it", backbone=dict(image_size=16))
    weights = model.state_dict()
    visual = {"visual.positional_embedding": weights["backbone.visual.positional_embedding"].clone()}
    resize_pos_embed(visual, small.backbone)
    small.load_state_dict(weights | {"backbone.visual.positional_embedding": visual["visual.positional_embedding"]})
    (images,) = views(16)
    for got, expected in zip(model.backbone.encode_image(images), small.backbone.encode_image(images), strict=True):
        torch.testing.assert_close(got, expected)


@pytest.mark.parametrize("sides", [(32, 16, 16), (32, 16, 48), (16, 32, 16)])
def test_each_view_is_encoded_at_its_size(build, sides):
    model = build("mcl", backbone=dict(extra_image_sizes=[16, 48])).train()
    given = views(*sides)
    expected = model.head.loss(
        torch.stack([model.encode_images(view) for view in given]),
        *model.encode_prompts(),
        SAMPLES,
        prompt_views=(PLAIN, PLAIN),
    )
    losses = model.loss(given, SAMPLES, (PLAIN, PLAIN))
    for name, value in expected.items():
        torch.testing.assert_close(losses[name], value, rtol=1e-5, atol=1e-6)
    sum(losses.values()).backward()
    assert model.backbone.visual.positional_embedding.grad.abs().sum(1).min() > 0


def test_views_of_one_size_need_one_call(build):
    model = build("mcl", backbone=dict(extra_image_sizes=[16])).train()
    sizes = []
    model.backbone.visual.register_forward_hook(lambda module, inputs, output: sizes.append(tuple(inputs[0].shape)))
    model.loss(views(32, 32, 32), SAMPLES)
    model.loss(views(32, 16, 16), SAMPLES)
    assert sizes == [(12, 3, 32, 32), (4, 3, 32, 32), (8, 3, 16, 16)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(), r"The pipeline gives images of \(16, 16\) px"),
        (dict(extra_image_sizes=[48]), r"The pipeline gives images of \(16, 16\) px"),
        (dict(extra_image_sizes=[20]), "extra_image_sizes: 20 is no multiple of the patches, 16 px"),
    ],
)
def test_other_sizes_are_refused(build, options, message):
    with pytest.raises(ValueError, match=message):
        build("mcl", backbone=options).loss(views(32, 16, 16), SAMPLES)


def test_a_tower_that_is_no_vit(build, arch):
    arch["vision_cfg"] = dict(image_size=32, layers=[1, 1, 1, 1], width=8)
    with pytest.raises(ValueError, match=r"extra_image_sizes=\[16\]: ModifiedResNet, the image tower of this arch, is no ViT"):
        build("it", backbone=dict(arch=arch, extra_image_sizes=[16]))
