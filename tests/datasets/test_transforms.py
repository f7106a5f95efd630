# SPDX-License-Identifier: Apache-2.0
"""Every transform of the configs against torchvision, PIL or a slow re-implementation, to 1/255 of the range."""

import colorsys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.transforms import Compose
from mmengine.config import Config
from mmpretrain.registry import TRANSFORMS
from PIL import Image, ImageFilter
from torchvision.transforms import v2

from flip_mm.datasets.transforms import scale_saturation

F = v2.functional
BASE = Path(__file__).parents[2] / "configs/_base_/datasets"


def photo(size=(61, 47), seed=0):
    """Smooth colours with an edge, uint8 RGB, (height, width)."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (6, 5, 3), dtype=np.uint8))
    image = np.array(small.resize(size[::-1], Image.BICUBIC))
    image[: size[0] // 3, : size[1] // 2] = (250, 10, 90)
    return image


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(photo()).save(path)
    return str(path)


def apply(config, image):
    return TRANSFORMS.build(config)(dict(img=image))["img"]


def close(got, want):
    """Equal to one of 255 steps."""
    got, want = np.asarray(got).astype(int), np.asarray(want).astype(int)
    assert got.shape == want.shape
    assert np.abs(got - want).max() <= 1


def slow_saturation(image, factor):
    """HSV by the standard library, S scaled and clipped."""
    out = np.empty_like(image)
    for at in np.ndindex(image.shape[:2]):
        h, s, v = colorsys.rgb_to_hsv(*(image[at] / 255))
        out[at] = np.rint(255 * np.array(colorsys.hsv_to_rgb(h, min(s * factor, 1), v)))
    return out


@pytest.mark.parametrize("factor", [0.0, 0.8, 1.0, 1.2, 3.0])
def test_saturation_equals_hsv(factor):
    image = photo((20, 15))
    close(scale_saturation(image, factor), slow_saturation(image, factor))
    close(scale_saturation(image[..., ::-1], factor)[..., ::-1], slow_saturation(image, factor))


@pytest.mark.parametrize("factor", [0.8, 1.0, 1.2])
def test_saturation_is_that_of_the_release_but_for_rounding_and_clipping(factor):
    image = photo((120, 90))
    # The release's arithmetic: OpenCV's HSV in float32, cut to uint8.
    hsv = cv2.cvtColor(image[..., ::-1].astype(np.float32), cv2.COLOR_BGR2HSV)
    hsv[..., 1] *= factor
    exact = cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
    got, fits = scale_saturation(image, factor), hsv[..., 1] <= 1
    lower = got[fits].astype(int) - exact[fits].astype(np.uint8)
    assert {*np.unique(lower)} == {0, 1}
    assert 0.1 < lower.mean() < 0.4
    assert np.abs(got[fits] - exact[fits]).max() < 0.51
    assert fits.all() == (factor <= 1)
    if not fits.all():
        # Beyond S = 1 the smallest channel would be negative; ours is 0.
        assert (exact[~fits].min(axis=1) < 0).all()
        assert (got[~fits].min(axis=1) == 0).all()


@settings(max_examples=100, deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 3), st.floats(0, 5))
def test_saturation_keeps_value_and_never_wraps_round(pixel, factor):
    got = scale_saturation(np.array([[pixel]], np.uint8), factor)[0, 0].astype(int)
    assert got.max() == max(pixel)
    low, before = got.min(), min(pixel)
    assert low <= before if factor >= 1 else low >= before
    assert list(np.argsort(pixel, kind="stable")) == list(np.argsort(got, kind="stable")) or len(set(got)) < 3


def test_saturation_jitter_draws_factor_and_probability():
    image = photo((8, 8))
    np.random.seed(3)
    factor = np.random.uniform(0.8, 1.2)
    np.random.seed(3)
    close(apply(dict(type="SaturationJitter", magnitude=0.2, prob=1.0), image), scale_saturation(image, factor))
    assert np.array_equal(apply(dict(type="SaturationJitter", prob=0.0), image), image)
    changed = [not np.array_equal(apply(dict(type="SaturationJitter", prob=0.5), image), image) for _ in range(200)]
    assert np.mean(changed) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("bad", [dict(magnitude=1.1), dict(prob=-0.1)])
def test_saturation_jitter_refuses(bad):
    with pytest.raises(ValueError, match=rf"SaturationJitter: {next(iter(bad))} must be in 0..1"):
        TRANSFORMS.build(dict(type="SaturationJitter") | bad)


def test_load_and_to_pil_give_the_files_rgb(file):
    cfg = Config.fromfile(BASE / "mcio_bs3_224.py")
    got = Compose([TRANSFORMS.build(cfg.load), TRANSFORMS.build(cfg.to_pil)])(dict(img_path=file))["img"]
    assert np.array_equal(np.array(got), photo())


def test_resize_is_pils_bicubic():
    image = Image.fromarray(photo())
    got = apply(dict(type="torchvision/Resize", size=(32, 32), interpolation="bicubic"), image)
    assert np.array_equal(np.array(got), np.array(image.resize((32, 32), Image.BICUBIC)))


def test_flip():
    image = Image.fromarray(photo())
    got = apply(dict(type="torchvision/RandomHorizontalFlip", p=1.0), image)
    assert np.array_equal(np.array(got), photo()[:, ::-1])


def test_random_resized_crop():
    image = Image.fromarray(photo())
    torch.manual_seed(4)
    got = apply(dict(type="torchvision/RandomResizedCrop", size=(32, 32), scale=(0.08, 1.0)), image)
    torch.manual_seed(4)
    top, left, height, width = v2.RandomResizedCrop.make_params(
        v2.RandomResizedCrop((32, 32), scale=(0.08, 1.0)), [torch.zeros(3, *image.size[::-1])]
    ).values()
    assert height * width < 0.9 * image.width * image.height
    box = (left, top, left + width, top + height)
    close(np.array(got), np.array(image.crop(box).resize((32, 32), Image.BILINEAR)))


def test_colour_jitter():
    image = Image.fromarray(photo())
    config = dict(brightness=(1.3, 1.3), contrast=(0.7, 0.7), saturation=(1.2, 1.2), hue=(0.05, 0.05))
    torch.manual_seed(0)
    order = torch.randperm(4).tolist()
    torch.manual_seed(0)
    got = apply(dict(type="torchvision/ColorJitter", **config), image)
    steps = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)
    want = image
    for k in order:
        want = steps[k](want, list(config.values())[k][0])
    close(got, want)


def test_grey():
    image = Image.fromarray(photo())
    want = image.convert("L").convert("RGB")
    close(apply(dict(type="torchvision/RandomGrayscale", p=1.0), image), want)


@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.0])
def test_blur_is_pils_gaussian_and_its_radius_is_sigma(sigma):
    got = apply(dict(type="GaussianBlur", radius=sigma, prob=1.0), photo())
    close(got, Image.fromarray(photo()).filter(ImageFilter.GaussianBlur(sigma)))
    impulse = np.zeros((31, 31, 3), np.uint8)
    impulse[15, 15] = 255
    spread = apply(dict(type="GaussianBlur", radius=2.0, prob=1.0), impulse)[..., 0].astype(float)
    x = np.arange(31) - 15
    assert np.sqrt((spread.sum(0) * x**2).sum() / spread.sum()) == pytest.approx(2.0, rel=0.15)


def test_blur_draws_sigma_uniformly():
    blur = TRANSFORMS.build(dict(type="GaussianBlur", magnitude_range=(0.1, 2.0), magnitude_std="inf", prob=0.5))
    np.random.seed(0)
    sigma = [blur.random_magnitude() for _ in range(2000)]
    assert (min(sigma), max(sigma)) == pytest.approx((0.1, 2.0), abs=0.01)
    assert np.mean(sigma) == pytest.approx(1.05, abs=0.05)
    assert np.mean([blur.random_disable() for _ in range(2000)]) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", ["mcio_bs3_224.py", "demo_bs3_64.py"])
def test_test_pipeline_equals_pil(file, name):
    cfg = Config.fromfile(BASE / name)
    sample = dict(img_path=file, gt_label=1, domain="M", video_id="v", subject="s", attack_type="a", frame=0, role="target")
    got = Compose([TRANSFORMS.build(t) for t in cfg.test_pipeline])(sample)
    want = Image.open(file).resize(tuple(cfg.image_size), Image.BICUBIC)
    assert np.array_equal(got["inputs"].permute(1, 2, 0).numpy(), np.array(want))
    assert got["data_samples"].video_id == "v"


@pytest.mark.parametrize("name", ["mcio_bs3_224_multiview.py", "demo_bs3_64_multiview.py"])
def test_three_views_come_from_one_jittered_image(file, name):
    cfg = Config.fromfile(BASE / name)
    sample = dict(img_path=file, gt_label=1, domain="M", video_id="v", subject="s", attack_type="a", frame=0, role="train")
    pipeline = Compose([TRANSFORMS.build(t) for t in cfg.train_pipeline])
    np.random.seed(1)
    torch.manual_seed(1)
    image, first, second = pipeline(sample)["inputs"]
    assert image.shape == first.shape == second.shape == (3, *cfg.image_size)
    assert not torch.equal(first, second)
    np.random.seed(1)
    jittered = TRANSFORMS.build(dict(type="SaturationJitter", magnitude=0.2, prob=0.5))(dict(img=photo()))["img"]
    want = np.array(Image.fromarray(jittered).resize(tuple(cfg.image_size), Image.BICUBIC))
    got = image.permute(1, 2, 0).numpy()
    assert np.array_equal(got, want) or np.array_equal(got, want[:, ::-1])


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bit_colour_is_refused_though_pillow_reads_it_as_8_bits(suffix, tmp_path):
    path = tmp_path / f"image{suffix}"
    cv2.imwrite(str(path), photo().astype(np.uint16) * 257)
    with pytest.raises(ValueError, match="more than 8 bits per channel"):
        TRANSFORMS.build(dict(type="LoadFrame"))(dict(img_path=str(path)))
