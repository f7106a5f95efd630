# SPDX-License-Identifier: Apache-2.0
"""What the shipped configs say, and that each of them runs."""

import ast
import re
from pathlib import Path

import pytest
from mmengine.config import Config

CONFIGS = Path(__file__).parents[1] / "configs"
LEAVES = sorted(CONFIGS.glob("*.py"))
P1 = [path for path in LEAVES if "_p1" in path.name]
SMALL = ["model.backbone.arch=FLIP-demo", "model.backbone.pretrained=None", "model.backbone.image_size=224"]
QUICK = ["train_cfg.max_iters=2", "train_cfg.val_interval=2"]
NO_WORKERS = [f"{name}_dataloader.num_workers=0" for name in ("train", "val", "test")]


def test_the_promised_configs_exist():
    names = {f"flip_{method}_{kind}.py" for method in ("v", "it", "mcl") for kind in ("p1", "demo")}
    assert {path.name for path in LEAVES} == names | {"flip_mcl_p1_prompts-p3.py"}


@pytest.mark.parametrize("path", LEAVES, ids=lambda p: p.name)
def test_short_on_base_pieces_and_documented(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 25
    docstring = ast.get_docstring(ast.parse(text))
    assert f"python tools/train.py configs/{path.name}" in docstring
    assert "prove nothing" in docstring if "demo" in path.name else re.search(r"table \d", docstring)
    bases = Config.fromfile(path)._cfg_dict and re.findall(r"\"(\./[^\"]+)\"", text)
    assert bases
    assert all((path.parent / base).is_file() for base in bases)


@pytest.mark.parametrize("path", P1, ids=lambda p: p.name)
def test_published_settings(path):
    cfg = Config.fromfile(path)
    assert cfg.optim_wrapper == dict(type="OptimWrapper", optimizer=dict(type="Adam", lr=1e-6, weight_decay=1e-6))
    assert (cfg.train_cfg.max_iters, cfg.train_cfg.val_interval, cfg.param_scheduler) == (4000, 100, [])
    assert (cfg.train_dataloader.batch_size, cfg.test_dataloader.batch_size, cfg.image_size) == (3, 10, (224, 224))
    assert cfg.model.data_preprocessor == dict(type="FASDataPreprocessor", mean="imagenet", std="imagenet")
    assert (cfg.model.backbone.arch, cfg.model.backbone.pretrained) == ("ViT-B-16-quickgelu", "openai")
    assert cfg.default_hooks.checkpoint.save_best == "target/HTER"
    assert cfg.test_evaluator.threshold == "paper"
    assert "clip_grad" not in cfg.optim_wrapper
    if "flip_v" not in path.name:
        count = 1 if "prompts-p3" in path.name else 6
        assert [len(cfg.model.head.prompts[name]) for name in ("spoof", "real")] == [count] * 2


def test_a_prompt_set_is_a_three_line_config():
    code = CONFIGS.joinpath("flip_mcl_p1_prompts-p3.py").read_text().split('"""')[2]
    assert len(code.split("\n\n")[-1].strip().splitlines()) <= 3
    cfg = Config.fromfile(CONFIGS / "flip_mcl_p1_prompts-p3.py")
    assert cfg.model.head.prompts == dict(real=["This is a real face"], spoof=["This is not a real face"])


@pytest.mark.parametrize(("path", "target"), zip(P1, "MCIO", strict=True), ids=lambda x: getattr(x, "name", x))
def test_protocol_1_runs_on_the_official_layout(run_tool, shared_mcio, tmp_path, path, target):
    arguments = ("--target", target, "--data-root", shared_mcio, "--work-dir", tmp_path)
    options = [*SMALL, *QUICK, *NO_WORKERS, f"experiment_name={path.stem}_{target}"]
    run_tool("train.py", path, *arguments, "--cfg-options", *options)
    log = next(tmp_path.glob("*/*.log")).read_text(encoding="utf-8")
    assert re.search(r"target: HTER \d+\.\d\d  EER .* 5 real and 10 spoof videos", log)
    assert len(list(tmp_path.glob("best_target_HTER_iter_2.pth"))) == 1
