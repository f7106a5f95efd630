# SPDX-License-Identifier: Apache-2.0
import re
import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import mmpretrain
import pytest
from mmengine.config import Config
from mmpretrain.registry import HOOKS

from flip_mm.config_checks.check_config import check_config

CONFIGS = Path(__file__).parents[2] / "configs"
BASE = f'_base_ = ["{(CONFIGS / "flip_v_demo.py").as_posix()}"]\n'


@pytest.fixture
def read(tmp_path):
    def make(text, **files):
        for name, content in files.items():
            (tmp_path / f"{name}.py").write_text(content)
        path = tmp_path / "own.py"
        path.write_text(text)
        return Config.fromfile(path, import_custom_modules=False)

    return make


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.py")), ids=lambda path: path.name)
def test_shipped_configs_and_their_copies_in_a_work_dir_are_accepted(path, tmp_path):
    cfg = Config.fromfile(path)
    check_config(cfg)
    cfg.dump(tmp_path / path.name)
    check_config(Config.fromfile(tmp_path / path.name, import_custom_modules=False))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("train_dataloder", "train_dataloader"),
        ("train_loader", "train_dataloader"),
        ("trian_cfg", "train_cfg"),
        ("modle", "model"),
        ("optim_wraper", "optim_wrapper"),
        ("default_hook", "default_hooks"),
        ("evaluator", "test_evaluator|val_evaluator"),
        ("resum", "resume"),
    ],
)
def test_misspelt_settings(read, name, meant):
    with pytest.raises(ValueError, match=rf"own.py: '{name}' is no setting of the runner, did you mean ({meant})\?"):
        check_config(read(f"{BASE}{name} = dict()"))
    with pytest.raises(ValueError, match=rf"'{name}' is no setting"):
        check_config(Config({name: {}}))


@pytest.mark.parametrize("line", ["run = dict(protocol='demo', target='M')", "data_root = 'd'", "seed = 3", "image_size = 9"])
def test_names_that_a_base_has_already_used(read, line):
    name = line.split()[0]
    with pytest.raises(ValueError, match=rf"own.py, line 2: '{name}' has no effect\. .*neither this file.*--target"):
        check_config(read(BASE + line))


def test_helpers_that_are_read(read):
    check_config(read(BASE + "lr = 1e-4\nwork = dict(a=1)\ndel work\n_note = 1\noptim_wrapper = dict(optimizer=dict(lr=lr))"))
    middle = BASE + "rate = 1e-4\nother = 'w'"
    child = '_base_ = ["./middle.py"]\noptim_wrapper = dict(optimizer=dict(lr={{_base_.rate}}))'
    with pytest.raises(ValueError, match=r"middle.py, line 3: 'other' has no effect"):
        check_config(read(child, middle=middle))
    check_config(read(child, middle=middle.replace("other", "work_dir")))


def test_names_that_mmpretrains_tools_read(read):
    check_config(read(BASE + "tta_model = dict()\ntta_pipeline = []\nsync_bn = 'torch'\ncustom_imports = dict(imports=[])"))


@pytest.mark.parametrize("name", ["train_dataloader", "optim_wrapper", "val_evaluator", "test_cfg"])
def test_settings_that_go_together(read, name):
    with pytest.raises(ValueError, match=rf"own.py: {name} missing; set all of .*{name}"):
        check_config(read(f"{BASE}{name} = None"))


def test_a_preprocessor_that_mmengine_ignores(read):
    with pytest.raises(ValueError, match=r"data_preprocessor.mean='clip' has no effect, .*; set model.data_preprocessor"):
        check_config(read(BASE + "data_preprocessor = dict(mean='clip')"))
    with pytest.raises(ValueError, match=r"data_preprocessor.num_classes=2 has no effect"):
        check_config(read(BASE + "data_preprocessor = dict(num_classes=2)"))
    # The same values change nothing, and without one in the model mmengine uses it.
    check_config(read(BASE + "data_preprocessor = dict(mean='imagenet', std='imagenet')"))
    check_config(read(BASE + "model = dict(data_preprocessor=None)\ndata_preprocessor = dict(mean='clip', std='clip')"))


def test_the_hook_checks(read):
    with pytest.raises(ValueError, match="'seed' has no effect"):
        HOOKS.build(dict(type="ConfigGuardHook")).before_run(SimpleNamespace(cfg=read(BASE + "seed = 3")))


def test_mmpretrains_tool_refuses_it_too(read, shared_mcio, tmp_path, monkeypatch):
    monkeypatch.setattr(Config, "pretty_text", "")
    own = f"num_workers=0, persistent_workers=False, dataset=dict(data_root={str(shared_mcio)!r})"
    loaders = "".join(f"{part}_dataloader = dict({own})\n" for part in ("train", "val", "test"))
    read(BASE + loaders + "data_root = 'elsewhere'")
    tool = Path(mmpretrain.__file__).parent / ".mim/tools/train.py"
    monkeypatch.setattr(sys, "argv", [str(tool), str(tmp_path / "own.py"), "--work-dir", str(tmp_path / "w")])
    with pytest.raises(ValueError, match=re.escape("'data_root' has no effect")):
        runpy.run_path(str(tool), run_name="__main__")
    assert not list((tmp_path / "w").glob("*.pth"))
