# SPDX-License-Identifier: Apache-2.0
import hashlib
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmpretrain.registry import DATASETS

from flip_mm.engine.records.data_record import data_record, list_record


@pytest.fixture
def build(shared_mcio):
    def make(split, **run):
        run = dict(protocol="p1", target="O", aux=False) | run
        return DATASETS.build(dict(type="FASDataset", run=run, split=split, data_root=str(shared_mcio), pipeline=[]))

    return make


def test_hashes_and_counts_of_a_training_set(build, shared_mcio):
    found = data_record(build("train", shots=1))
    assert list(found) == ["I", "C", "M", "O"]
    path = shared_mcio / "txt/msu_real_train.txt"
    lines = len(path.read_text().splitlines())
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert found["M"]["lists"]["msu_real_train.txt"] == dict(sha256=digest, lines=lines)
    images = sum(own["lines"] for own in found["M"]["lists"].values())
    assert (found["M"]["images"], found["M"]["videos"], found["M"]["roles"]) == (images, images, dict(train=images))
    assert sorted(found["O"]["lists"]) == ["oulu_fake_shot.txt", "oulu_real_shot.txt"]
    assert found["O"]["images"] == 2


def test_a_test_set_has_two_frames_of_a_video_and_its_roles(build):
    found = data_record(build("test", holdout=0.3))
    assert found["O"]["images"] == 2 * found["O"]["videos"] == found["O"]["roles"]["target"]
    assert sorted(found["O"]["lists"]) == ["oulu_fake_test.txt", "oulu_real_test.txt"]
    assert {domain: list(own["roles"]) for domain, own in found.items()} == dict(I=["dev"], C=["dev"], M=["dev"], O=["target"])
    assert sorted(found["M"]["lists"]) == ["msu_fake_train.txt", "msu_real_train.txt"]


def test_unlabelled_target_images_are_counted_apart(build):
    found = data_record(build("train", unlabelled="test"))
    assert set(found["O"]["roles"]) == {"adapt"}
    assert sorted(found["O"]["lists"]) == ["oulu_fake_test.txt", "oulu_real_test.txt"]


def test_lists_are_read_without_a_look_at_the_samples(build, monkeypatch):
    dataset = build("train")
    want = {domain: own["lists"] for domain, own in data_record(dataset).items()}
    monkeypatch.setattr(type(dataset), "get_data_info", lambda *_: pytest.fail("a sample was read"))
    assert list_record(dataset) == want


def test_data_sets_of_other_programs(tmp_path):
    (tmp_path / "train.txt").write_text("a.png 0\nb.png 1\n")
    digest = hashlib.sha256((tmp_path / "train.txt").read_bytes()).hexdigest()

    class Other(list):
        ann_file = str(tmp_path / "train.txt")

    assert data_record(Other([1, 2])) == dict(all=dict(lists={"train.txt": dict(sha256=digest, lines=2)}, images=2))
    assert data_record([1, 2, 3]) == dict(all=dict(images=3))
    assert data_record(SimpleNamespace(ann_file=str(Path("gone.txt")), run="mine")) == dict(all={})
