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


RUN = dict(protocol="p1", aux=False, target="O")


def data_set(root, depth_root=None, size=4, **run):
    steps = [dict(type="LoadDepth", size=size, depth_root=depth_root)]
    return DATASETS.build(dict(type="FASDataset", run=RUN | run, split="train", data_root=str(root), pipeline=steps))


def write_maps(frames, folder, value=lambda number: number % 200 + 1):
    """A flat map for every real image; returns its value by the image."""
    values = {}
    for number, path in enumerate(sorted(path for path in frames.rglob("*.*") if "real" in path.parts)):
        target = (folder / path.relative_to(frames)).with_suffix(".png")
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (7, 5), value(number)).save(target)
        values[str(path)] = value(number)
    return values


def test_maps_of_a_depth_root(mcio, tmp_path):
    values = write_maps(mcio / "frame", tmp_path / "maps")
    data = data_set(mcio, str(tmp_path / "maps"))
    assert data.depth == "maps of depth_root"
    for i in range(0, len(data), 5):
        sample = data[i]
        expected = values[sample["img_path"]] / 255 if sample["gt_label"] == 1 else 0
        np.testing.assert_allclose(sample["depth"], np.full((1, 4, 4), expected), rtol=1e-6)


@pytest.mark.parametrize(("is_synthetic", "source"), [(True, "maps of the synthetic set"), (False, "maps of the data root")])
def test_maps_of_the_data_root(mcio, is_synthetic, source):
    write_maps(mcio / "frame", mcio / "depth", lambda _: 51)
    if not is_synthetic:
        (mcio / "synthetic.json").unlink()
    data = data_set(mcio)
    assert data.depth == source
    assert next(sample["depth"].max() for sample in data if sample["gt_label"] == 1) == pytest.approx(0.2)


def test_without_maps_the_source_is_the_substitute(mcio):
    data = data_set(mcio)
    assert data.depth == "substitute (ellipsoid)"
    assert next(sample["depth"] for sample in data if sample["gt_label"] == 1)[0].tolist() == ellipsoid(4).astype("f4").tolist()
    data = DATASETS.build(dict(type="FASDataset", run=RUN, split="test", data_root=str(mcio), pipeline=[]))
    assert data.depth == ""


def test_a_missing_map_stops_before_the_training(mcio, tmp_path):
    write_maps(mcio / "frame", tmp_path / "maps")
    first, *others = sorted((tmp_path / "maps/oulu").rglob("*.png"))
    # O is the target of the run: its maps are not needed.
    first.unlink()
    assert data_set(mcio, str(tmp_path / "maps")).depth
    with pytest.raises(FileNotFoundError, match=rf"1 of \d+ depth maps of real images are missing: {first}\. Every real"):
        data_set(mcio, str(tmp_path / "maps"), target="M")
    for path in others:
        path.unlink()
    with pytest.raises(FileNotFoundError, match="6 of 18 depth maps"):
        data_set(mcio, str(tmp_path / "maps"), target="M")
    with pytest.raises(FileNotFoundError, match="nowhere' is no folder"):
        data_set(mcio, str(tmp_path / "nowhere"))


def test_unlabelled_images_need_no_map(mcio, tmp_path):
    write_maps(mcio / "frame", tmp_path / "maps")
    for path in (tmp_path / "maps/oulu").rglob("*.png"):
        path.unlink()
    data = data_set(mcio, str(tmp_path / "maps"), unlabelled="train")
    assert all(np.isnan(sample["depth"]).all() == (sample["gt_label"] == -1) for sample in data)


def test_maps_of_some_data_roots_only(mcio, shared_mcio):
    write_maps(mcio / "frame", mcio / "depth")
    with pytest.raises(ValueError, match=r"depth maps of some domains, but not of the images in .*MCIO/frame/: give"):
        data_set(f"OWN={mcio},C={shared_mcio}")


def test_a_packed_data_root(mcio, tmp_path):
    from flip_mm.preparation.pack import pack

    values = write_maps(mcio / "frame", tmp_path / "maps")
    pack(mcio, tmp_path / "packed")
    data = data_set(tmp_path / "packed", str(tmp_path / "maps"))
    real = next(sample for sample in data if sample["gt_label"] == 1)
    frame = real["img_path"].replace(str(tmp_path / "packed/frame.lmdb"), str(mcio / "frame"))
    assert real["depth"].max() == pytest.approx(values[frame] / 255)


@pytest.mark.parametrize("flipped", [False, True])
def test_image_and_map_are_flipped_together(mcio, flipped):
    size = 8
    for path in (mcio / "frame").rglob("*.*"):
        if "real" in path.parts:
            ramp = np.tile(np.linspace(0, 255, size, dtype=np.uint8), (size, 1))
            Image.fromarray(ramp).convert("RGB").save(path)
            target = (mcio / "depth" / path.relative_to(mcio / "frame")).with_suffix(".png")
            target.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(ramp).save(target)
    cfg = Config.fromfile(CONFIGS / "_base_/datasets/demo_depth_rgb_64.py")
    pipeline = cfg.train_dataloader.dataset.pipeline
    next(step for step in pipeline if step.type == "RandomFlip").prob = float(flipped)
    for step in pipeline:
        if step.type == "torchvision/Resize":
            step.size = (size, size)
    data = DATASETS.build({**cfg.train_dataloader.dataset, "data_root": str(mcio), "pipeline": pipeline})
    packed = data[next(i for i, sample in enumerate(data.data_list) if sample["gt_label"] == 1)]
    image, depth = packed["inputs"][0].numpy() / 255, packed["data_samples"].depth[0]
    np.testing.assert_allclose(image, depth, atol=0.005)
    assert (image[0, 0] > image[0, -1]) == flipped


@pytest.mark.parametrize(
    ("picture", "message"),
    [(Image.new("RGB", (4, 4), (9, 8, 9)), "has colours"), (Image.new("I;16", (4, 4), 300), "16")],
    ids=["colours", "16 bits"],
)
def test_a_map_that_is_not_grey_of_8_bits(mcio, picture, message):
    write_maps(mcio / "frame", mcio / "depth")
    for path in (mcio / "depth").rglob("*.png"):
        picture.save(path)
    data = data_set(mcio)
    with pytest.raises(RuntimeError, match=message):
        data[next(i for i, sample in enumerate(data.data_list) if sample["gt_label"] == 1)]


def test_a_depth_root_without_fas_dataset():
    with pytest.raises(ValueError, match="only read by FASDataset"):
        TRANSFORMS.build(dict(type="LoadDepth", size=4, depth_root="maps"))(dict(gt_label=1, img_path="a.png"))


FLIP = dict(type="RandomFlip", prob=0.5, direction="horizontal")


@pytest.mark.parametrize(
    "steps",
    [
        [dict(type="torchvision/RandomHorizontalFlip"), "depth"],
        ["depth", dict(type="torchvision/RandomHorizontalFlip")],
        ["depth", FLIP],
        [dict(type="TrainingViews", image_size=(8, 8)), "depth"],
    ],
    ids=["torchvision before", "torchvision after", "after", "views"],
)
def test_a_flip_without_the_map(mcio, steps):
    pipeline = [dict(type="LoadDepth", size=4) if step == "depth" else step for step in steps]
    with pytest.raises(ValueError, match="would flip the image without its depth map: use dict"):
        DATASETS.build(dict(type="FASDataset", run=RUN, split="train", data_root=str(mcio), pipeline=pipeline))
