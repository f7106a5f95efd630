# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest
from mmengine.config import Config

from flip_mm.engine.records.plain_config import HIDDEN, config_record, is_path_or_address, plain_settings

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
        ("weights/clip.pt", False),
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
