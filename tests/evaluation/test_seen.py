# SPDX-License-Identifier: Apache-2.0
"""What the weights of a training have seen through the checkpoints that it started from."""

import json

import pytest

from flip_mm.evaluation.provenance import Provenance
from flip_mm.evaluation.seen import seen_before, seen_by, target_seen

EMPTY = dict(aux=[], shots=0, holdout=0.0, unlabelled="")


def run(sources, target, **more):
    return dict(name="x", protocol="p1", sources=list(sources), target=target) | EMPTY | more


def started(own, parent, name="parent.pth"):
    return dict(run=own, weights=[dict(source="load_from", name=name, seen=seen_by(parent, name))])


FIRST = dict(run=run("OC", "I", shots=5, unlabelled="test"), weights=[dict(source="model.backbone.pretrained", name="openai")])
SECOND = started(run("OC", "M"), FIRST)
THIRD = started(run("OC", "M"), SECOND)


def test_runs_of_all_ancestors():
    assert seen_before(FIRST) == dict(runs=[], unknown=[])
    found = seen_before(THIRD)
    assert ([own["target"] for own in found["runs"]], found["unknown"]) == (["M", "I"], [])
    assert "name" not in found["runs"][0]
    assert json.loads(json.dumps(THIRD)) == THIRD


def test_what_is_known_of_each_target():
    none = dict(shots=0, unlabelled=None, unknown_start="")
    assert target_seen(THIRD, "M") == target_seen(THIRD, None) == target_seen(THIRD, "W") == none
    assert target_seen(THIRD, "I") == dict(shots=5, unlabelled="test", unknown_start="")
    assert target_seen(FIRST, "W") == none
    assert target_seen({}, "M") == target_seen({}, None) == none | dict(shots=None)


@pytest.mark.parametrize("parent", [{}, dict(seed=1), dict(run=3), dict(run=dict(protocol="p1"))])
def test_a_file_without_a_record_is_unknown(parent):
    record = started(run("OC", "M"), started(run("OC", "M"), parent, "clip.pt"))
    assert target_seen(record, "M") == dict(shots=0, unlabelled=None, unknown_start="clip.pt")
    unknown = "unknown what clip.pt, the start of the training, has seen of the target"
    assert Provenance(**target_seen(record, "M")).target_seen == unknown
    adapted = started(run("OC", "M", unlabelled="test"), parent, "clip.pt")
    assert Provenance(**target_seen(adapted, "M")).target_seen == (
        f"trained on the target's test images without labels; {unknown}"
    )


@pytest.mark.parametrize(
    "seen", [None, 3, dict(runs=[4]), dict(runs=[dict(target="M")]), dict(runs=[run("O", "M", shots="5")])]
)
def test_weights_that_do_not_tell_their_runs_are_unknown(seen):
    record = dict(run=run("OC", "M"), weights=[dict(source="load_from", name="a.pth", seen=seen), 3])
    assert seen_before(record) == dict(runs=[], unknown=["a.pth"])
