# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from flip_mm.media.quality import luma_quantiles, relative_sharpness


def grey(luma):
    return np.repeat(np.asarray(luma, np.uint8)[..., None], 3, 2)


def test_relative_sharpness_is_the_variance_of_the_laplacian_over_that_of_the_luma():
    luma = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    padded = np.pad(luma.astype(int), 1, mode="reflect")
    laplacian = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:] - 4 * luma.astype(int)
    assert relative_sharpness(grey(luma)) == pytest.approx(laplacian.var() / luma.var())


def test_a_darker_image_is_as_sharp_and_a_blurred_one_is_not():
    image = grey(cv2.GaussianBlur(np.random.default_rng(0).integers(0, 256, (128, 128), np.uint8), (0, 0), 2))
    value = relative_sharpness(image)
    assert relative_sharpness(image // 2) == pytest.approx(value, rel=0.05)
    assert relative_sharpness(cv2.GaussianBlur(image, (0, 0), 3)) < value / 3
    # Details that only a larger image has do not count.
    assert relative_sharpness(cv2.resize(image, (512, 512), interpolation=cv2.INTER_LINEAR)) == pytest.approx(value, rel=0.1)
    assert relative_sharpness(grey(np.full((64, 64), 90))) == 0
    assert relative_sharpness(grey(np.full((1, 300), 90))) == 0


def test_quantiles_of_the_luma():
    luma = np.arange(101).reshape(1, 101)
    assert luma_quantiles(grey(luma), (0.05, 0.5, 0.9)) == pytest.approx([5 / 255, 50 / 255, 90 / 255])
    red = np.zeros((2, 2, 3), np.uint8)
    red[..., 0] = 255
    assert luma_quantiles(red, [0.5]) == pytest.approx([0.299], abs=0.01)
