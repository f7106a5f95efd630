# SPDX-License-Identifier: Apache-2.0
"""From the data set to the data preprocessor: TrainingViews(views='device') in place of rendered views."""

import pytest
import torch
from mmengine.dataset import default_collate, pseudo_collate
from mmpretrain.registry import DATASETS, MODELS
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from flip_mm.datasets.transforms.view_parameters import ViewParameters

SIDE = 48


def dataset(root, views, simclr=2):
    pipeline = [
        dict(type="LoadFrame"),
        dict(type="SaturationJitter", magnitude=0.2, prob=0.5),
        dict(type="TrainingViews", image_size=(SIDE, SIDE), simclr_views=simclr, views=views),
        dict(type="PackInputs", meta_keys=("img_path", "view_parameters")),
    ]
    run = dict(protocol="p1", target="O")
    return DATASETS.build(dict(type="FASDataset", run=run, split="train", data_root=str(root), pipeline=pipeline))


@pytest.fixture
def preprocessor():
    return MODELS.build(dict(type="FASDataPreprocessor"))


def batch(data, seeds=range(6), collate=default_collate):
    return collate([data[index, 100 + seed] for index, seed in enumerate(seeds)])


@pytest.mark.parametrize("collate", [default_collate, pseudo_collate])
def test_the_device_gives_the_views_of_opencv(shared_mcio, preprocessor, collate):
    device, opencv = (preprocessor(batch(dataset(shared_mcio, views), collate=collate), True) for views in ("device", "opencv"))
    assert len(device["inputs"]) == len(opencv["inputs"]) == 3
    for number, (ours, want) in enumerate(zip(device["inputs"], opencv["inputs"], strict=True)):
        assert ours.shape == want.shape == (6, 3, SIDE, SIDE)
        assert ours.dtype == torch.float32
        # The image is only flipped. A level is 1 / (255 * 0.225) after normalisation.
        assert (ours - want).abs().mean() * 255 * 0.225 <= (0.3 if number else 0)
    assert [sample.img_path for sample in device["data_samples"]] == [sample.img_path for sample in opencv["data_samples"]]


def test_only_the_image_is_sent(shared_mcio):
    inputs = batch(dataset(shared_mcio, "device"))["inputs"]
    assert (inputs.dtype, inputs.shape) == (torch.uint8, (6, 3, SIDE, SIDE))


def test_methods_without_simclr_get_one_tensor(shared_mcio, preprocessor):
    device, opencv = (preprocessor(batch(dataset(shared_mcio, views, simclr=0)), True) for views in ("device", "opencv"))
    torch.testing.assert_close(device["inputs"], opencv["inputs"], atol=0, rtol=0)


def test_workers_and_the_split_of_a_batch_do_not_change_the_views(shared_mcio, preprocessor):
    data = dataset(shared_mcio, "device")
    items = [(index, 7 + index) for index in range(8)]
    whole = preprocessor(default_collate([data[item] for item in items]), True)["inputs"]
    # The batches of two processes, loaded by a worker.
    loader = DataLoader(data, batch_sampler=[items[:4], items[4:]], num_workers=1, collate_fn=default_collate)
    parts = [preprocessor(part, True)["inputs"] for part in loader]
    for number, view in enumerate(whole):
        # Sums in another order may round a few pixels to the other level.
        assert (torch.cat([part[number] for part in parts]) != view).float().mean() < 1e-3


def sample(*views):
    result = DataSample()
    result.set_field(list(views), "view_parameters", field_type="metainfo")
    return result


def test_images_of_different_sizes_and_bgr_are_refused(preprocessor):
    view = ViewParameters((0, 0, 8, 8))
    images = [torch.zeros(3, 8, 8, dtype=torch.uint8), torch.zeros(3, 8, 9, dtype=torch.uint8)]
    with pytest.raises(ValueError, match=r"shapes \[\(3, 8, 8\), \(3, 8, 9\)\]: resize them in the pipeline to one size"):
        preprocessor(dict(inputs=images, data_samples=[sample(view), sample(view)]), True)
    swapped = MODELS.build(dict(type="FASDataPreprocessor", to_rgb=True))
    with pytest.raises(ValueError, match="TrainingViews gives RGB images; remove to_rgb"):
        swapped(dict(inputs=images[:1], data_samples=[sample(view)]), True)
    with pytest.raises(ValueError, match="need one RGB image"):
        preprocessor(dict(inputs=[torch.stack(images[:1])] * 2, data_samples=[sample(view)]), True)
    with pytest.raises(ValueError, match=r"view_parameters of 1 samples .* do not fit a batch of 2"):
        preprocessor(dict(inputs=images[:1] * 2, data_samples=[DataSample(), sample(view)]), True)
