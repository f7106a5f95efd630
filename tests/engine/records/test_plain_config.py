# SPDX-License-Identifier: Apache-2.0
import getpass
import json
from pathlib import Path

import pytest
from mmengine.config import Config

from flip_mm.engine.checks.resume_checks import settings_problem
from flip_mm.engine.records.hidden_places import HIDDEN, is_path_or_address
from flip_mm.engine.records.plain_config import config_record, plain_settings
from flip_mm.engine.records.training_settings import training_settings

CONFIG = Path(__file__).parents[3] / "configs/flip_mcl_p1.py"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("/tmp/x", True),
        ("~/clip.pt", True),
        (r"C:\data\clip.pt", True),
        (r"\\server\share\clip.pt", True),
        ("s3://bucket/clip.pt", True),
        ("https://me:secret@host/clip.pt", True),
        ("--weights=/home/me/clip.pt", True),
        ("read 'from /home/me/x'", True),
        ("../clip.pt", True),
        ("weights/../../me/clip.pt", True),
        (r"..\clip.pt", True),
        ("..", True),
        ("~", True),
        ("~me", True),
        ("--weights=/data", True),
        ("weights/clip.pt", False),
        ("weights/clip..pt", False),
        ("a real face ...", False),
        ("lr ~ 0.1", False),
        ("target/HTER", False),
        ("real / fake", False),
        ("a photo of a face and/or a mask", False),
        ("ViT-B-16-quickgelu", False),
        ("mmpretrain::resnet", False),
    ],
)
def test_paths_and_addresses_are_hidden(text, hidden):
    assert is_path_or_address(text) is hidden
    assert plain_settings([text]) == [HIDDEN if hidden else text]


def test_the_hash_does_not_depend_on_machine_run_and_seed():
    def record(**changes):
        cfg = Config.fromfile(CONFIG, import_custom_modules=False)
        cfg.merge_from_dict(changes)
        return config_record(cfg.to_dict(), str(CONFIG))

    own = record()
    assert own["name"] == "flip_mcl_p1.py"
    assert json.loads(json.dumps(own)) == own
    settings = own["settings"]
    assert settings["model"]["head"]["prompts"]["real"][0].startswith("This is an example")
    assert settings["train_dataloader"]["dataset"] | dict(pipeline=0) == dict(type="FASDataset", split="train", pipeline=0)
    # The config's own helpers are no settings of the runner.
    assert "train_pipeline" not in settings
    places = {f"{part}_dataloader.dataset.data_root": "/elsewhere" for part in ("train", "val", "test")}
    same = {
        "work_dir": "/w",
        "randomness.seed": 9,
        "train_dataloader.num_workers": 0,
        "train_dataloader.dataset.run.target": "M",
        "load_from": "x.pth",
        "resume": True,
    }
    assert record(**places, **same)["sha256"] == own["sha256"]
    assert record(**{"optim_wrapper.optimizer.lr": 0.5})["sha256"] != own["sha256"]


def test_a_config_without_a_file():
    assert config_record({}, None) == dict(sha256=config_record({}, "a.py")["sha256"], settings={})


def test_no_setting_of_a_record_names_a_user_or_folder(tmp_path):
    place = str(tmp_path / getpass.getuser() / "secret.pth")
    dataset = dict(type="FASDataset", data_root=place, pipeline=[dict(type="Mine", file=place, files=[f"a,{place}"])])
    cfg = dict(
        model=dict(
            backbone=dict(pretrained=place, init_cfg=dict(type="Pretrained", checkpoint=place), other=f"x={place}"),
            head=dict(init_cfg=[dict(type="Pretrained", checkpoint=place)], part=dict(pretrained=place)),
        ),
        load_from=place,
        train_dataloader=dict(dataset=dataset, sampler=dict(type="Mine", weights=place)),
        val_dataloader=dict(dataset=dataset),
        val_evaluator=dict(type="FASMetric", file=place),
        custom_hooks=[dict(type="EMAHook", file=place)],
    )
    stored = json.dumps([config_record(cfg, place.replace("secret.pth", "a.py")), training_settings(cfg)])
    assert str(tmp_path) not in stored
    assert "secret.pth" not in stored
    assert HIDDEN in stored


def test_weights_and_paths_that_moved_do_not_stop_a_resume():
    def settings(place, mean=1.0):
        init = dict(type="Pretrained", checkpoint=place)
        backbone = dict(pretrained=place, init_cfg=init, cache=place, mean=mean, stages=[dict(init_cfg=[init])])
        return training_settings(dict(model=dict(backbone=backbone)))

    before = {"model.backbone.init_cfg.checkpoint": "/home/me/a.pth", "model.backbone.cache": "/home/me/a.pth"}
    assert settings_problem(settings("/home/me/a.pth") | before, settings("/elsewhere/b.pth")) == []
    assert "mean: 1.0 against 2.0" in settings_problem(settings("/a/a.pth"), settings("/a/a.pth", mean=2.0))[0]
