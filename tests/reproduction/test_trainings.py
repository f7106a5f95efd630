# SPDX-License-Identifier: Apache-2.0
import json
from pathlib import Path

import pytest
from fixtures.nested import put

from flip_mm.reproduction.trainings import read_trainings, trainings_of

VALIDATION = ("validations", 0)
REPORT = (*VALIDATION, "reports", "target")


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (("iterations", "done"), 400, "the training stopped at 400 of 4000"),
        (("run", "holdout"), 0.1, "trained with holdout 0.1, the published ones without"),
        (
            (*VALIDATION, "best_by"),
            ["dev/HTER"],
            "checkpoint rule 'dev' by dev/HTER, the published ones 'target-oracle' by target/",
        ),
        ((*VALIDATION, "best_by"), ["target/AUC"], "checkpoint rule 'target-oracle' by target/AUC, the published ones"),
        ((*VALIDATION, "best_by"), [], "checkpoint rule 'last', the published ones 'target-oracle' by target/HTER"),
        ((*REPORT, "threshold_rule"), "deploy (eer)", "threshold rule 'dev (eer)', the published ones 'paper'"),
        ((*REPORT, "level"), "frame", "scores of frames, the published ones of videos"),
        (("validations",), [], "the record holds no result of the target"),
    ],
)
def test_only_results_measured_as_published_are_compared(place, value, reason, make_published):
    record = make_published()
    put(record, place, value)
    (training,) = trainings_of(record, Path("record.json"))
    assert training.result is None
    assert reason in training.reason
    assert training.run == "ICM->O"


def test_the_published_rule_is_chosen_of_several_results(make_published):
    record = make_published()
    record["validations"][0]["best_by"] = ["dev/HTER", "target/HTER"]
    (training,) = trainings_of(record, Path("record.json"))
    assert training.result.provenance.selection == "target-oracle"
    assert training.method == "flip_mcl_p1"


def test_damaged_records_are_named_and_the_others_read(make_published, write_records):
    other = make_published() | dict(format=2)
    folder = write_records(make_published(), "{", "[1]", json.dumps(other), make_published(1))
    trainings, problems = read_trainings(folder)
    assert [training.seed for training in trainings] == [0, 1]
    for problem, words in zip(problems, ("1/record.json': Expecting", "it must be a JSON object", "format is 2"), strict=True):
        assert words in problem


def test_without_any_readable_record(write_records, tmp_path):
    with pytest.raises(ValueError, match=r"0/record.json': Expecting"):
        read_trainings(write_records("{"))
    (tmp_path / "absent").mkdir()
    with pytest.raises(FileNotFoundError, match=r"holds no record.json"):
        read_trainings(tmp_path / "absent")
