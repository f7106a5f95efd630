# SPDX-License-Identifier: Apache-2.0
"""Comparisons on resume. Resumed trainings are tested in tests/tools/test_resume.py."""

import copy
import json
import re
from pathlib import Path

import pytest
from mmengine.config import Config

from flip_mm.engine.checks.resume_checks import accumulation_problem, compare_for_resume
from flip_mm.engine.records.arithmetic import arithmetic
from flip_mm.engine.records.run_record import stored_record
from flip_mm.engine.records.training_settings import training_settings

CONFIG = Path(__file__).parents[3] / "configs/flip_mcl_p1.py"


def config(**changes):
    cfg = Config.fromfile(CONFIG, import_custom_modules=False)
    cfg.merge_from_dict(changes)
    return cfg


def record(world_size=1, seed=3, **changes):
    """Of a training with a shipped config: record(2, **{'model.head.type': ...})."""
    cfg = config(**changes)
    return dict(
        seed=seed,
        max_iters=cfg.train_cfg.max_iters,
        world_size=world_size,
        batch_size=cfg.train_dataloader.batch_size,
        settings=training_settings(cfg),
        arithmetic=arithmetic(),
    )


def saved(own, iteration=500):
    return dict(meta=dict(iter=iteration, flip_mm=copy.deepcopy(own)), state_dict={}, optimizer={}, message_hub={})


@pytest.fixture
def said():
    return []


@pytest.fixture
def resume(said):
    """resume(record, checkpoint): raises what is refused; what is warned of is in `said`."""

    def compare(own, checkpoint):
        problems, warnings, notes = compare_for_resume(checkpoint, stored_record(checkpoint), own)
        assert not notes
        said.extend(warnings)
        if problems:
            raise ValueError(problems[0])

    return compare


def test_stored_settings_are_plain_and_independent_of_the_machine():
    stored = record(world_size=2)
    assert json.loads(json.dumps(stored)) == stored
    assert (stored["world_size"], stored["batch_size"]) == (2, 3)
    settings = stored["settings"]
    assert settings["model.head.type"] == "FLIPMCLHead"
    assert settings["train_dataloader.dataset.pipeline.2.image_size.0"] == 224
    assert settings["val_dataloader.dataset.pipeline.2.size.0"] == 224
    assert settings["default_hooks.checkpoint.save_best"] == "target/HTER"
    free = ("data_root", "num_workers", "pretrained", "collate_fn")
    assert not [key for key in settings if any(name in key for name in free)]
    assert training_settings(dict(model=dict(type=Path, f=len))) == {"model.type": "Path", "model.f": "len"}


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
def test_other_settings_are_named(resume, changes, message):
    with pytest.raises(ValueError, match=f"has other settings: .*{re.escape(message)}.*another --work-dir"):
        resume(record(**changes), saved(record()))


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
def test_checkpoints_that_name_one_rule_for_all_metrics(resume, said, best, stored, turned):
    """As they were written while the base config had rule='less'; the constructor was not named either."""
    own = record(**{"default_hooks.checkpoint.save_best": best})
    checkpoint = saved(own)
    settings = checkpoint["meta"]["flip_mm"]["settings"]
    for key in [key for key in settings if key.startswith("default_hooks.")]:
        del settings[key]
    settings |= {f"default_hooks.checkpoint.{key}": value for key, value in stored.items()}
    assert not [key for key in settings if "constructor" in key]
    resume(own, checkpoint)
    assert [re.search(r"with the worst (\S+) as its best", text)[1] for text in said] == turned


def test_a_direction_of_another_metric_is_compared(resume):
    best = {"default_hooks.checkpoint.save_best": "accuracy/top1"}
    checkpoint = saved(record(**best, **{"default_hooks.checkpoint.rule": "less"}))
    with pytest.raises(ValueError, match=re.escape("default_hooks.checkpoint.rule: 'less' against 'greater'.")):
        resume(record(**best, **{"default_hooks.checkpoint.rule": "greater"}), checkpoint)


def test_many_differences_are_counted(resume):
    changes = {f"model.head.x{i}": i for i in range(12)}
    with pytest.raises(ValueError, match=r"x10: None against 10; .*x5: None against 5 and 4 more"):
        resume(record(**changes), saved(record()))


@pytest.mark.parametrize(
    "changes",
    [
        {"train_cfg.max_iters": 9000, "train_cfg.val_interval": 50},
        {"model.backbone.grad_checkpointing": True},
        {"train_dataloader.num_workers": 0, "val_dataloader.batch_size": 99},
        {f"{part}_dataloader.dataset.data_root": "elsewhere" for part in ("train", "val", "test")},
        {"model.backbone.pretrained": None},
        {"default_hooks.logger.interval": 1, "log_level": "DEBUG", "custom_hooks": [dict(type="ProfilerHook")]},
        {"val_cfg": None, "val_dataloader": None, "val_evaluator": None, "default_hooks.checkpoint.save_best": None},
    ],
)
def test_allowed_differences(resume, said, changes):
    resume(record(**changes), saved(record()))
    assert said == []


def test_the_same_images_on_other_processes_are_converted(resume, said):
    resume(record(1, **{"train_dataloader.batch_size": 6}), saved(record(2)))
    assert re.search(r"with 2 x 3 \(processes x .*this one with 1 x 6: converted\..*same images with the same augm", said[0])


def test_other_batches_are_refused_with_a_solution(resume):
    words = r"ran with 2 x 3 .*, this one with {} x 3: .* Resume with 2 processes and train_dataloader.batch_size=3{}\."
    way = ", or with --cfg-options train_dataloader.batch_size=6 with the present processes"
    with pytest.raises(ValueError, match=words.format(1, way)):
        resume(record(1), saved(record(2)))
    with pytest.raises(ValueError, match=words.format(4, "")):
        resume(record(4), saved(record(2)))


def test_files_that_are_no_checkpoint_to_resume_from(resume, said):
    checkpoint = saved(record())
    with pytest.raises(ValueError, match=r"There is no optimizer and no message_hub in the checkpoint, .*load_from=CHECKPOINT"):
        resume(record(), {key: checkpoint[key] for key in ("meta", "state_dict")})
    with pytest.raises(ValueError, match=r"was saved after 5000 iterations and train_cfg.max_iters is 4000"):
        resume(record(), saved(record(), 5000))
    resume(record(), dict(checkpoint, meta=dict(iter=3)))
    assert said == ["The checkpoint does not contain the settings of its training; they are not compared."]


def test_accumulated_gradients():
    counts = "optim_wrapper.accumulative_counts"
    problem = accumulation_problem(config(**{counts: 8, "default_hooks.checkpoint.interval": 400}))
    assert "val_interval=100 is no multiple of optim_wrapper.accumulative_counts=8" in problem
    assert accumulation_problem(config(**{counts: 5})) is None
    assert accumulation_problem(config(**{counts: 100, "default_hooks.checkpoint.interval": -1})) is None
    several = dict(train_cfg=dict(val_interval=4), optim_wrapper=dict(d=dict(accumulative_counts=3), g=dict()))
    assert "optim_wrapper.d.accumulative_counts=3" in accumulation_problem(several)
    assert accumulation_problem(dict(optim_wrapper=None)) is None


def test_resuming_with_another_seed_is_refused(resume):
    with pytest.raises(ValueError, match=r"has the seed 5, this one 3: .* Resume with --seed 5"):
        resume(record(), saved(record(seed=5)))
    old = saved({})
    old["meta"] |= dict(seed=5)
    del old["meta"]["flip_mm"]
    with pytest.raises(ValueError, match=r"has the seed 5, this one 3: .* Resume with --seed 5"):
        resume(record(), old)


def test_training_lists_that_have_changed_are_named(resume, said):
    lists = {name: dict(sha256=name, lines=2) for name in ("a_real_train.txt", "a_fake_train.txt")}
    checkpoint = saved(record() | dict(data=dict(train=dict(A=dict(lists=lists)))))
    resume(record() | dict(lists=dict(A=lists)), checkpoint)
    assert said == []
    resume(record() | dict(lists=dict(A=lists | {"a_real_train.txt": dict(sha256="other")})), checkpoint)
    assert len(said) == 1
    assert said[0].startswith("The content of a_real_train.txt has changed since the training to be resumed started")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        (
            dict(threads=3),
            r"\(threads: 3 there, 1 here\)\. From now on .*; OMP_NUM_THREADS=3 restores it\.",
        ),
        (dict(torch="2.6.0"), r"\(torch: 2\.6\.0 there, .* here\)\..*; pip install torch==2\.6\.0 restores it\."),
        (dict(device="npu"), r"\(device: npu there, .* here\)\..*; a npu device restores it\."),
        (
            dict(instructions="SSE0", threads=3),
            r"\(CPU instructions: SSE0 there, .* threads: 3.*SSE0,.* and OMP_NUM_THREADS=3",
        ),
        (dict(unknown=1), None),
    ],
)
def test_other_arithmetic_gives_a_warning_with_a_solution(resume, said, changes, message):
    checkpoint = saved(record())
    checkpoint["meta"]["flip_mm"]["arithmetic"].update(changes)
    resume(record(), checkpoint)
    assert len(said) == (message is not None)
    assert message is None or re.search(message, said[0])


def test_older_checkpoints_do_not_say_their_arithmetic(resume, said):
    checkpoint = saved(record())
    del checkpoint["meta"]["flip_mm"]["arithmetic"]
    resume(record(), checkpoint)
    assert said == []
