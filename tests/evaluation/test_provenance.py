# SPDX-License-Identifier: Apache-2.0
import json

import pytest

from flip_mm.evaluation.provenance import Provenance
from flip_mm.evaluation.seen import target_seen

FULL = Provenance("p1", "OCI->M", 3, "best_target_HTER_iter_400.pth", 400, "target", "target/HTER", 5, "train")


def test_an_oracle_is_named_in_the_line_and_the_json():
    assert FULL.line() == (
        "p1 OCI->M, seed 3, best_target_HTER_iter_400.pth (iteration 400); checkpoint chosen on the target's own test set by "
        "target/HTER ('target-oracle', oracle, optimistic); trained on 5 labelled target images per class and the target's "
        "train images without labels"
    )
    written = json.loads(json.dumps(FULL.to_dict()))
    assert (written["checkpoint_oracle"], written["selection"], written["seed"]) == (True, "target-oracle", 3)
    assert Provenance.from_dict(written) == FULL
    assert Provenance.from_dict(written | dict(of_a_later_version=1)) == FULL


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({}, ""),
        (dict(checkpoint="a.pth"), "a.pth; unknown how the checkpoint was chosen"),
        (
            dict(run="I->C", selection="dev", selection_metric="dev/HTER", shots=0),
            "I->C; checkpoint chosen on held-out source videos by dev/HTER ('dev'); no target images in training",
        ),
        (dict(seed=0, iteration=0, selection="last"), "seed 0, iteration 0; checkpoint of the last iteration ('last')"),
        (dict(shots=1), "trained on 1 labelled target image per class"),
        (
            dict(checkpoint="a.pth", selection="fixed", unlabelled="test"),
            "a.pth; checkpoint of an iteration fixed before the training ('fixed'); trained on the target's test images "
            "without labels",
        ),
    ],
)
def test_unknown_values_are_left_out(values, line):
    known = Provenance(**values)
    assert known.line() == line
    assert not known.is_oracle


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (dict(selection="best"), "'best' does not exist; choose from target"),
        (dict(checkpoint="/home/user/a.pth"), "without its folder"),
        (dict(checkpoint="C:\\a.pth"), "without its folder"),
        (dict(run="a\x1b[2J"), r"run must be text in one line, without invisible characters, got 'a\\x1b\[2J'"),
        (dict(seed=-1), "seed must be 0 or more, got -1"),
        (dict(seed="1"), "seed must be a number, got '1'"),
        (dict(iteration=1.5), "iteration must be a number, got 1.5"),
        (dict(run=3), "run must be text in one line, .*got 3"),
        (dict(unlabelled="dev"), "unlabelled must be 'train', 'test' or None, got 'dev'"),
    ],
)
def test_bad_values(values, message):
    with pytest.raises(ValueError, match=message):
        Provenance(**values)


def test_adaptation_in_the_test_is_named():
    known = Provenance("p1", "OCI->M", shots=0, adapted="test")
    assert known.target_seen == "no target images in training; saw target images in the test (adapts to them)"
    assert Provenance.from_dict(known.to_dict()) == known
    record = dict(run=dict(name="OCI->M", protocol="p1", sources=["O"], target="M", shots=0), needs=dict(test_time=True))
    assert target_seen(record, "M")["adapted"] == "test"
    assert "adapted" not in target_seen(record | dict(needs=3), "M")
