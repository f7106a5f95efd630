# SPDX-License-Identifier: Apache-2.0
"""The example in docs/new_method.md works."""

import json
import re
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS

from flip_mm.config_checks.check_config import check_config

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs/new_method.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
OPTIONS = (
    "train_cfg.max_iters=3",
    "train_cfg.val_interval=3",
    "default_hooks.logger.interval=1",
    "train_dataloader.batch_size=1",
)


def block(word):
    (code,) = (code for code in BLOCKS if word in code)
    return code


@pytest.fixture
def config(tmp_path, monkeypatch):
    """The class and the config of the page, in a folder my/."""
    (tmp_path / "my").mkdir()
    (tmp_path / "my/group_dro.py").write_text(block("class GroupDRO"))
    path = tmp_path / "my/group_dro_demo.py"
    path.write_text(block('type="GroupDRO"').replace('"../configs/', f'"{ROOT.as_posix()}/configs/'))
    monkeypatch.syspath_prepend(tmp_path)
    yield path
    MODELS.module_dict.pop("GroupDRO", None)
    for name in ("my", "my.group_dro"):
        sys.modules.pop(name, None)


def test_the_documented_method(run_tool, config, shared_mcio, tmp_path, monkeypatch):
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
    loaders = [f"{name}_dataloader.num_workers=0" for name in ("train", "val", "test")]
    flags = ("--target", "O", "--data-root", shared_mcio)
    work = tmp_path / "work"
    run_tool("train.py", config, *flags, "--work-dir", work, "--cfg-options", *OPTIONS, *loaders, "experiment_name=dro_train")
    lines = [json.loads(line) for line in next(work.glob("*/vis_data/scalars.json")).read_text().splitlines()]
    assert [line["loss"] == line["loss_dro"] > 0 for line in lines if "loss" in line] == [True] * 3
    weights = torch.load(work / "iter_3.pth", weights_only=False)["state_dict"]["weights"]
    assert weights.sum().item() == pytest.approx(1)
    assert weights.unique().numel() == 3
    tested = ("--work-dir", tmp_path / "tested", "--cfg-options", *loaders, "experiment_name=dro_test")
    run_tool("test.py", config, work / "iter_3.pth", *flags, *tested)
    assert (tmp_path / "tested/scores_target.csv").is_file()


@pytest.mark.parametrize("word", ["unlabelled=", "MultiOptimWrapperConstructor", "WarmStartHook"])
def test_the_other_blocks_are_valid_settings(tmp_path, word):
    path, lines = tmp_path / "own.py", block(word)
    if word == "unlabelled=":
        loaders = "train_dataloader", "val_dataloader", "test_dataloader"
        lines += "".join(f"{name} = dict(dataset=dict(run=run))\n" for name in loaders)
    path.write_text(f'_base_ = ["{ROOT.as_posix()}/configs/erm/erm_r18_p3.py"]\n{lines}')
    cfg = Config.fromfile(path)
    check_config(cfg)
    if word == "unlabelled=":
        assert cfg.test_dataloader.dataset.run.unlabelled == "train"


def test_the_table_of_fields_matches_the_samples(shared_mcio):
    cfg = Config.fromfile(ROOT / "configs/erm/erm_r18_demo.py")
    named = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", DOCS.split("## What a method needs")[0], re.MULTILINE)))
    assert {*named} == {"gt_label", "depth", *cfg.train_dataloader.dataset.pipeline[-1].meta_keys}
