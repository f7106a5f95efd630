# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from flip_mm.evaluation import Provenance
from flip_mm.evaluation.own_record import find_own_record, read_own_record

OWN = Provenance("p1", "OCI->M", 3, "best_target_HTER_iter_8.pth", 8)


@pytest.fixture
def folder(tmp_path, make_record):
    """A folder with the records of three trainings and a file that is none."""
    for name, record in (
        ("record.json", make_record(seed=1)),
        ("record_a.json", make_record(seed=3, run="ICM->O")),
        ("record_b.json", make_record(seed=3)),
    ):
        (tmp_path / name).write_text(json.dumps(record))
    (tmp_path / "record_c.json").write_text("[]")
    return tmp_path


def test_the_record_of_the_same_run_and_seed_is_found(folder, make_record):
    assert find_own_record(folder, OWN) == json.loads((folder / "record_b.json").read_text())
    (folder / "record_b.json").unlink()
    assert find_own_record(folder, OWN) is None


@pytest.mark.parametrize("known", [None, Provenance(), Provenance(seed=3)])
def test_without_a_provenance_no_record_is_taken(folder, known):
    assert find_own_record(folder, known) is None


def test_of_several_records_the_one_with_the_test_of_the_checkpoint(folder, make_record):
    (folder / "record_a.json").write_text(json.dumps(make_record(seed=3) | dict(tests=[])))
    assert find_own_record(folder, OWN)["tests"]


def test_a_test_on_another_target_belongs_to_the_training(folder):
    assert read_own_record(folder / "record_b.json", Provenance("p1", "OCI->S", 3))["seed"] == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("record.json", "record.json' is the record of another training than that of the scores: its seed is 1, and that of"),
        ("record_a.json", "its run is ICM->O, and that of the scores OCI->M"),
        ("record_c.json", "record_c.json': this is no record of a run: it must be a JSON object"),
    ],
)
def test_another_record_is_refused(folder, name, words):
    with pytest.raises(ValueError, match=words):
        read_own_record(folder / name, OWN)
    assert read_own_record(folder / "record.json", None)["seed"] == 1
