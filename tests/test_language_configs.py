# SPDX-License-Identifier: Apache-2.0
"""The variants of docs/language.md differ from the demos only in length, initial weights and prompts."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config
from open_clip import SimpleTokenizer

CONFIGS = Path(__file__).parents[1] / "configs"
LANGUAGE = sorted((CONFIGS / "language").glob("*.py"))
WORDS = {"spoof": "dax", "attack": "ablo", "printout": "toma", "real": "blicket", "bonafide": "wuglin"}


def test_there_are_ten_variants():
    variants = {f"{method}_{init}" for method in ("v", "it", "mcl") for init in ("scratch", "pretrained")}
    variants |= {f"{name}_meaningless" for name in variants if name[0] != "v"}
    assert {path.stem for path in LANGUAGE} == {f"language_{name}" for name in variants}


@pytest.mark.parametrize("path", LANGUAGE, ids=lambda path: path.stem)
def test_a_variant_differs_from_the_demo_as_its_name_says(path):
    _, method, init, *words = path.stem.split("_")
    cfg, demo = Config.fromfile(path), Config.fromfile(CONFIGS / f"flip_{method}_demo.py")
    pretraining = Config.fromfile(CONFIGS / "clip_pretrain_demo.py")
    assert cfg.train_cfg == {**demo.train_cfg, "max_iters": 400, "val_interval": 400}
    assert cfg.param_scheduler == [{**demo.param_scheduler[0], "T_max": 400}]
    checkpoint = f"work_dirs/clip_pretrain_demo/seed0/iter_{pretraining.train_cfg.max_iters}.pth"
    assert cfg.model.backbone.pop("pretrained") == (checkpoint if init == "pretrained" else None)
    assert demo.model.backbone.pop("pretrained") is None
    assert cfg.model.backbone.arch == pretraining.model.backbone.arch
    assert cfg.model.data_preprocessor == pretraining.model.data_preprocessor
    if words:
        replaced = re.compile(rf"\b({'|'.join(WORDS)})\b")
        for prompts in demo.model.head.prompts.values():
            prompts[:] = [replaced.sub(lambda word: WORDS[word[0]], prompt) for prompt in prompts]
    assert cfg.model == demo.model
    ignored = {"train_cfg", "param_scheduler", "model", "meaningless"}
    assert {k: v for k, v in cfg.items() if k not in ignored} == {k: v for k, v in demo.items() if k not in ignored}


def test_the_invented_words_fit_the_text_tower():
    prompts = Config.fromfile(CONFIGS / "_base_/prompts/meaningless.py").meaningless
    assert max(len(SimpleTokenizer().encode(prompt)) + 2 for own in prompts.values() for prompt in own) <= 16
