"""The sheet of training views shows what the network gets."""

import numpy as np
import pytest
from mmengine.config import Config
from mmpretrain.registry import DATASETS
from PIL import Image

from flip_mm.analysis.training_sheet import build_preprocessor, network_pictures, stored_image, training_sheet
from flip_mm.utils.shipped import find_config


@pytest.fixture
def cfg(shared_mcio):
    cfg = Config.fromfile(find_config("flip_mcl_demo"))
    cfg.train_dataloader.dataset.data_root = str(shared_mcio)
    cfg.train_dataloader.dataset.run.update(target="O")
    return cfg


@pytest.mark.parametrize("way", ["opencv", "pillow", "device"])
def test_views_are_those_of_the_pipeline(cfg, way):
    step = next(step for step in cfg.train_dataloader.dataset.pipeline if step["type"] == "TrainingViews")
    step["views"] = way
    if way == "device":
        cfg.train_dataloader.dataset.pipeline[-1]["meta_keys"] = ("view_parameters",)
    dataset, preprocessor = DATASETS.build(cfg.train_dataloader.dataset), build_preprocessor(cfg.model)
    pictures = network_pictures(dataset, preprocessor, 5, seed=0, draw=0)
    assert list(pictures) == ["image", "view 1", "view 2"]
    views = pictures.values()
    assert [view.shape for view in views] == [(64, 64, 3)] * 3
    assert all(view.dtype == np.uint8 for view in views)
    again = network_pictures(dataset, preprocessor, 5, seed=0, draw=0).values()
    assert all((one == other).all() for one, other in zip(views, again, strict=True))
    other = network_pictures(dataset, preprocessor, 5, seed=0, draw=1).values()
    assert any((one != another).any() for one, another in zip(views, other, strict=True))
    if way != "device":
        seed = int(np.random.SeedSequence([0, 5, 0]).generate_state(1)[0])
        plain = [view.numpy().transpose(1, 2, 0) for view in dataset[5, seed]["inputs"]]
        assert all((one == view).all() for one, view in zip(plain, views, strict=True))


def test_colours_are_those_of_the_file(shared_mcio):
    """A pipeline that ends in BGR, with a preprocessor that swaps red and blue, shows RGB."""
    cfg = Config.fromfile(find_config("flip_v_demo"))
    dataset = cfg.train_dataloader.dataset
    dataset.data_root = str(shared_mcio)
    dataset.pipeline = [dict(type="LoadFrame"), dict(type="PackInputs")]
    built = DATASETS.build(dataset)
    for model, is_bgr in ((dict(type="FLIP"), True), (dict(type="ImageClassifier", data_preprocessor=dict(to_rgb=True)), True)):
        (view,) = network_pictures(built, build_preprocessor(model), 3, seed=0, draw=0, is_bgr=is_bgr).values()
        assert (view == stored_image(built, 3)).all()


def test_hsv_and_depth(shared_mcio):
    cfg = Config.fromfile(find_config("cdcnpp_demo").parents[1] / "_base_/datasets/demo_depth_64.py")
    dataset = cfg.train_dataloader.dataset
    dataset.data_root = str(shared_mcio)
    dataset.run.unlabelled = "train"
    built = DATASETS.build(dataset)
    preprocessor = build_preprocessor(dict(data_preprocessor=dict(type="FASDataPreprocessor", mean=(0,) * 6, std=(1,) * 6)))
    shown = {}
    for label in (1, 0, -1):
        index = next(index for index, sample in enumerate(built.data_list) if sample["gt_label"] == label)
        pictures = network_pictures(built, preprocessor, index, seed=0, draw=0)
        assert {name: picture.shape for name, picture in pictures.items()} == dict(
            image=(64, 64, 3), HSV=(64, 64, 3), depth=(8, 8, 3)
        )
        np.testing.assert_array_equal(pictures["HSV"], Image.fromarray(pictures["image"]).convert("HSV"))
        shown[label] = pictures["depth"].reshape(-1, 3).max(0).tolist()
    assert shown == {1: [247] * 3, 0: [0] * 3, -1: [255, 0, 0]}


def test_the_sheet_names_run_and_seed(cfg):
    figure = training_sheet(cfg, images=1, draws=2, seed=7)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[0].replace("\n", " ").startswith("flip_mcl_demo, p1 ICM->O: training images as the network gets them")
    assert texts[0].replace("\n", " ").endswith("1 images of each domain and class, seed 7.")
    assert {"file", "image, draw 1", "view 2, draw 2"} <= {*texts}
    # A file and 2 draws of 3 views, for 2 classes of each of the sources.
    domains = len(DATASETS.build(cfg.train_dataloader.dataset).run.train_domains)
    assert len(figure.axes[0].images) == 7 * 2 * domains


@pytest.mark.parametrize("spelling", ["show-data", "show_data"])
def test_the_command(run_command, shared_mcio, tmp_path, spelling):
    out = tmp_path / "sheet.png"
    arguments = ("flip_mcl_demo", "--target", "M", "--data-root", shared_mcio, "--images", 1, "--out", out)
    code, text, error = run_command(spelling, *arguments)
    assert (code, text.split()[-1], error) == (0, str(out), "")
    assert Image.open(out).size[0] > 500
