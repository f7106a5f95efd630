# SPDX-License-Identifier: Apache-2.0
"""Training, resume and test of a student, through the commands."""

import itertools
import json
from pathlib import Path

import pytest
import torch
from fixtures.comparison import equal
from mmengine.config import Config
from mmpretrain.registry import MODELS

from flip_mm.engine import ScoreReportHook
from flip_mm.engine.records.run_record import reproducible_part
from flip_mm.utils.files import file_sha256

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
ARCH = dict(
    embed_dim=8,
    vision_cfg=dict(image_size=64, layers=1, width=64, patch_size=32),
    text_cfg=dict(context_length=16, width=64, heads=1, layers=1),
)
TEACHER = f"""
_base_ = ["{ROOT.as_posix()}/configs/flip_it_demo.py"]
model = dict(backbone=dict(_delete_=True, type="OpenCLIP", arch={ARCH}))
"""
STUDENT = f"""
_base_ = ["{ROOT.as_posix()}/configs/flip_student_demo.py"]
model = dict(teacher=dict(config="TEACHER", checkpoint="CHECKPOINT"), backbone=dict(channels=(4,), embed_dims=8))
train_dataloader = dict(num_workers=0)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
train_cfg = dict(max_iters=4, val_interval=2)
param_scheduler = []
default_hooks = dict(checkpoint=dict(interval=2, max_keep_ckpts=3), logger=dict(interval=1))
"""
RUN = dict(protocol="p1", sources=["I", "C", "M"], aux=[], target="O", shots=0, holdout=0.0, unlabelled="")


@pytest.fixture
def teacher(tmp_path):
    """teacher(run): the checkpoint of a teacher that was trained in this run; None for a file without a record."""

    def make(run=RUN, seed=0):
        torch.manual_seed(seed)
        (tmp_path / "teacher.py").write_text(TEACHER)
        state = MODELS.build(Config.fromfile(tmp_path / "teacher.py").model).state_dict()
        meta = dict(iter=4) | (dict(flip_mm=dict(run=run)) if run else {})
        torch.save(dict(meta=meta, state_dict=state), tmp_path / "teacher.pth")
        return tmp_path / "teacher.pth"

    return make


@pytest.fixture
def run(run_tool, shared_mcio, tmp_path, small_vocabulary, monkeypatch):
    """run('train.py', work dir, arguments, more='param_scheduler = ...', options=[...])."""
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])

    def call(tool, work, *arguments, target="O", more="", options=()):
        text = (
            (STUDENT + more)
            .replace("TEACHER", str(tmp_path / "teacher.py"))
            .replace("CHECKPOINT", str(tmp_path / "teacher.pth"))
        )
        (tmp_path / "student.py").write_text(text)
        options = (f"experiment_name=test_student_{next(NUMBER)}", *options)
        data = ("--target", target, "--data-root", shared_mcio, "--work-dir", work)
        run_tool(tool, tmp_path / "student.py", *arguments, *data, "--cfg-options", *options)
        return Path(work)

    return call


def load(path):
    return torch.load(path, weights_only=False)


def recorded(work):
    record = reproducible_part(json.loads((work / "record.json").read_text(encoding="utf-8")))
    return record | dict(iterations=None, max_iters=None, config=None)


def test_a_resumed_student_equals_one_without_interruption(run, teacher, tmp_path):
    path = teacher()
    whole = run("train.py", tmp_path / "whole")
    cut = run("train.py", tmp_path / "cut", options=["train_cfg.max_iters=2"])
    # The teacher's file may have moved.
    (tmp_path / "elsewhere").mkdir()
    path.rename(moved := tmp_path / "elsewhere" / path.name)
    run("train.py", cut, "--resume", options=[f"model.teacher.checkpoint={moved}"])
    one, other = (load(work / "iter_4.pth") for work in (whole, cut))
    for part in ("state_dict", "optimizer", "param_schedulers"):
        assert equal(one[part], other[part]), part
    assert recorded(whole) == recorded(cut)
    assert {name.split(".")[0] for name in one["state_dict"]} == {"backbone", "prompt_embeddings"}
    (own,) = recorded(whole)["weights"]
    seen = dict(runs=[RUN], unknown=[])
    want = dict(source="model.teacher.checkpoint", name="teacher.pth", sha256=file_sha256(moved), seen=seen)
    assert own == want
    assert one["meta"]["flip_mm"]["weights"] == [want]


def test_another_teacher_cannot_continue_a_training(run, teacher, tmp_path):
    teacher()
    work = run("train.py", tmp_path / "work", options=["train_cfg.max_iters=2"])
    teacher(seed=1)
    with pytest.raises(ValueError, match=r"model\.teacher\.checkpoint is another file than the teacher of the training"):
        run("train.py", work, "--resume")


def test_a_student_is_tested_without_its_teacher(run, teacher, tmp_path):
    path = teacher()
    work = run("train.py", tmp_path / "work", options=["train_cfg.max_iters=2"])
    path.unlink()
    run("test.py", work, work / "iter_2.pth")
    left = json.loads((work / "figures_target.json").read_text())
    assert (left["provenance"]["shots"], left["provenance"]["unknown_start"]) == (0, "")
    with pytest.raises(FileNotFoundError, match=r"no weight file .*teacher\.pth', which model\.teacher\.checkpoint names"):
        run("train.py", work, "--resume")


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (dict(target="M", sources=["O", "C", "I"]), r"The teacher was trained on O, C, I and the target of this run is O"),
        (dict(shots=5), r"The teacher was trained with 5 image\(s\) per class of O, the target, and this run has shots=0"),
        (dict(unlabelled="test"), r"The teacher was trained with images of O, the target, without their labels"),
    ],
)
def test_a_teacher_that_has_seen_the_target_is_refused(run, teacher, tmp_path, seen, message):
    teacher(RUN | seen)
    with pytest.raises(ValueError, match=message):
        run("train.py", tmp_path / "work")
    assert not list(tmp_path.glob("work/*.pth"))


def test_what_the_teacher_of_a_checkpoint_has_seen_counts_in_a_test(run, teacher, tmp_path):
    # A teacher of other domains, and a student that is tested on one of them.
    teacher(RUN | dict(sources=["I", "C"], target="O"))
    single = "".join(f'{name}_dataloader["dataset"] = dict(run=dict(protocol="p3"))\n' for name in ("train", "val", "test"))
    work = run("train.py", tmp_path / "work", "--source", "M", more=single, options=["train_cfg.max_iters=2"])
    with pytest.raises(ValueError, match=r"A checkpoint that this one was started or distilled from was trained on I, C"):
        run("test.py", tmp_path / "test", work / "iter_2.pth", "--source", "M", target="I", more=single)


def test_a_teacher_without_a_record_is_unknown(run, teacher, tmp_path):
    teacher(run=None)
    work = run("train.py", tmp_path / "work", options=["train_cfg.max_iters=2"])
    validation = json.loads((work / "val_figures_target.json").read_text())
    run("test.py", work, work / "iter_2.pth")
    test = json.loads((work / "figures_target.json").read_text())
    assert validation["provenance"]["unknown_start"] == test["provenance"]["unknown_start"] == "teacher.pth"


def test_a_warm_start_does_not_hide_the_teacher(run, teacher, tmp_path, monkeypatch):
    monkeypatch.setattr(ScoreReportHook, "_write", lambda *_: None)
    teacher()
    first = run("train.py", tmp_path / "first", options=["train_cfg.max_iters=2"])
    options = ["train_cfg.max_iters=2", f"load_from={first / 'iter_2.pth'}"]
    second = recorded(run("train.py", tmp_path / "second", options=options))
    assert [entry["source"] for entry in second["weights"]] == ["load_from", "model.teacher.checkpoint"]
    assert all(entry["seen"]["runs"] for entry in second["weights"])
