# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from mmpretrain.registry import TRANSFORMS

from flip_mm.datasets.randomness import seeded

IMAGE = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)


def shift(**settings):
    with seeded(3):
        return TRANSFORMS.build(dict(type="ColourShift", **settings))(dict(img=IMAGE))["img"]


def test_a_channel_is_shifted_and_curved():
    with seeded(3):
        add, gamma = np.random.uniform(-40, 40, 3), np.random.uniform(0.5, 1.5)
    expected = 255 * (np.clip(IMAGE + add, 0, 255) / 255) ** gamma
    np.testing.assert_array_equal(shift(add=40, gamma=(0.5, 1.5)), np.rint(expected))
    np.testing.assert_array_equal(shift(add=0, gamma=(1, 1)), IMAGE)


@pytest.mark.parametrize("settings", [dict(add=-1), dict(add=300), dict(gamma=(0, 1)), dict(gamma=(2, 1)), dict(gamma=(1,))])
def test_values_out_of_range(settings):
    with pytest.raises(ValueError, match=r"ColourShift: add must be in 0\.\.255 and gamma a range above 0"):
        shift(**settings)
