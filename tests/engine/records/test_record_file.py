# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from flip_mm.engine.records.evaluation_record import plain_values
from flip_mm.engine.records.record_file import read_record, recorded_tests, same_training, with_test, write_record

RECORD = dict(
    seed=1,
    run=dict(name="C->I", protocol="p3", sources=["C"], target="I"),
    config=dict(name="a.py", sha256="c"),
    data=dict(train=dict(C=dict(lists=dict(a=dict(sha256="l"))))),
)


def test_a_record_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "record.json"
    assert read_record(path) is None
    write_record(RECORD, path)
    assert read_record(path) == RECORD
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="Earlier files are unchanged"):
        write_record(dict(seed=2), path)
    assert read_record(path) == RECORD
    assert [own.name for own in tmp_path.iterdir()] == ["record.json"]


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b"[" * 100000])
def test_files_that_are_no_records(tmp_path, content):
    path = tmp_path / "record.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"record.json' is no record of a run: .*Move it to another folder"):
        read_record(path)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        # The file of another program says nothing.
        ({}, False),
        (dict(weights=[]), False),
        (RECORD, True),
        (dict(seed=2), False),
        # As a checkpoint of 0.1.0 stores it.
        (dict(seed=1, run=dict(protocol="p3", sources=("C",), target="I", shots=0)), True),
        (dict(run=dict(RECORD["run"], target="O")), False),
        (dict(config=dict(name="b.py", sha256="c")), True),
        (dict(config=dict(sha256="d")), False),
        (dict(seed=1, config=dict(name="b.py")), True),
        (dict(data=dict(train=dict(C=dict(lists=dict(a=dict(sha256="other")))))), False),
        (dict(data=dict(test={})), True),
    ],
)
def test_records_of_one_training(other, same):
    assert same_training(RECORD, other) is same_training(other, RECORD) is same


def test_other_tests_of_the_training_are_kept(tmp_path):
    path = tmp_path / "record.json"
    assert recorded_tests(path, RECORD) == {}
    write_record(RECORD | dict(tests=[1]), path)
    assert recorded_tests(path, RECORD) == dict(tests=[1])
    assert recorded_tests(path, RECORD | dict(seed=2)) == {}
    path.write_text("{")
    assert recorded_tests(path, RECORD) == {}
    assert same_training({}, {})


def test_a_test_replaces_the_same_test_alone():
    def test(name, value, weights="raw"):
        return dict(checkpoint=dict(name=name), weights=weights, metrics=dict(HTER=value))

    record = with_test(RECORD, test("a.pth", 1))
    assert "tests" not in RECORD
    for other in (test("b.pth", 2), test("a.pth", 3, "ema"), test("a.pth", 4)):
        record = with_test(record, other)
    assert [own["metrics"]["HTER"] for own in record["tests"]] == [2, 3, 4]


def test_values_without_a_json_form():
    torch, np = pytest.importorskip("torch"), pytest.importorskip("numpy")
    values = dict(a=np.float32(0.5), b=torch.ones(2), c=float("inf"), d=[float("nan"), object()], e={1: "x"}, f=object())
    found = plain_values(values)
    assert found == dict(a=0.5, b=[1.0, 1.0], c=None, d=[None], e={"1": "x"})
    assert json.loads(json.dumps(found, allow_nan=False)) == found
