# SPDX-License-Identifier: Apache-2.0
"""Trainings that are killed, damaged, moved and continued."""

import contextlib
import errno
import itertools
import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest
import torch
from fixtures.comparison import equal
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from flip_mm.datasets import DomainClassBatchSampler, FASDataset
from flip_mm.engine import BestCheckpointHook, ScoreReportHook
from flip_mm.engine.records.run_record import reproducible_part

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
ARCH = dict(
    embed_dim=8,
    quick_gelu=True,
    vision_cfg=dict(image_size=64, layers=1, width=64, patch_size=32),
    text_cfg=dict(context_length=8, width=64, heads=1, layers=1),
)
# A validation after every 2nd iteration, a checkpoint after every 3rd; a pass over the shortest stream takes 2 iterations.
CONFIG = f"""
_base_ = ["{ROOT.as_posix()}/configs/flip_v_demo.py"]
model = dict(backbone=dict(_delete_=True, type="OpenCLIP", text=False, arch={ARCH}))
train_dataloader = dict(num_workers=0)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
train_cfg = dict(max_iters=9, val_interval=2)
default_hooks = dict(checkpoint=dict(interval=3, max_keep_ckpts=3), logger=dict(interval=1))
"""
EMA = 'custom_hooks = [dict(type="EMAHook")]\n'
# Every validation equals the one before, so that each is the best.
FROZEN = ("optim_wrapper.optimizer.lr=0", "param_scheduler.0.eta_min=0", "default_hooks.checkpoint.max_keep_ckpts=1")


@HOOKS.register_module()
class KillHook(Hook):
    """Ends the process after the 8th iteration."""

    priority = "VERY_LOW"

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
        if runner.iter + 1 == 8:
            os.kill(os.getpid(), signal.SIGKILL)


class Interrupted(Exception):
    """Stands for a crash."""


@HOOKS.register_module()
class InterruptHook(Hook):
    """Raises at a point of the training."""

    priority = "LOWEST"

    def __init__(self, at, where):
        def stop(runner, **_):
            if runner.iter == at:
                raise Interrupted

        setattr(self, where, stop)


@pytest.fixture
def train(run_tool, shared_mcio, tmp_path, monkeypatch):
    """train(work_dir, '--resume', more='custom_hooks = ...', options=[...]): 9 iterations by default."""
    monkeypatch.setattr(ScoreReportHook, "_write", lambda *_: None)  # slow, and no test here looks at it

    def call(work, *flags, more="", options=()):
        config = tmp_path / "tiny.py"
        config.write_text(CONFIG + more)
        options = (f"experiment_name=test_resume_{next(NUMBER)}", *options)
        arguments = ("--data-root", shared_mcio, "--work-dir", work, "--cfg-options", *options)
        run_tool("train.py", config, *flags, *arguments)
        return Path(work)

    return call


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    return {}, tmp_path_factory.mktemp("trainings")


@pytest.fixture
def whole(train, store):
    """whole(options): the work dir of a training that nothing disturbed; for reading only."""

    def get(options=()):
        made, root = store
        if options not in made:
            made[options] = train(root / str(len(made)), options=options)
        return made[options]

    return get


@pytest.fixture
def cut(train, store, tmp_path):
    """cut(at, where, options): a copy of the work dir of one that broke off."""

    def get(at, where="after_train_iter", options=()):
        made, root = store
        if (at, where, options) not in made:
            hook = f'custom_hooks = [dict(type="InterruptHook", at={at}, where="{where}")]\n'
            work = made[at, where, options] = root / str(len(made))
            with pytest.raises(Interrupted):
                train(work, more=hook, options=options)
        return Path(shutil.copytree(made[at, where, options], tmp_path / "cut"))

    return get


def logged(work, key):
    """Iteration -> value; what a resumed training logged replaces what was there."""
    files = sorted(Path(work).glob("*/vis_data/scalars.json"), key=lambda path: path.stat().st_mtime)
    lines = [json.loads(line) for path in files for line in path.read_text().splitlines()]
    return {line["step"]: line[key] for line in lines if key in line}


def said(work):
    return "".join(path.read_text() for path in Path(work).glob("*/*.log"))


def load(path):
    return torch.load(path, weights_only=False)


def info(path):
    return load(path)["message_hub"]["runtime_info"]


def edit(path, change):
    content = load(path)
    change(content)
    torch.save(content, path)


def names(work, pattern="*.pth"):
    return sorted(path.name for path in work.glob(pattern))


def recorded(record):
    """Without the hooks that interrupt, and what differs between machines and from one run to the next."""
    settings = {key: value for key, value in record["config"]["settings"].items() if key != "custom_hooks"}
    return reproducible_part(record) | dict(config=settings)


def assert_same_training(a, b):
    assert names(a) == names(b)
    for name in ("iter_9.pth", *names(a, "best_*.pth")):
        one, other = load(a / name), load(b / name)
        for part in one.keys() - {"meta", "message_hub"}:
            assert equal(one[part], other[part]), (name, part)
        assert recorded(one["meta"]["flip_mm"]) == recorded(other["meta"]["flip_mm"]), name
    assert recorded(json.loads((a / "record.json").read_text())) == recorded(json.loads((b / "record.json").read_text()))
    for key in ("loss", "lr", "target/HTER", "target/AUC"):
        assert logged(a, key) == logged(b, key)
    for key in ("keep_ckpt_ids", "last_validated_iter", "iter", "max_iters"):
        assert info(a / "iter_9.pth")[key] == info(b / "iter_9.pth")[key]
    scores = [{k: v for k, v in info(work / "iter_9.pth").items() if k.startswith("best_score")} for work in (a, b)]
    assert scores[0] == scores[1] != {}


def test_a_training_killed_by_the_system_resumes_exactly(train, tmp_path):
    workers = ["train_dataloader.num_workers=2"]
    undisturbed = train(tmp_path / "whole", more=EMA)
    process = os.fork()
    if not process:
        with contextlib.suppress(BaseException):
            train(tmp_path / "cut", more=EMA.replace("]", ', dict(type="KillHook")]'), options=workers)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == -signal.SIGKILL
    assert max(logged(tmp_path / "cut", "loss")) == 8
    train(tmp_path / "cut", "--resume", more=EMA, options=workers)
    assert f"continues from {tmp_path / 'cut/iter_6.pth'}" in said(tmp_path / "cut")
    assert_same_training(undisturbed, tmp_path / "cut")


@pytest.mark.parametrize(("at", "workers"), [(3, 0), (5, 0), (5, 2)])
def test_the_past_is_neither_drawn_nor_read(train, whole, cut, monkeypatch, at, workers):
    undisturbed, work, read, drawn = whole(), cut(at), [], []
    get, batch_at = FASDataset.__getitem__, DomainClassBatchSampler.batch_at
    monkeypatch.setattr(FASDataset, "__getitem__", lambda s, i: (s.split == "train" and read.append(i), get(s, i))[1])
    monkeypatch.setattr(DomainClassBatchSampler, "batch_at", lambda s, i: (drawn.append((i, batch_at(s, i))), drawn[-1][1])[1])
    train(work, "--resume", options=[f"train_dataloader.num_workers={workers}"])
    start = 3 if at == 3 else 6
    assert [i for i, _ in drawn][: 9 - start] == list(range(start, 9))
    if not workers:
        assert read == [sample for _, batch in drawn for sample in batch]
    assert_same_training(undisturbed, work)


@pytest.mark.parametrize(("where", "done"), [("before_val_epoch", False), ("after_val", True)])
def test_an_interrupted_validation_is_repeated(train, whole, cut, where, done):
    options = (*FROZEN[:2], "default_hooks.checkpoint.interval=2")
    work = cut(4, where, options)
    assert (info(work / "iter_4.pth")["last_validated_iter"] == 4) is done
    train(work, "--resume", options=options)
    steps = [line for path in sorted(work.glob("*/*/scalars.json")) for line in path.read_text().splitlines() if "HTER" in line]
    assert [json.loads(line)["step"] for line in steps] == [2, 4, 6, 8, 9]
    assert_same_training(whole(options), work)


def test_a_finished_training_does_not_change_and_can_be_extended(train, whole, tmp_path):
    work = Path(shutil.copytree(whole(), tmp_path / "a"))
    before = {path.name: path.read_bytes() for path in work.glob("*.pth")}
    train(work, "--resume")
    assert "All 9 iterations of this training are done" in said(work)
    assert {path.name: path.read_bytes() for path in work.glob("*.pth")} == before
    train(work, "--resume", options=["train_cfg.max_iters=11"])
    assert set(logged(work, "loss")) == set(range(1, 12))


@pytest.mark.parametrize("rule", [(), ("default_hooks.checkpoint.rule=[less,greater]",)], ids=len)
def test_two_best_checkpoints(train, whole, cut, rule):
    options = ("default_hooks.checkpoint.save_best=[target/HTER,target/AUC]", *rule)
    work = cut(5, options=options)
    train(work, "--resume", options=options)
    assert_same_training(whole(options), work)
    hter, auc = logged(work, "target/HTER"), logged(work, "target/AUC")
    best = min(reversed(hter), key=hter.get), max(reversed(auc), key=auc.get)
    assert names(work, "best_*") == [f"best_target_AUC_iter_{best[1]}.pth", f"best_target_HTER_iter_{best[0]}.pth"]


def test_frozen_parts_do_not_change(train, whole, cut):
    options = ("model.frozen=[backbone.visual]",)
    work = cut(5, options=options)
    assert "Frozen are backbone.visual: " in said(work)
    with pytest.raises(ValueError, match=r"other settings: model.frozen.0: 'backbone.visual' against None\."):
        train(work, "--resume")
    first = load(work / "iter_3.pth")
    train(work, "--resume", options=options)
    assert_same_training(whole(options), work)
    last = load(work / "iter_9.pth")
    for name, weight in first["state_dict"].items():
        assert torch.equal(weight, last["state_dict"][name]) is name.startswith("backbone.visual."), name
    held = sum(len(group["params"]) for group in last["optimizer"]["param_groups"])
    assert held == len([name for name in last["state_dict"] if name.startswith("head.")])


def test_other_settings_are_refused_and_another_machine_is_not(train, cut, shared_mcio, tmp_path):
    work = cut(3)
    options = ["model.head.dropout=0.1", "optim_wrapper.optimizer.lr=1"]
    message = r"has other settings: model.head.dropout: None against 0.1; optim_wrapper.optimizer.lr: 0.001 against 1\."
    with pytest.raises(ValueError, match=message):
        train(work, "--resume", options=options)
    assert names(work, "iter_*") == ["iter_3.pth"]
    moved = shutil.copytree(shared_mcio, tmp_path / "moved")
    loaders = [f"{part}_dataloader.dataset.data_root={moved}" for part in ("train", "val", "test")]
    more = ["train_cfg.max_iters=4", "default_hooks.logger.interval=5", "train_dataloader.num_workers=1", "compile=False"]
    train(work, "--resume", "--no-validate", options=[*more, *loaders])
    assert (work / "iter_4.pth").is_file()


def test_as_many_images_on_another_number_of_processes(train, cut):
    work = cut(3)
    edit(work / "iter_3.pth", lambda content: content["meta"]["flip_mm"].update(world_size=3, batch_size=1))
    train(work, "--resume", options=["train_cfg.max_iters=4"])
    assert "this one with 1 x 3: converted." in said(work)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    """One bit of a weight; torch loads such a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert load(path)


@pytest.mark.parametrize("damage", [truncate, flip, Path.unlink])
def test_a_damaged_last_checkpoint_is_skipped(train, whole, cut, damage):
    work = cut(5)
    damage(work / "iter_6.pth")
    previous = max(names(work, "iter_[345].pth"))
    train(work, "--resume")
    assert re.search(r"Checkpoint skipped\. (The checkpoint|No checkpoint at) '\S*/cut/iter_6.pth'", said(work))
    assert f"Training continues from {work / previous}" in said(work)
    assert_same_training(whole(), work)


def test_a_damaged_checkpoint_that_is_named_is_refused(train, cut):
    work = cut(5)
    flip(work / "iter_6.pth")
    with pytest.raises(RuntimeError, match=r"iter_6.pth' was refused: it is damaged, .*\(the checksum of"):
        train(work, "--resume", work / "iter_6.pth")
    for path in work.glob("iter_*"):
        truncate(path)
    with pytest.raises(RuntimeError, match=r"None of the \d checkpoints of .*/cut can be read: .*iter_6.pth.*iter_3.pth"):
        train(work, "--resume")


def test_a_training_stopped_by_a_full_disk_can_be_resumed(train, whole, tmp_path, monkeypatch):
    undisturbed, replace = whole(), Path.open

    def full(path, mode="r", *args, **kwargs):
        file = replace(path, mode, *args, **kwargs)
        if path.name == "iter_6.pth.part" and mode == "wb":
            file.write(b"half")
            raise OSError(errno.ENOSPC, "No space left on device")
        return file

    work = tmp_path / "a"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        told = r"No space left on device: '.*iter_6.pth' \([\d,]+ bytes\) was not written.*continue with --resume$"
        with pytest.raises(OSError, match=told):
            train(work)
    last = Path((work / "last_checkpoint").read_text())
    assert last.name in ("iter_3.pth", "iter_4.pth")
    assert not list(work.glob("*iter_6*"))
    assert all(load(path) for path in work.glob("*.pth"))
    train(work, "--resume")
    assert_same_training(undisturbed, work)


def test_an_old_checkpoint_is_removed_after_the_new_one_is_complete(train, tmp_path, monkeypatch):
    removed, unlink, work = [], Path.unlink, tmp_path / "a"

    def check(path, *args, **kwargs):
        if path.suffix == ".pth":
            kind = path.name.split("iter_")[0]
            assert max(load(other)["meta"]["iter"] for other in work.glob(f"{kind}iter_*.pth")) > load(path)["meta"]["iter"]
            assert (work / "last_checkpoint").read_text() != str(path)
            removed.append(path.name)
        unlink(path, *args, **kwargs)

    monkeypatch.setattr(Path, "unlink", check)
    train(work, options=FROZEN)
    assert sorted(removed) == [
        f"{kind}iter_{i}.pth" for kind, steps in (("best_target_HTER_", "2468"), ("", "3468")) for i in steps
    ]
    assert names(work) == ["best_target_HTER_iter_9.pth", "iter_9.pth"]


def test_what_a_killed_training_was_about_to_remove_is_removed_on_resume(train, tmp_path, monkeypatch):
    work, remove = tmp_path / "a", BestCheckpointHook._remove

    def crash(self, runner, names):
        if names and runner.iter == 8:
            raise Interrupted
        remove(self, runner, names)

    with monkeypatch.context() as patch:
        patch.setattr(BestCheckpointHook, "_remove", crash)
        with pytest.raises(Interrupted):
            train(work, options=FROZEN)
    assert names(work) == [f"{kind}iter_{i}.pth" for kind in ("best_target_HTER_", "") for i in (6, 8)]
    (work / "iter_12.pth.part").write_text("half")
    (work / "iter_6.txt").write_text("not ours")
    train(work, "--resume", options=FROZEN)
    assert names(work, "*iter_*") == ["best_target_HTER_iter_9.pth", "iter_6.txt", "iter_9.pth"]


def test_a_resumed_checkpoint_can_neither_run_code_nor_remove_files(train, cut, tmp_path):
    work, trap, treasure = cut(3), tmp_path / "trap", tmp_path / "best_thesis.pth"
    treasure.touch()

    def lie(content):
        content["meta"].update(cfg=f"open({str(trap)!r}, 'w')", config=f"open({str(trap)!r}, 'w')")
        content["message_hub"]["runtime_info"].update(
            best_ckpt=str(treasure), best_score=1e9, keep_ckpt_ids=["../x", "/../best_thesis"], outdated=[str(treasure)]
        )

    edit(work / "iter_3.pth", lie)
    train(work, "--resume")
    assert treasure.is_file()
    assert not trap.exists()
    assert f"The best checkpoint so far, {treasure}, is not in {work}" in said(work)


def test_resuming_into_another_folder_does_not_change_the_first(train, whole, tmp_path):
    first = whole()
    before = {path: path.read_bytes() for path in first.glob("*.pth")}
    start = min(names(first, "iter_*"))
    train(tmp_path / "b", "--resume", first / start)
    assert {path: path.read_bytes() for path in first.glob("*.pth")} == before
    assert equal(load(tmp_path / "b/iter_9.pth")["state_dict"], load(first / "iter_9.pth")["state_dict"])


def test_no_checkpoint_at_all(train, tmp_path):
    work = train(tmp_path / "a", "--resume", options=["train_cfg.max_iters=1"])
    assert f"--resume: {work} contains no checkpoint, training starts at iteration 0" in said(work)
    assert set(logged(work, "loss")) == {1}


def test_gradients_are_not_lost_between_checkpoints(train, whole, cut):
    accumulate = "optim_wrapper.accumulative_counts=2"
    with pytest.raises(ValueError, match=r"checkpoint.interval=3 is no multiple of optim_wrapper.accumulative_counts=2"):
        cut(9, options=(accumulate,))
    options = (accumulate, "default_hooks.checkpoint.interval=4")
    work = cut(6, options=options)
    train(work, "--resume", options=options)
    assert_same_training(whole(options), work)
