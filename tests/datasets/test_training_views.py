# SPDX-License-Identifier: Apache-2.0
"""The views of a training image: equal to the steps of version 0.1, or with the same distributions."""

import copy
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmpretrain.registry import DATASETS, TRANSFORMS
from PIL import Image
from torch.utils.data import DataLoader

from flip_mm.datasets.randomness import seeded
from flip_mm.datasets.transforms import TrainingViews, ViewParameters, with_pillow_steps
from flip_mm.datasets.transforms.opencv_view import render_view

BASE = Path(__file__).parents[2] / "configs/_base_/datasets"


def photo(seed=0, size=(72, 60)):
    """Smooth colours, (H, W, 3) uint8 BGR."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    return np.array(Image.fromarray(coarse).resize(size[::-1], Image.BICUBIC))


def steps_of_0_1(size, scale=None, blur=False):
    """The steps between SaturationJitter and PackInputs that the configs had in version 0.1."""
    flip = dict(type="torchvision/RandomHorizontalFlip", p=0.5)
    to_numpy = dict(type="PILToNumpy")
    steps = [
        dict(type="NumpyToPIL", to_rgb=True),
        dict(type="torchvision/Resize", size=size, interpolation="bicubic"),
    ]
    if not scale:
        return [*steps, flip, to_numpy]
    view = [
        dict(type="torchvision/RandomResizedCrop", size=size, scale=scale),
        dict(
            type="RandomApply",
            transforms=[dict(type="torchvision/ColorJitter", brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)],
            prob=0.8,
        ),
        dict(type="torchvision/RandomGrayscale", p=0.2),
        flip,
        to_numpy,
    ]
    if blur:
        view.append(dict(type="GaussianBlur", magnitude_range=(0.1, 2.0), magnitude_std="inf", prob=0.5))
    return [*steps, dict(type="MultiView", num_views=[1, 2], transforms=[[flip, to_numpy], view])]


CONFIGS = {
    "mcio_bs3_224.py": steps_of_0_1((224, 224)),
    "mcio_bs3_224_multiview.py": steps_of_0_1((224, 224), (0.08, 1.0), blur=True),
    "wcs_bs3_224_multiview.py": steps_of_0_1((224, 224), (0.08, 1.0), blur=True),
    "demo_bs3_64.py": steps_of_0_1((64, 64)),
    "demo_bs3_64_multiview.py": steps_of_0_1((64, 64), (0.4, 1.0)),
}


def views_of(name, views):
    step = copy.deepcopy(Config.fromfile(BASE / name).train_dataloader.dataset.pipeline[2])
    assert step.views == "opencv"
    return TRANSFORMS.build(step | dict(views=views))


def run(transform, seed, image=None):
    with seeded(seed):
        return transform(dict(img=photo() if image is None else image))["img"]


@pytest.mark.parametrize("name", CONFIGS)
def test_pillow_gives_exactly_the_views_of_version_0_1(name):
    pillow, old = views_of(name, "pillow"), Compose([TRANSFORMS.build(step) for step in CONFIGS[name]])
    for seed in range(3):
        got, want = (run(transform, seed) for transform in (pillow, old))
        assert np.array_equal(got, want)


@pytest.mark.parametrize("name", CONFIGS)
def test_the_settings_of_version_0_1_are_recognised(name):
    pipeline = Config.fromfile(BASE / name).train_dataloader.dataset.pipeline
    before = copy.deepcopy(pipeline)
    assert with_pillow_steps(pipeline)[2]["type"] == "TrainingViews"
    pipeline[2].views = before[2].views = "pillow"
    written = with_pillow_steps(dict(pipeline=pipeline))["pipeline"]
    assert pipeline == before
    assert written[2:-1] == CONFIGS[name]
    assert [written[k]["type"] for k in (0, 1, -1)] == ["LoadFrame", "SaturationJitter", "PackInputs"]


def test_one_view_is_the_image_or_its_mirror_image():
    transform = views_of("mcio_bs3_224.py", "opencv")
    want = np.array(Image.fromarray(photo()[..., ::-1]).resize((224, 224), Image.BICUBIC))
    flipped = 0
    for seed in range(40):
        got = run(transform, seed)
        mirrored = np.array_equal(got, want[:, ::-1])
        assert mirrored or np.array_equal(got, want)
        flipped += mirrored
    assert 10 < flipped < 30


def test_an_image_of_the_right_size_is_not_resampled():
    image = photo(size=(64, 64))
    got = run(TrainingViews((64, 64), flip_prob=0.0), 0, image)
    assert np.array_equal(got, image[..., ::-1])


@pytest.mark.parametrize("name", [name for name in CONFIGS if "multiview" in name])
def test_the_device_gets_the_image_and_the_parameters_of_the_same_views(name):
    results = {}
    for views in ("opencv", "device"):
        with seeded(5):
            results[views] = views_of(name, views)(dict(img=photo()))
    image, parameters = results["device"]["img"], results["device"]["view_parameters"]
    assert "view_parameters" not in results["opencv"]
    size = image.shape[:2]
    assert size == results["device"]["img_shape"] == results["opencv"]["img_shape"]
    assert all(isinstance(view, ViewParameters) for view in parameters)
    assert parameters[0] == ViewParameters((0, 0, *size), flip=parameters[0].flip)
    for got, view in zip(results["opencv"]["img"], parameters, strict=True):
        assert np.array_equal(got, render_view(np.ascontiguousarray(image), view, size))


def test_views_are_stored_channel_by_channel_so_that_packing_copies_nothing():
    results = views_of("mcio_bs3_224_multiview.py", "opencv")(dict(img=photo()))
    packed = TRANSFORMS.build(dict(type="PackInputs"))(results)["inputs"]
    for view, tensor in zip(results["img"], packed, strict=True):
        assert tensor.is_contiguous()
        assert tensor.data_ptr() == view.ctypes.data
        assert np.array_equal(tensor.permute(1, 2, 0), view)


@pytest.mark.parametrize("views", ["opencv", "pillow"])
def test_simclr_views_of_another_size(views):
    settings = dict(simclr_views=2, jitter_prob=0.0, grey_prob=0.0, blur_prob=0.0, scale=(0.9, 1.0))
    image, *simclr = run(TrainingViews((64, 48), **settings, views=views, simclr_size=(32, 24)), 3)
    assert [image.shape, *(view.shape for view in simclr)] == [(64, 48, 3), (32, 24, 3), (32, 24, 3)]
    half = np.array(Image.fromarray(photo()[..., ::-1]).resize((24, 32), Image.BICUBIC)).astype(int)
    # About the whole image, perhaps mirrored.
    assert all(min(np.abs(view - half).mean(), np.abs(view[:, ::-1] - half).mean()) < 12 for view in simclr)


def sample_of(transform, images, seeds):
    """All SimCLR views: (N, height, width, 3)."""
    return np.stack([view for image in images for seed in range(seeds) for view in run(transform, seed, image)[1:]])


@pytest.mark.parametrize(("name", "seeds"), [("demo_bs3_64_multiview.py", 500), ("mcio_bs3_224_multiview.py", 60)])
def test_opencv_and_pillow_have_the_same_distributions(name, seeds):
    images = [photo(k, (64, 64) if "64" in name else (224, 224)) for k in range(3)]
    own, pillow = (sample_of(views_of(name, views), images, seeds) for views in ("opencv", "pillow"))
    count = len(own)
    for channel in range(3):
        # Mean, contrast and sharpness of each view, as two samples: their distance is below the 0.1 % quantile of equals.
        for measure in (mean, spread, sharpness):
            ours, theirs = (measure(views[..., channel].astype(np.float32)) for views in (own, pillow))
            assert distance(ours, theirs) < 1.95 * np.sqrt(2 / count)
            error = np.sqrt((ours.var() + theirs.var()) / count)
            assert abs(ours.mean() - theirs.mean()) < 4 * error
        # The values of all pixels; those of a view depend on each other.
        values = [np.bincount(views[..., channel].ravel(), minlength=256) / views[..., channel].size for views in (own, pillow)]
        assert np.abs(np.cumsum(values[0] - values[1])).max() < 1.95 * np.sqrt(2 / count)


def mean(views):
    return views.mean((1, 2))


def spread(views):
    return views.std((1, 2))


def sharpness(views):
    return np.abs(np.diff(views, axis=1)).mean((1, 2))


def distance(first, second):
    """Kolmogorov and Smirnov's statistic."""
    values = np.concatenate([first, second])
    shares = [np.searchsorted(np.sort(sample), values, side="right") / len(sample) for sample in (first, second)]
    return np.abs(shares[0] - shares[1]).max()


@pytest.mark.parametrize("views", ["opencv", "pillow"])
def test_a_seed_gives_the_same_views_with_any_number_of_workers(shared_mcio, views):
    cfg = Config.fromfile(BASE / "demo_bs3_64_multiview.py").train_dataloader.dataset
    cfg.update(run=dict(protocol="p1", target="O"), data_root=str(shared_mcio))
    cfg.pipeline[2].views = views
    data = DATASETS.build(cfg)
    indices = [(k, 100 + k) for k in range(6)]

    def batches(workers):
        loader = DataLoader(data, sampler=indices, batch_size=2, num_workers=workers, collate_fn=pseudo_collate)
        return [torch.stack(views) for batch in loader for views in batch["inputs"]]

    alone = batches(0)
    assert len({view.numpy().tobytes() for views in alone for view in views}) > 10
    for workers in (1, 3):
        assert all(torch.equal(a, b) for a, b in zip(batches(workers), alone, strict=True))


def test_seeding_restores_all_generators():
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    want = [random.random(), np.random.rand(), torch.rand(1).item()]
    random.seed(1), np.random.seed(1), torch.manual_seed(1)
    with seeded(2**40 + 3):
        inner = [random.random(), np.random.rand(), torch.rand(1).item()]
        with seeded(8):
            np.random.rand(1000)
        following = np.random.rand()
    assert [random.random(), np.random.rand(), torch.rand(1).item()] == want
    # numpy's legacy seeding, which earlier trainings used.
    state = np.random.RandomState((2**40 + 3) % 2**32)
    assert [inner[1], following] == [state.rand(), state.rand()]


def test_a_seed_that_torch_refuses_restores_the_generators():
    np.random.seed(1)
    want = np.random.rand()
    np.random.seed(1)
    with pytest.raises(ValueError, match="Overflow"), seeded(2**70):
        pass
    assert np.random.rand() == want


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (dict(views="gpu"), "views must be one of 'opencv', 'pillow', 'device', got 'gpu'"),
        (dict(image_size=(64,)), "image_size must be height, width"),
        (dict(simclr_size=(0, 32)), "simclr_size must be height, width"),
        (dict(simclr_size=(32, 32), views="device"), "simclr_size must be None with views='device'"),
        (dict(simclr_views=-1), "simclr_views must be 0 or more"),
        (dict(scale=(0.5, 0.2)), "scale must be two shares"),
        (dict(sigmas=(0.0, 2.0)), "sigmas must be two standard deviations"),
        (dict(jitter=(0.4, 0.4, 0.4, 0.6)), "jitter must be four changes"),
        (dict(grey_prob=1.5), "grey_prob must be in 0..1, got 1.5"),
    ],
)
def test_settings_outside_their_range_are_refused(changes, words):
    with pytest.raises(ValueError, match=f"TrainingViews: {words}"):
        TrainingViews(**dict(image_size=(64, 64)) | changes)
