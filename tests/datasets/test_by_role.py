# SPDX-License-Identifier: Apache-2.0
"""Transforms of labelled and of unlabelled images."""

import pytest
from mmpretrain.registry import TRANSFORMS


@pytest.mark.parametrize(("role", "size"), [("train", 4), ("adapt", 6)])
def test_the_role_chooses_the_transforms(role, size):
    Image = pytest.importorskip("PIL.Image")
    steps = {name: [dict(type="torchvision/CenterCrop", size=(side, side))] for name, side in (("train", 4), ("adapt", 6))}
    crop = TRANSFORMS.build(dict(type="ByRole", **steps))
    assert crop(dict(img=Image.new("RGB", (8, 8)), role=role))["img"].size == (size, size)
