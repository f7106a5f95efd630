# SPDX-License-Identifier: Apache-2.0
"""Images for the comparison: test images as the config prepares them, or synthetic ones."""

import numpy as np
import pytest
from PIL import Image

from flip_mm.export.probes import choose_probes, data_probes, folder_crops, synthetic_probes
from flip_mm.inference.model_card import InputSpec

SPEC = InputSpec((24, 32), (0.0,) * 3, (1.0,) * 3)
STEPS = [
    dict(type="LoadFrame"),
    dict(type="NumpyToPIL", to_rgb=True),
    dict(type="torchvision/Resize", size=(24, 32), interpolation="bicubic"),
    dict(type="PILToNumpy"),
    dict(type="PackInputs"),
]


@pytest.fixture
def dataset(shared_mcio):
    run = dict(protocol="p1", target="O")
    return dict(type="FASDataset", run=run, split="test", data_root=str(shared_mcio), pipeline=STEPS)


def test_synthetic():
    found = synthetic_probes(SPEC)
    assert found.crops.shape == (32, 24, 32, 3)
    assert found.crops.dtype == np.uint8
    assert (found.crops[0].max(), found.crops[1].min()) == (0, 255)
    assert not found.is_labelled
    np.testing.assert_array_equal(found.crops, synthetic_probes(SPEC).crops)
    assert len({crop.tobytes() for crop in found.crops}) == 32


def test_images_of_both_classes(dataset):
    found = data_probes(dataset, SPEC, "RGB", 12)
    assert found.source == "test images of O"
    assert found.labels.tolist().count(1) == found.labels.tolist().count(0) == 6
    assert found.is_labelled
    assert all(("bonafide" in attack) == bool(label) for attack, label in zip(found.attacks, found.labels, strict=True))
    few = data_probes(dataset, SPEC, "RGB", 10**6)
    assert few.crops.shape == (len(few.labels), 24, 32, 3)
    assert len(few.labels) == 30


def test_a_pipeline_that_predictions_would_not_repeat(dataset):
    with pytest.raises(ValueError, match=r"^A prediction would prepare '.*\.png' otherwise than test_dataloader"):
        data_probes(dataset, SPEC, "BGR", 4)


def test_synthetic_ones_only_without_a_data_set(dataset, tmp_path):
    absent = dataset | dict(data_root=str(tmp_path / "absent"))
    assert choose_probes(dataset, SPEC, "RGB", 2, required=False).is_labelled
    assert not choose_probes(absent, SPEC, "RGB", 2, required=False).is_labelled
    with pytest.raises(FileNotFoundError):
        choose_probes(absent, SPEC, "RGB", 2, required=True)


def test_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no picture"):
        folder_crops(tmp_path, SPEC)
    with pytest.raises(FileNotFoundError, match="There is no picture"):
        folder_crops(tmp_path / "absent", SPEC)
    for number in range(3):
        Image.new("RGB", (10, 20), (number, 0, 0)).save(tmp_path / f"{number}.png")
    assert folder_crops(tmp_path, SPEC)[:, 0, 0].tolist() == [[0, 0, 0], [1, 0, 0], [2, 0, 0]]
    (tmp_path / "3.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"^The picture '.*3\.jpg' cannot be read"):
        folder_crops(tmp_path, SPEC)
