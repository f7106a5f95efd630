# SPDX-License-Identifier: Apache-2.0
"""What is compared and chosen; resumed trainings themselves are in tests/tools/test_resume.py."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.runner import BaseLoop
from mmpretrain.registry import HOOKS

from flip_mm.engine.resume_guard_hook import training_settings

CONFIG = Path(__file__).parents[2] / "configs/flip_mcl_p1.py"


class Loop(BaseLoop):
    def run(self):
        pass


@pytest.fixture
def said():
    return []


@pytest.fixture
def runner(tmp_path, said):
    """runner(world_size=2, **{'model.head.type': ...}): as far as the hook looks at it, told to resume."""

    def make(world_size=1, **changes):
        cfg = Config.fromfile(CONFIG, import_custom_modules=False)
        cfg.merge_from_dict(changes | dict(resume=True))
        size = cfg.train_dataloader.batch_size
        return SimpleNamespace(
            cfg=cfg,
            world_size=world_size,
            work_dir=str(tmp_path),
            max_iters=cfg.train_cfg.max_iters,
            logger=SimpleNamespace(warning=said.append, info=said.append),
            train_dataloader=SimpleNamespace(batch_sampler=SimpleNamespace(batch_size=size)),
            _train_loop=Loop(None, None),
            _resume=True,
            _load_from=None,
        )

    return make


@pytest.fixture
def guard():
    return HOOKS.build(dict(type="ResumeGuardHook"))


def saved(guard, runner, iteration=500):
    checkpoint = dict(meta=dict(iter=iteration), state_dict={}, optimizer={}, message_hub={})
    guard.before_save_checkpoint(runner, checkpoint)
    return checkpoint


def test_what_is_stored_is_plain_and_independent_of_the_machine(guard, runner):
    stored = saved(guard, runner(world_size=2))["meta"]["flip_mm"]
    assert json.loads(json.dumps(stored)) == stored
    assert (stored["world_size"], stored["batch_size"]) == (2, 3)
    settings = stored["settings"]
    assert settings["model.head.type"] == "FLIPMCLHead"
    assert settings["train_dataloader.dataset.pipeline.3.size.0"] == 224
    assert settings["default_hooks.checkpoint.save_best"] == "target/HTER"
    free = ("data_root", "num_workers", "pretrained", "collate_fn")
    assert not [key for key in settings if any(name in key for name in free)]
    assert training_settings(dict(model=dict(type=Loop, f=len))) == {"model.type": "Loop", "model.f": "len"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model.head.temperature": 2}, "model.head.temperature: None against 2."),
        (
            {"model.head.prompts.real": ["a face"]},
            "model.head.prompts.real.0: 'This is an example of a real face' against 'a face'",
        ),
        ({"optim_wrapper.optimizer.lr": 1e-4}, "optim_wrapper.optimizer.lr: 1e-06 against 0.0001."),
        ({"optim_wrapper.type": "AmpOptimWrapper"}, "optim_wrapper.type: 'OptimWrapper' against 'AmpOptimWrapper'."),
        ({"param_scheduler": [dict(type="PolyLR")]}, "param_scheduler.0.type: None against 'PolyLR'."),
        ({"train_dataloader.dataset.pipeline.1.prob": 0.1}, "train_dataloader.dataset.pipeline.1.prob: 0.5 against 0.1."),
        ({"val_evaluator.threshold": 0.5}, "val_evaluator.threshold: 'paper' against 0.5."),
        ({"default_hooks.checkpoint.save_best": "target/AUC"}, "default_hooks.checkpoint.rule: 'less' against 'greater'; "),
        ({"optim_wrapper.constructor": "Own"}, "optim_wrapper.constructor: None against 'Own'."),
        ({"model.frozen": ["backbone.text_tower"]}, "model.frozen.0: None against 'backbone.text_tower'."),
        ({"custom_hooks": [dict(type="EMAHook")]}, "custom_hooks.0.type: None against 'EMAHook'."),
    ],
)
def test_other_settings_are_named(guard, runner, changes, message):
    with pytest.raises(ValueError, match=f"has other settings: .*{re.escape(message)}.*another --work-dir"):
        guard.after_load_checkpoint(runner(**changes), saved(guard, runner()))


@pytest.mark.parametrize(
    ("best", "stored", "turned"),
    [
        ("target/HTER", dict(save_best="target/HTER", rule="less"), []),
        ("auto", dict(save_best="auto", rule="less"), []),
        (["target/HTER", "target/EER"], {"save_best.0": "target/HTER", "save_best.1": "target/EER", "rule": "less"}, []),
        (
            ["target/HTER", "target/AUC"],
            {"save_best.0": "target/HTER", "save_best.1": "target/AUC", "rule.0": "less", "rule.1": "greater"},
            [],
        ),
        ("target/AUC", dict(save_best="target/AUC", rule="less"), ["target/AUC"]),
        (
            ["target/AUC", "dev/ACC"],
            {"save_best.0": "target/AUC", "save_best.1": "dev/ACC", "rule": "less"},
            ["target/AUC", "dev/ACC"],
        ),
        (None, dict(rule="less"), []),
    ],
)
def test_checkpoints_that_name_one_rule_for_all_metrics(guard, runner, said, best, stored, turned):
    """As they were written while the base config had rule='less'; the constructor was not named either."""
    own = runner(**{"default_hooks.checkpoint.save_best": best})
    checkpoint = saved(guard, own)
    settings = checkpoint["meta"]["flip_mm"]["settings"]
    for key in [key for key in settings if key.startswith("default_hooks.")]:
        del settings[key]
    settings |= {f"default_hooks.checkpoint.{key}": value for key, value in stored.items()}
    assert not [key for key in settings if "constructor" in key]
    guard.after_load_checkpoint(own, checkpoint)
    assert [re.search(r"with the worst (\S+) for its best", text)[1] for text in said] == turned


def test_a_direction_of_another_metric_is_compared(guard, runner):
    best = {"default_hooks.checkpoint.save_best": "accuracy/top1"}
    checkpoint = saved(guard, runner(**best, **{"default_hooks.checkpoint.rule": "less"}))
    with pytest.raises(ValueError, match=re.escape("default_hooks.checkpoint.rule: 'less' against 'greater'.")):
        guard.after_load_checkpoint(runner(**best, **{"default_hooks.checkpoint.rule": "greater"}), checkpoint)


def test_many_differences_are_counted(guard, runner):
    changes = {f"model.head.x{i}": i for i in range(12)}
    with pytest.raises(ValueError, match=r"x10: None against 10; .*x5: None against 5; and 4 more"):
        guard.after_load_checkpoint(runner(**changes), saved(guard, runner()))


@pytest.mark.parametrize(
    "changes",
    [
        {"train_cfg.max_iters": 9000, "train_cfg.val_interval": 50},
        {"train_dataloader.num_workers": 0, "val_dataloader.batch_size": 99},
        {f"{part}_dataloader.dataset.data_root": "elsewhere" for part in ("train", "val", "test")},
        {"model.backbone.pretrained": None},
        {"default_hooks.logger.interval": 1, "log_level": "DEBUG", "custom_hooks": [dict(type="ProfilerHook")]},
        {"val_cfg": None, "val_dataloader": None, "val_evaluator": None, "default_hooks.checkpoint.save_best": None},
    ],
)
def test_what_may_differ(guard, runner, said, changes):
    guard.after_load_checkpoint(runner(**changes), saved(guard, runner()))
    assert said == []


def test_the_same_images_on_other_processes_are_converted(guard, runner, said):
    guard.after_load_checkpoint(runner(1, **{"train_dataloader.batch_size": 6}), saved(guard, runner(2)))
    assert re.search(r"with 2 x 3 \(processes x .*this one with 1 x 6: converted\..*same images with the same augm", said[0])


def test_other_batches_are_refused_with_a_way_out(guard, runner):
    words = r"ran with 2 x 3 .*, this one with {} x 3: .* Resume with 2 processes and train_dataloader.batch_size=3{}\."
    way = ", or with --cfg-options train_dataloader.batch_size=6 with the present processes"
    with pytest.raises(ValueError, match=words.format(1, way)):
        guard.after_load_checkpoint(runner(1), saved(guard, runner(2)))
    with pytest.raises(ValueError, match=words.format(4, "")):
        guard.after_load_checkpoint(runner(4), saved(guard, runner(2)))


def test_files_that_are_no_checkpoint_to_resume_from(guard, runner, said):
    checkpoint = saved(guard, runner())
    with pytest.raises(ValueError, match=r"There is no optimizer and no message_hub in the checkpoint, .*load_from=CHECKPOINT"):
        guard.after_load_checkpoint(runner(), {key: checkpoint[key] for key in ("meta", "state_dict")})
    with pytest.raises(ValueError, match=r"has 5000 iterations behind it and train_cfg.max_iters is 4000"):
        guard.after_load_checkpoint(runner(), saved(guard, runner(), 5000))
    guard.after_load_checkpoint(runner(), dict(checkpoint, meta=dict(iter=3)))
    assert said == ["The checkpoint does not say with which settings it was trained; they are not compared."]
    guard.after_load_checkpoint(runner(resume=False) and SimpleNamespace(cfg={}), {})


def test_accumulated_gradients(guard, runner):
    with pytest.raises(ValueError, match=r"val_interval=100 is no multiple of optim_wrapper.accumulative_counts=8"):
        guard.before_run(runner(**{"optim_wrapper.accumulative_counts": 8, "default_hooks.checkpoint.interval": 400}))
    guard.before_run(runner(**{"optim_wrapper.accumulative_counts": 5}))
    guard.before_run(runner(**{"optim_wrapper.accumulative_counts": 100, "default_hooks.checkpoint.interval": -1}))


def test_which_checkpoint_is_taken(guard, runner, tmp_path, said):
    def choose(pointer=None):
        (tmp_path / "last_checkpoint").unlink(missing_ok=True)
        if pointer is not None:
            (tmp_path / "last_checkpoint").write_text(pointer)
        told = runner()
        guard.before_run(told)
        return told._resume, told._load_from and Path(told._load_from).name

    assert choose() == choose("") == (False, None)
    assert said[0] == f"--resume: {tmp_path} holds no checkpoint, training begins at iteration 0."
    for number in (2, 10, 9):
        torch.save(dict(n=number), tmp_path / f"iter_{number}.pth")
    # By number and not by name; later ones than the pointer are an earlier training's; a pointer survives a move.
    assert choose() == choose("") == choose("/gone/iter_10.pth") == (True, "iter_10.pth")
    assert choose(str(tmp_path / "iter_9.pth")) == (True, "iter_9.pth")
    (tmp_path / "iter_9.pth").write_bytes(b"PK")
    assert choose(str(tmp_path / "iter_9.pth")) == (True, "iter_2.pth")
    assert choose("\0\0") == choose("iter_11.pth") == (True, "iter_10.pth")
    (tmp_path / "iter_2.pth").unlink()
    (tmp_path / "iter_10.pth").unlink()
    with pytest.raises(RuntimeError, match=r"None of the 1 checkpoints of .* can be read: .*iter_9.pth' was refused"):
        choose()


def test_checkpoints_in_a_folder_of_their_own(guard, runner, tmp_path):
    torch.save(dict(n=1), tmp_path / "iter_4.pth")
    (tmp_path / "w").mkdir()
    (tmp_path / "w/last_checkpoint").write_text(str(tmp_path / "iter_5.pth"))
    told = runner()
    told.work_dir = tmp_path / "w"
    guard.before_run(told)
    assert told._load_from == str(tmp_path / "iter_4.pth")


def test_a_test_is_not_told_to_resume(guard, runner):
    told = runner()
    told._train_loop = None
    guard.before_run(told)
    assert told._resume


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        (dict(threads=3), r"\(threads: 3 there, 1 here\)\. Its weights .* last digits .*; OMP_NUM_THREADS=3 restores it\."),
        (dict(torch="2.6.0"), r"\(torch: 2\.6\.0 there, .* here\)\..*; pip install torch==2\.6\.0 restores it\."),
        (dict(device="npu"), r"\(device: npu there, .* here\)\..*; a npu device restores it\."),
        (
            dict(instructions="SSE0", threads=3),
            r"\(CPU instructions: SSE0 there, .* threads: 3.*SSE0,.* and OMP_NUM_THREADS=3",
        ),
        (dict(unknown=1), None),
    ],
)
def test_other_arithmetic_is_pointed_out_with_the_way_back(guard, runner, said, changes, message):
    checkpoint = saved(guard, runner())
    checkpoint["meta"]["flip_mm"]["arithmetic"].update(changes)
    guard.after_load_checkpoint(runner(), checkpoint)
    assert len(said) == (message is not None)
    assert message is None or re.search(message, said[0])


def test_older_checkpoints_do_not_say_their_arithmetic(guard, runner, said):
    checkpoint = saved(guard, runner())
    del checkpoint["meta"]["flip_mm"]["arithmetic"]
    guard.after_load_checkpoint(runner(), checkpoint)
    assert said == []
