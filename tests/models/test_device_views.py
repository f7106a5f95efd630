# SPDX-License-Identifier: Apache-2.0
"""Views rendered by torch: each change against Pillow or a float64 reference, a whole view, batches, wrong input."""

import colorsys

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter
from torchvision.transforms import functional

from flip_mm.datasets.transforms.opencv_view import render_view
from flip_mm.datasets.transforms.view_parameters import ViewParameters, draw_view
from flip_mm.models.device_views import render_views

SIDE = 48
WHOLE = (0, 0, SIDE, SIDE)
FACTORS = {"brightness": 0, "contrast": 1, "saturation": 2, "hue": 3}


@pytest.fixture(scope="module")
def images():
    """(8, 48, 48, 3) uint8: noise, smooth pictures, one colour, grey."""
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)
    smooth = gaussian_filter(random.uniform(-400, 650, (3, SIDE, SIDE, 3)), (0, 4, 4, 0)) * 2
    flat = np.full((1, SIDE, SIDE, 3), (200, 30, 90), np.uint8)
    grey = np.repeat(random.integers(0, 256, (1, SIDE, SIDE, 1), dtype=np.uint8), 3, 3)
    return np.concatenate([noise, smooth.clip(0, 255).astype(np.uint8), flat, grey])


def batch_of(images):
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()


def rendered(images, *views):
    """(N, H, W, 3) float32: each image with the view of its place, or all with the only one."""
    views = views * len(images) if len(views) == 1 else views
    (result,) = render_views(batch_of(images), [[view] for view in views])
    return result.permute(0, 2, 3, 1).numpy()


def pillow(images, change):
    return np.stack([np.asarray(change(Image.fromarray(image)), dtype=int) for image in images])


def only(name, factor):
    """A view that makes one change of colour."""
    factors = [1.0, 1.0, 1.0, 0.0]
    factors[FACTORS[name]] = factor
    return ViewParameters(WHOLE, (FACTORS[name],), tuple(factors))


@pytest.mark.parametrize("flip", [False, True])
def test_the_image_itself_keeps_its_pixels(images, flip):
    expected = images[:, :, ::-1] if flip else images
    np.testing.assert_array_equal(rendered(images, ViewParameters(WHOLE, flip=flip)), expected)


@pytest.mark.parametrize("crop", [WHOLE, (3, 5, 20, 31), (40, 0, 8, 48), (0, 47, 48, 1), (10, 11, 1, 1), (17, 2, 31, 46)])
def test_crops_are_those_of_pillow(images, crop):
    expected = pillow(images, lambda image: functional.resized_crop(image, *crop, [SIDE, SIDE], antialias=True))
    assert np.abs(rendered(images, ViewParameters(crop)) - expected).max() <= 1


@pytest.mark.parametrize("name", ["brightness", "contrast", "saturation"])
@pytest.mark.parametrize("factor", [0.0, 0.6, 0.93, 1.0, 1.4])
def test_colour_changes_are_those_of_pillow(images, name, factor):
    expected = pillow(images, lambda image: getattr(functional, f"adjust_{name}")(image, factor))
    assert np.abs(rendered(images, only(name, factor)) - expected).max() <= 1


def test_grey_is_that_of_pillow(images):
    expected = pillow(images, lambda image: functional.to_grayscale(image, 3))
    assert np.abs(rendered(images, ViewParameters(WHOLE, grey=True)) - expected).max() <= 1


@pytest.mark.parametrize("turn", [-0.5, -0.1, 0.0, 0.037, 0.1, 0.5])
def test_the_hue_is_exact_and_pillow_is_not(images, turn):
    def turned(pixel):
        hue, saturation, value = colorsys.rgb_to_hsv(*(pixel / 255))
        return colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value)

    exact = 255 * np.apply_along_axis(turned, 3, images.astype(np.float64))
    ours = rendered(images, only("hue", turn))
    np.testing.assert_allclose(ours, exact, atol=0.501)
    if turn:
        assert np.abs(pillow(images, lambda image: functional.adjust_hue(image, turn)) - exact).max() > 2


@pytest.mark.parametrize("sigma", [0.1, 0.5, 1.0, 2.0])
def test_the_blur_is_the_gaussian(images, sigma):
    exact = gaussian_filter(images.astype(np.float64), (0, sigma, sigma, 0), mode="nearest", truncate=SIDE / 2 / sigma)
    np.testing.assert_allclose(rendered(images, ViewParameters(WHOLE, sigma=sigma)), exact, atol=0.501)


def same(views, others):
    """Equal; sums in another order may round a few pixels to the other level."""
    return (views != others).mean() < 1e-3


def drawn(count, seed=0):
    """`count` views with every part of the parameters."""
    np.random.seed(seed)
    return [draw_view(SIDE, SIDE) for _ in range(count)]


def test_a_whole_view_is_that_of_opencv(images):
    views = drawn(96)
    pictures = images[np.arange(96) % len(images)]
    opencv = np.stack([render_view(image, view, (SIDE, SIDE)) for image, view in zip(pictures, views, strict=True)])
    different = np.abs(rendered(pictures, *views) - opencv)
    # A difference of one level of noise before a change of the hue can become several.
    assert different.mean() < 0.3
    assert (different > 1).mean() < 0.04


def test_a_sample_does_not_depend_on_its_batch(images):
    views = drawn(len(images), seed=1)
    together = rendered(images, *views)
    alone = np.concatenate([rendered(images[i : i + 1], view) for i, view in enumerate(views)])
    assert same(together, alone)
    order = np.random.default_rng(0).permutation(len(images))
    assert same(rendered(images[order], *(views[i] for i in order)), together[order])


def test_several_views_of_a_batch_that_is_not_contiguous(images):
    channels_last = torch.from_numpy(images).permute(0, 3, 1, 2)
    assert not channels_last.is_contiguous()
    parameters = [[ViewParameters(WHOLE), *drawn(2, seed=i)] for i in range(len(images))]
    views = render_views(channels_last, parameters)
    assert [view.shape for view in views] == 3 * [(len(images), 3, SIDE, SIDE)]
    for number, view in enumerate(views):
        single = render_views(batch_of(images), [[sample[number]] for sample in parameters])[0]
        assert same(view.numpy(), single.numpy())


def test_autocast_does_not_reduce_the_precision(images):
    parameters = [[view] for view in drawn(len(images))]
    plain = render_views(batch_of(images), parameters)[0]
    with torch.autocast("cpu", torch.bfloat16):
        view = render_views(batch_of(images), parameters)[0]
    assert view.dtype == torch.float32
    assert not view.requires_grad
    torch.testing.assert_close(view, plain, atol=0, rtol=0)


def uint8(*shape):
    return torch.zeros(shape, dtype=torch.uint8)


VIEW = [ViewParameters((0, 0, 8, 8))]


@pytest.mark.parametrize(
    ("batch", "parameters", "words"),
    [
        (torch.zeros(2, 3, 8, 8), [VIEW, VIEW], r"uint8 per sample, got a batch \(2, 3, 8, 8\) torch.float32"),
        (uint8(2, 1, 8, 8), [VIEW, VIEW], r"one RGB image .* got a batch \(2, 1, 8"),
        ([uint8(2, 3, 8, 8)], [VIEW, VIEW], "got a batch list"),
        (uint8(2, 3, 8, 8), [VIEW], "of 1 samples .* do not fit a batch of 2"),
        (uint8(2, 3, 8, 8), [VIEW, []], "each sample needs the same number"),
        (uint8(1, 3, 8, 8), [[ViewParameters((0, 4, 8, 8))]], r"\(0, 4, 8, 8\) leads out of the image of 8 x 8"),
    ],
)
def test_what_does_not_fit_is_refused(batch, parameters, words):
    with pytest.raises(ValueError, match=words):
        render_views(batch, parameters)
