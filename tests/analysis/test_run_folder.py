"""A work dir that cannot be analysed is refused in one sentence."""

import json
import shutil

import pytest
import torch

from flip_mm.analysis import AnalysisOptions, analyze
from flip_mm.analysis.run_folder import open_run
from flip_mm.analysis.run_labels import file_stems, run_labels


@pytest.fixture
def copy(work_dir, tmp_path):
    return shutil.copytree(work_dir, tmp_path / "work")


def change_record(folder, change):
    path = folder / "record.json"
    record = json.loads(path.read_text())
    change(record)
    path.write_text(json.dumps(record))


def change_config(folder, old, new):
    path = next(folder.glob("*.py"))
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def foreign_checkpoint(folder):
    path = folder / "iter_4.pth"
    checkpoint = torch.load(path, weights_only=False)
    checkpoint["meta"]["flip_mm"]["seed"] = 5
    torch.save(checkpoint, path)


BAD = {
    "no record": (lambda folder: (folder / "record.json").unlink(), "' has no record.json: give the work dir of a training"),
    "damaged record": (lambda folder: (folder / "record.json").write_text("{"), "record.json': "),
    "no config": (
        lambda folder: next(folder.glob("*.py")).unlink(),
        "does not have the config 'tiny_p1.py' that its record names",
    ),
    "other config": (
        lambda folder: change_config(folder, "patch_size=32", "patch_size=16"),
        "is not the config of the training that .*: model.backbone.arch.vision_cfg.patch_size differ",
    ),
    "no checkpoint": (lambda folder: (folder / "iter_4.pth").unlink(), "has no last checkpoint: there are best_"),
    "damaged checkpoint": (lambda folder: (folder / "iter_4.pth").write_bytes(b"PK\x03\x04damaged"), "iter_4.pth"),
    "other seed": (
        foreign_checkpoint,
        "is a checkpoint of another training than that of .*: its seed is 0, and that",
    ),
    "no run": (
        lambda folder: (
            change_record(folder, lambda record: record["config"].pop("settings")),
            next(folder.glob("*.py")).write_text("test_dataloader = dict(dataset=dict(type='CIFAR10'))"),
        ),
        r"test_dataloader.dataset \('CIFAR10'\) has no run of a protocol",
    ),
}


@pytest.mark.parametrize("problem", BAD)
def test_a_work_dir_that_cannot_be_analysed(copy, problem):
    damage, words = BAD[problem]
    damage(copy)
    with pytest.raises((OSError, ValueError, RuntimeError), match=words):
        open_run(copy, "last")


def test_other_wrong_inputs(work_dir, tmp_path):
    with pytest.raises(NotADirectoryError, match="'absent' is no folder: give the work dir of a training"):
        open_run("absent")
    with pytest.raises(FileNotFoundError, match=r"has no checkpoint 'iter_9.pth': there are .*iter_4.pth"):
        open_run(work_dir, "iter_9.pth")
    with pytest.raises(ValueError, match="A work dir is given twice"):
        analyze([work_dir, work_dir / "../work"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("small_vocabulary")
def test_wrong_data_and_thresholds(work_dir, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"The data root .* is no folder"):
        analyze([work_dir], tmp_path / "out", "last", data_root=str(tmp_path / "absent"), say=str)
    with pytest.raises(ValueError, match="--threshold dev needs held-out source videos, and it trained with holdout 0"):
        analyze([work_dir], tmp_path / "out", "last", options=AnalysisOptions(threshold="dev"), say=str)


def test_checkpoints_by_name(work_dir):
    assert open_run(work_dir).checkpoint.name.startswith("best_target_HTER_iter_4")
    assert open_run(work_dir).provenance.is_oracle
    assert open_run(work_dir, "last").provenance.selection == "last"
    title = open_run(work_dir, "iter_4.pth").title
    assert title == "tiny_p1, p1 ICM->O, seed 0, iter_4.pth (iteration 4)\ncheckpoint of the last iteration ('last')"


def test_labels_name_what_differs(work_dir):
    best, last = open_run(work_dir), open_run(work_dir, "last")
    assert run_labels([last]) == ["tiny_p1, seed 0"]
    assert run_labels([best, last]) == ["tiny_p1, seed 0, best_target_HTER_iter_4", "tiny_p1, seed 0, iter_4"]
    assert len({*run_labels([last, last])}) == 2
    assert file_stems(["a, O->M, seed 0", "a, O->M, seed 0"]) == ["a_O-M_seed0_1", "a_O-M_seed0_2"]
