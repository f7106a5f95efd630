# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import default_collate
from mmpretrain.registry import DATASETS, MODELS, TRANSFORMS
from PIL import Image

from flip_mm.datasets.transforms.load_depth import ellipsoid
from flip_mm.models.sample_fields import depth_maps
from tests.fixtures.configs import CONFIGS

IMAGE = np.random.default_rng(0).integers(0, 256, (6, 5, 3), np.uint8)


def load(label, size=8, **sample):
    return TRANSFORMS.build(dict(type="LoadDepth", size=size))(dict(gt_label=label, **sample))["depth"]


def test_hsv_is_that_of_pillow():
    image = TRANSFORMS.build(dict(type="AppendHSV"))(dict(img=IMAGE))["img"]
    assert (image.shape, image.dtype) == ((6, 5, 6), np.uint8)
    np.testing.assert_array_equal(image[..., :3], IMAGE)
    np.testing.assert_array_equal(image[..., 3:], Image.fromarray(IMAGE).convert("HSV"))


@pytest.mark.parametrize("image", [IMAGE[..., 0], IMAGE / 255, [IMAGE, IMAGE]])
def test_hsv_of_something_else(image):
    with pytest.raises(ValueError, match="AppendHSV needs one image"):
        TRANSFORMS.build(dict(type="AppendHSV"))(dict(img=image))


def test_the_substitute_is_an_ellipsoid_and_a_plane():
    depth = load(1)
    assert (depth.shape, depth.dtype) == ((1, 8, 8), np.float32)
    x, y = 3.5 / 8 - 0.5, 2.5 / 8 - 0.5
    assert depth[0, 2, 3] == pytest.approx((1 - (x / 0.32) ** 2 - (y / 0.42) ** 2) ** 0.5)
    assert depth[0, 0].max() == depth[0, :, 0].max() == 0
    assert ellipsoid(255).max() == 1
    assert not load(0).any()
    assert np.isnan(load(-1)).all()


@pytest.mark.parametrize("size", [0, 8.0, (8, 8)])
def test_a_size_that_is_none(size):
    with pytest.raises(ValueError, match="LoadDepth: size must be a whole number above 0"):
        load(1, size)


def test_a_vertical_flip_is_refused():
    with pytest.raises(ValueError, match="only flipped horizontally"):
        load(1, flip=True, flip_direction="vertical")


@pytest.mark.parametrize(("base", "channels", "side"), [("demo_depth_64", 6, 64), ("mcio_depth_rgb_bs10_256", 3, 256)])
def test_a_batch_of_the_bases(mcio, base, channels, side):
    cfg = Config.fromfile(CONFIGS / f"_base_/datasets/{base}.py")
    data = DATASETS.build({**cfg.train_dataloader.dataset, "data_root": str(mcio)})
    of_class = [next(i for i, sample in enumerate(data.data_list) if sample["gt_label"] == label) for label in (0, 1)]
    batch = default_collate([data[i, 5] for i in of_class])
    preprocessor = MODELS.build(dict(type="FASDataPreprocessor", mean=(0,) * channels, std=(1,) * channels))
    batch = preprocessor(batch, True)
    assert batch["inputs"].shape == (2, channels, side, side)
    assert 0.5 < batch["inputs"].max() <= 1
    maps = depth_maps(batch["data_samples"])
    assert maps.shape == (2, 1, side // 8, side // 8)
    assert (maps[0].max(), maps[1].max() > 0.9) == (0, True)
    test = DATASETS.build({**cfg.test_dataloader.dataset, "data_root": str(mcio)})[0]
    assert test["inputs"].shape == (channels, side, side)
    assert "depth" not in test["data_samples"]
