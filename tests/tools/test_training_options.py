# SPDX-License-Identifier: Apache-2.0
"""Settings that decide rates and best checkpoints, from the command line to the files."""

import itertools
import json
import re
import runpy
import sys
from pathlib import Path

import mmpretrain
import pytest
from mmengine.config import Config
from mmpretrain.registry import MODELS

pytestmark = pytest.mark.usefixtures("small_vocabulary")

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs/flip_v_demo.py"
NUMBER = itertools.count()
LINEAR = 'param_scheduler = [dict(type="LinearLR", start_factor=0.001, end=4{})]'
# One iteration of a rate that is far too high, so that the validations differ.
AUC = ("train_cfg.max_iters=4", "train_cfg.val_interval=1", "optim_wrapper.optimizer.lr=0.01")


@pytest.fixture
def train(run_tool, shared_mcio, tmp_path):
    """train('line of the config', *options): 8 iterations of the demo; the lines that it logged and the text of its log."""

    def call(line, *options, flags=()):
        config, work = tmp_path / "own.py", tmp_path / f"work{next(NUMBER)}"
        config.write_text(f'_base_ = ["{CONFIG.as_posix()}"]\n{line}\n')
        fixed = [f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")]
        fixed += [
            f"experiment_name={work.name}",
            *([] if "max_epochs" in line else ["train_cfg.max_iters=8"]),
            "train_cfg.val_interval=8",
            "default_hooks.logger.interval=1",
        ]
        run_tool("train.py", config, "--data-root", shared_mcio, "--work-dir", work, *flags, "--cfg-options", *fixed, *options)
        lines = [json.loads(line) for path in work.glob("*/*/scalars.json") for line in path.read_text().splitlines()]
        return work, lines, next(work.glob("*/*.log")).read_text()

    return call


@pytest.mark.parametrize("best", ["target/AUC", "[target/HTER,target/AUC]"])
def test_the_highest_auc_is_the_best(train, best):
    work, lines, _ = train("", f"default_hooks.checkpoint.save_best={best}", *AUC)
    auc = {line["step"]: line["target/AUC"] for line in lines if "target/AUC" in line}
    assert len(set(auc.values())) > 1
    (kept,) = work.glob("best_target_AUC_*.pth")
    assert kept.name == f"best_target_AUC_iter_{max(reversed(auc), key=auc.get)}.pth"


def test_the_printed_schedule_equals_the_training(train):
    _, lines, log = train(LINEAR.format(", by_epoch=False"))
    rates = [line["lr"] for line in lines if "lr" in line]
    assert rates[0] == pytest.approx(1e-6)
    assert rates[3:] == pytest.approx([1e-3] * 5)
    assert re.search(r" Learning rate: 1e-06 at iteration 1, 0\.001 at 4, 0\.001 at 8\.\n", log)


@pytest.mark.parametrize(
    ("line", "options", "message"),
    [
        (LINEAR.format(""), (), r"param_scheduler.0 \(LinearLR\) counts epochs .*: set param_scheduler.0.by_epoch=False"),
        ("", ("default_hooks.checkpoint.by_epoch=True",), "default_hooks.checkpoint.by_epoch=True .* counts epochs"),
        ("", ("default_hooks.checkpoint.save_best=foo/BAR",), "'foo/BAR' is not reported by val_evaluator"),
        (
            "",
            ("default_hooks.checkpoint.save_best=target/AUC", "default_hooks.checkpoint.rule=less"),
            "rule='less' does not fit",
        ),
        ("", ("train_cfg.val_interval=0",), "train_cfg.val_interval must be a whole number above 0, got 0"),
        ("", ("param_scheduler.0.T_max=0",), "param_scheduler.0.T_max must be a whole number above 0, got 0"),
        (
            "optim_wrapper = dict(paramwise_cfg=dict(custom_keys=dict(backbone=dict(lr_mult=0.0))))",
            (),
            "lr_mult=0 sets a rate",
        ),
        (
            'train_cfg = dict(_delete_=True, type="EpochBasedTrainLoop", max_epochs=1)',
            ("train_cfg.max_epochs=1",),
            "the first epoch would never end",
        ),
    ],
    ids=str,
)
def test_refused_before_anything_is_built(train, tmp_path, monkeypatch, line, options, message):
    monkeypatch.setattr(MODELS, "build", lambda *_, **__: pytest.fail("the model was built"))
    with pytest.raises(ValueError, match=message):
        train(line, *options)
    assert not list(tmp_path.glob("work*"))


def test_mmpretrains_tool_refuses_it_too(shared_mcio, tmp_path, monkeypatch):
    monkeypatch.setattr(Config, "pretty_text", "")
    own = f"num_workers=0, persistent_workers=False, dataset=dict(data_root={str(shared_mcio)!r})"
    loaders = "".join(f"{part}_dataloader = dict({own})\n" for part in ("train", "val", "test"))
    (tmp_path / "own.py").write_text(f'_base_ = ["{CONFIG.as_posix()}"]\n{loaders}{LINEAR.format("")}\n')
    tool = Path(mmpretrain.__file__).parent / ".mim/tools/train.py"
    monkeypatch.setattr(sys, "argv", [str(tool), str(tmp_path / "own.py"), "--work-dir", str(tmp_path / "w")])
    with pytest.raises(ValueError, match=r"param_scheduler.0 \(LinearLR\) counts epochs"):
        runpy.run_path(str(tool), run_name="__main__")
    assert not list((tmp_path / "w").glob("*.pth"))


def test_a_rule_is_accepted_without_validation(train):
    options = ("default_hooks.checkpoint.save_best=[target/HTER,target/AUC]", "default_hooks.checkpoint.rule=[less,greater]")
    work, _, _ = train("", *options, flags=["--no-validate"])
    assert [path.name for path in work.glob("*.pth")] == ["iter_8.pth"]
