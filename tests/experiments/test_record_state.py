# SPDX-License-Identifier: Apache-2.0
import copy
import hashlib
import json

import pytest

from flip_mm.experiments.record_state import RecordState, state_of
from flip_mm.experiments.stage import Stage

EXPECTED = dict(
    config=dict(name="a.py", settings=dict(model=dict(type="FLIP"), train_cfg=dict(max_iters=8))),
    run=dict(name="OCI->M", target="M", shots=0),
    seed=3,
    data=dict(train={"O": dict(lists={"oulu_real_train.txt": dict(sha256="a" * 64)})}),
)


@pytest.fixture
def stage(tmp_path):
    return Stage(("train", "a"), str(tmp_path), EXPECTED)


def write(stage, **fields):
    record = copy.deepcopy(EXPECTED) | dict(format=1, iterations=dict(done=8, planned=8)) | fields
    with open(f"{stage.work_dir}/record.json", "w", encoding="utf-8") as file:
        json.dump(record, file)


def test_states(stage):
    assert state_of(stage) is RecordState.MISSING
    write(stage, iterations=dict(done=4, planned=8))
    assert state_of(stage) is RecordState.UNFINISHED
    write(stage, iterations={})
    assert state_of(stage) is RecordState.UNFINISHED
    write(stage)
    assert state_of(stage) is RecordState.FINISHED


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (dict(seed=4), "seed is 4 there and 3 here"),
        (dict(config=dict(EXPECTED["config"], name="b.py")), "config is b.py there and a.py here"),
        (dict(config=dict(name="a.py", settings=dict(model=dict(type="ERM")))), "model.type is ERM there and FLIP here"),
        (dict(config=dict(name="a.py", settings={})), "train_cfg.max_iters is absent there and 8 here"),
        (dict(run=dict(EXPECTED["run"], shots=5)), "run.shots is 5 there and 0 here"),
        (
            dict(data=dict(train={"O": dict(lists={"oulu_real_train.txt": dict(sha256="b" * 64)})})),
            "list oulu_real_train.txt (O, train) is bbbbbbbb... there and aaaaaaaa... here",
        ),
    ],
)
def test_another_training_is_refused_with_the_keys(stage, fields, words):
    write(stage, **fields)
    with pytest.raises(ValueError, match="is the work dir of another training") as caught:
        state_of(stage)
    assert words in str(caught.value)


def test_a_test_is_finished_with_this_checkpoint_only(tmp_path):
    stage = Stage(("test", "a"), str(tmp_path), dict(run=dict(name="OCI->M")), str(tmp_path))
    write(stage)
    assert state_of(stage) is RecordState.UNFINISHED
    (tmp_path / "iter_8.pth").write_bytes(b"weights")
    test = dict(run=dict(name="OCI->M"), checkpoint=dict(name="iter_8.pth", sha256=hashlib.sha256(b"weights").hexdigest()))
    write(stage, tests=[test | dict(reports={})])
    assert state_of(stage) is RecordState.FINISHED
    (tmp_path / "iter_8.pth").write_bytes(b"other weights")
    assert state_of(stage) is RecordState.UNFINISHED
