# SPDX-License-Identifier: Apache-2.0
"""Each operation on a view against torchvision's on a Pillow image, or against a reference in float64."""

import colorsys

import numpy as np
import pytest
import torch
from PIL import Image, ImageFilter
from scipy.ndimage import gaussian_filter1d
from torchvision.transforms import ColorJitter, RandomResizedCrop, functional

from flip_mm.datasets.transforms import opencv_view
from flip_mm.datasets.transforms.view_parameters import ViewParameters, draw_crop, draw_view

SIZE = (96, 80)


def smooth():
    """Smooth colours with an edge and a grey part."""
    coarse = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    image = np.array(Image.fromarray(coarse).resize(SIZE[::-1], Image.BICUBIC))
    image[:30, :40] = (250, 10, 90)
    image[60:, 60:] = 128
    return image


IMAGES = dict(smooth=smooth(), noise=np.random.default_rng(1).integers(0, 256, (*SIZE, 3), dtype=np.uint8))
images = pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)


def difference(got, want):
    want = np.asarray(want)
    assert got.dtype == np.uint8
    assert got.shape == want.shape
    return got - want.astype(float)


@images
@pytest.mark.parametrize("factor", [0.5, 0.6, 0.83, 0.99, 1.0, 1.2, 1.4, 1.5])
@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
def test_colour_is_within_one_step_of_torchvision(image, name, factor):
    got = getattr(opencv_view, name)(image, factor)
    error = difference(got, getattr(functional, f"adjust_{name}")(Image.fromarray(image), factor))
    assert np.abs(error).max() <= 1
    assert abs(error.mean()) < 0.25
    if factor == 1:
        assert np.array_equal(got, image)


@images
def test_grey_is_within_one_step_of_torchvision(image):
    error = difference(opencv_view.grey(image), functional.rgb_to_grayscale(Image.fromarray(image), 3))
    assert np.abs(error).max() <= 1
    assert abs(error.mean()) < 0.01


@images
@pytest.mark.parametrize(
    "box", [(0, 0, 96, 80), (10, 20, 50, 31), (3, 5, 64, 48), (0, 0, 96, 50), (50, 50, 7, 9), (95, 79, 1, 1)]
)
def test_crop_is_within_one_step_of_torchvision(image, box):
    error = difference(opencv_view.crop(image, box, SIZE), functional.resized_crop(Image.fromarray(image), *box, SIZE))
    assert np.abs(error).max() <= 1
    assert abs(error.mean()) < 0.25


@images
@pytest.mark.parametrize("size", [(40, 80), (96, 20), (31, 17), (120, 30)])
def test_a_crop_is_reduced_as_by_torchvision(image, size):
    for box in ((0, 0, 96, 80), (10, 20, 50, 31)):
        want = functional.resized_crop(Image.fromarray(image), *box, size)
        assert np.abs(difference(opencv_view.crop(image, box, size), want)).max() <= (box[2] <= size[0] and box[3] <= size[1])


@images
@pytest.mark.parametrize("turn", [-0.1, -0.03, 0.0, 0.05, 0.1, 0.5])
def test_hue_is_closer_to_the_exact_one_than_pillow(image, turn):
    exact = np.empty(image.shape)
    for at in np.ndindex(image.shape[:2]):
        h, s, v = colorsys.rgb_to_hsv(*(image[at] / 255))
        exact[at] = 255 * np.array(colorsys.hsv_to_rgb((h + turn) % 1, s, v))
    own = np.abs(difference(opencv_view.hue(image, turn), exact))
    pillow = np.abs(difference(np.array(functional.adjust_hue(Image.fromarray(image), turn)), exact))
    assert own.max() < 0.51
    assert pillow.max() > 3
    assert own.mean() < pillow.mean() / 3


@images
@pytest.mark.parametrize("sigma", [0.1, 0.3, 0.5, 1.0, 1.5, 2.0])
def test_blur_is_closer_to_the_exact_one_than_pillow(image, sigma):
    exact = image.astype(float)
    for axis in (0, 1):
        exact = gaussian_filter1d(exact, sigma, axis=axis, mode="nearest", truncate=10)
    own = np.abs(difference(opencv_view.blur(image, sigma), exact))
    pillow = np.abs(difference(np.array(Image.fromarray(image).filter(ImageFilter.GaussianBlur(sigma))), exact))
    assert own.max() < 0.75
    assert own.max() <= pillow.max()
    assert own.mean() <= pillow.mean()


@images
def test_a_view_applies_its_operations_in_the_order_of_the_release(image):
    view = ViewParameters((10, 20, 60, 50), (2, 0, 3, 1), (1.2, 0.7, 0.8, 0.0), grey=True, sigma=0.0, flip=True)
    before = image.copy()
    got = opencv_view.render_view(image, view, SIZE)
    assert np.array_equal(image, before)
    want = functional.resized_crop(Image.fromarray(image), *view.crop, SIZE)
    for k in view.order:
        change = (
            functional.adjust_brightness,
            functional.adjust_contrast,
            functional.adjust_saturation,
            lambda image, _: image,
        )[k]
        want = change(want, view.factors[k])
    want = functional.hflip(functional.rgb_to_grayscale(want, 3))
    # Each of the five operations may differ by one step, which a contrast above 1 would enlarge.
    assert np.abs(difference(got, want)).max() <= 3
    same = opencv_view.render_view(image, ViewParameters((0, 0, *SIZE)), SIZE)
    assert np.array_equal(same, image)


@pytest.mark.parametrize(("height", "width"), [(224, 224), (100, 300), (300, 90), (5, 5)])
def test_crops_have_the_distribution_of_torchvision(height, width):
    np.random.seed(0)
    torch.manual_seed(0)
    own = np.array([draw_crop(height, width) for _ in range(4000)])
    image = torch.empty(3, height, width)
    want = np.array([RandomResizedCrop.get_params(image, [0.08, 1.0], [3 / 4, 4 / 3]) for _ in range(4000)])
    for got, theirs in zip(own.T, want.T, strict=True):
        assert kolmogorov(got, theirs) < 0.045
    top, left, tall, wide = own.T
    assert ((top >= 0) & (left >= 0) & (top + tall <= height) & (left + wide <= width)).all()


def test_views_have_the_published_distributions():
    np.random.seed(0)
    views = [draw_view(224, 224) for _ in range(4000)]
    changed = [view for view in views if view.order]
    for share, want in (
        (len(changed) / 4000, 0.8),
        (np.mean([v.grey for v in views]), 0.2),
        (np.mean([v.flip for v in views]), 0.5),
        (np.mean([v.sigma > 0 for v in views]), 0.5),
    ):
        assert share == pytest.approx(want, abs=0.03)
    torch.manual_seed(0)
    ranges = [[0.6, 1.4]] * 3 + [[-0.1, 0.1]]
    jitter = [ColorJitter.get_params(*ranges) for _ in changed]
    for k in range(4):
        assert kolmogorov([v.factors[k] for v in changed], [params[k + 1] for params in jitter]) < 0.045
        places = [v.order.index(k) for v in changed]
        assert np.bincount(places, minlength=4) / len(places) == pytest.approx([0.25] * 4, abs=0.03)
    sigmas = [v.sigma for v in views if v.sigma]
    assert kolmogorov(sigmas, np.linspace(0.1, 2.0, 4000)) < 0.045


def kolmogorov(first, second):
    """The largest distance between two empirical distribution functions."""
    first, second = np.sort(first), np.sort(second)
    values = np.concatenate([first, second])
    shares = [np.searchsorted(sample, values, side="right") / len(sample) for sample in (first, second)]
    return np.abs(shares[0] - shares[1]).max()
