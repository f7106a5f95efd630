# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from flip_mm.evaluation import Provenance
from flip_mm.evaluation.results import read_records, results_of


def test_results_are_all_tests_and_the_kept_validations(make_record):
    record = make_record(best_by=["target/HTER", "dev/HTER"], hter=3.0)
    test, *validations = results_of(record)
    assert test.provenance == Provenance("p1", "OCI->M", 0, "best_target_HTER_iter_8.pth", 8, "target", "target/HTER", 0)
    assert (test.method, test.split, test.role, test.level, test.threshold) == (
        "flip_mcl_p1",
        "test",
        "target",
        "video",
        "paper",
    )
    assert (test.threshold_oracle, test.weights, test.version, test.metrics["HTER"]) == (True, "raw", "0.2.0", 3.0)
    found = [(own.split, own.provenance.selection, own.provenance.iteration) for own in validations]
    assert found == [("val", "target-oracle", 8), ("val", "dev", 8), ("val", "last", 12)]


def test_the_list_hash_covers_training_and_test_lists(make_record):
    hashes = {results_of(make_record(**own))[0].lists for own in (dict(), dict(train="b"), dict(tested="c"))}
    assert len(hashes) == 3
    assert results_of(make_record(seed=1))[0].lists in hashes


def test_result_of_a_checkpoint_without_training_data(make_record):
    record = make_record()
    test = record["tests"][0]
    del test["provenance"]
    (found,) = results_of(dict(tests=[test]))
    assert found.provenance == Provenance(checkpoint="best_target_HTER_iter_8.pth", iteration=8)
    assert (found.method, found.config, found.version) == ("unknown config", "", "0.2.0")


def test_every_seed_may_have_its_own_previous_stage(make_record):
    def start(sha256, **stage):
        entry = dict(source="load_from", sha256=sha256, config="ada_source", left_out=dict(missing=["critic.0.bias"]))
        return results_of(dict(make_record(), weights=[entry], **stage))[0].start

    assert start("aa", previous_stage="ada_source") == start("bb", previous_stage="ada_source") != start("aa")
    assert start("aa") != start("bb")


def test_records_are_read_from_files_and_folders(make_record, tmp_path):
    for name in ("b/c/record.json", "a/record_x.json", "a/other.json"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(make_record(seed=len(name))))
    assert [own.provenance.seed for own in read_records(tmp_path) if own.split == "test"] == [15, 15]
    assert read_records(tmp_path / "a/other.json")[0].provenance.seed == 12
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no record"):
        read_records(tmp_path / "b/c/record.json", tmp_path / "empty")


def change(record, place, value):
    """Set the value at a place such as 'tests.0.reports'."""
    *path, last = [int(name) if name.isdigit() else name for name in place.split(".")]
    for name in path:
        record = record[name]
    record[last] = value


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("format", 2, "format is 2, and this version of flip_mm reads format 1"),
        ("format", "1", "format is '1'"),
        ("seed", "0", "'seed' must be a whole number, got '0'"),
        ("seed", True, "'seed' must be a whole number, got 'True'"),
        ("world_size", [], "'world_size' must be a whole number"),
        ("run", ["C"], "'run' must be an object"),
        ("run.holdout", "0.1", "'run.holdout' must be a number"),
        ("config.name", 3, "'config.name' must be text, got '3'"),
        ("weights", [3], r"'weights\[0\]' must be an object"),
        ("data.train", 3, "'data.train' must be an object"),
        ("data.train.C", 3, "'data.train.C' must be an object"),
        ("data.train.C.lists", 3, "'data.train.C.lists' must be an object"),
        ("versions.flip_mm", 2, "'versions.flip_mm' must be text"),
        ("iterations.done", "4", "'iterations.done' must be a whole number"),
        ("validations.0.best_by", [3], r"'validations\[0\].best_by\[0\]' must be text"),
        ("tests", [None], r"'tests\[0\]' must be an object, got null"),
        ("tests.0.reports", 3, r"'tests\[0\].reports' must be an object"),
        ("tests.0.reports.target", 3, r"'tests\[0\].reports.target' must be an object"),
        ("tests.0.reports.target.level", [], "reports.target.level' must be text, got '\\[]'"),
        ("tests.0.reports.target.figures.HTER", "3", r"reports.target.figures.HTER' must be a number"),
        ("tests.0.reports.target.intervals", {"HTER": [1]}, r"intervals.HTER' must be a list of two numbers, got 1"),
        ("tests.0.reports.target.intervals", {"HTER": [1, "2"]}, r"intervals.HTER' must be a number, got '2'"),
        ("tests.0.provenance.seed", "3", "seed must be a number, got '3'"),
    ],
)
def test_a_field_with_a_wrong_type_is_named(make_record, tmp_path, place, value, message):
    record = make_record(best_by=["dev/HTER"])
    assert results_of(record)
    change(record, place, value)
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match=rf"record\.json': .*{message}"):
        read_records(path)


def test_a_value_that_was_not_finite_is_left_out(make_record):
    record = make_record()
    change(record, "tests.0.reports.target.figures.AUC", None)
    assert results_of(record)[0].metrics.keys() == {"HTER", "TPR@FPR=1%"}


@pytest.mark.parametrize("text", ["[]", "3", "{", '{"tests": 3}', '{"tests": [{"reports": {"target": {}}}]}', "[" * 10**5])
def test_files_that_are_no_record_are_refused(tmp_path, text):
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"record\.json'"):
        read_records(path)
