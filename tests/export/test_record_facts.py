# SPDX-License-Identifier: Apache-2.0
"""What a record of a training says for a card."""

import pytest

from flip_mm.export.record_facts import decision_of, license_note, training_facts

RATE = dict(percent=5.0, wilson_95=[1.0, 12.0], errors=2, total=40)


def report(threshold=0.37, rule="deploy (apcer=0.05)", role="dev"):
    figures = dict(HTER=4.5, threshold=threshold)
    return dict(role=role, level="video", real=40, spoof=80, figures=figures, threshold_rule=rule, APCER={}, BPCER=RATE)


def record(**reports):
    validations = [
        dict(iteration=100, reports=dict(dev=report(0.9))),
        dict(iteration=200, reports=reports or dict(dev=report(), target=report(role="target"))),
    ]
    return dict(
        format=1,
        config=dict(name="a.py", sha256="0", settings=dict(model=1)),
        run=dict(name="OCI->M", sources=["O", "C", "I"], holdout=0.1),
        arithmetic=dict(threads=1),
        hardware=dict(devices=["CPU"]),
        weights=[dict(name="openai", source="model.backbone.pretrained"), dict(source="load_from")],
        validations=validations,
        checkpoint=dict(iteration=200),
    )


def test_the_threshold_of_held_out_videos():
    found = decision_of(record())
    assert (found.accept, found.reject, found.rule) == (0.37, 0.37, "apcer=0.05")
    assert found.origin == "fitted on held-out videos of the training domains at iteration 200"
    assert found.data == dict(role="dev", sources=["O", "C", "I"], holdout=0.1, level="video", real=40, spoof=80)
    assert found.rates["target"]["BPCER"] == RATE


@pytest.mark.parametrize(
    "reports",
    [
        dict(target=report(rule="paper", role="target")),
        dict(dev=report(rule="paper")),
        dict(dev=report(rule="fixed (0.5)")),
        dict(dev=report(float("inf"))),
        dict(dev=report(float("nan"))),
        dict(dev=report("0.5")),
    ],
)
def test_no_other_threshold(reports):
    assert decision_of(record(**reports)) is None
    assert decision_of({}) is None


def test_the_record_in_a_card():
    found = training_facts(record())
    assert found["config"] == dict(name="a.py", sha256="0")
    assert [item["iteration"] for item in found["validations"]] == [200]
    assert not found.keys() & {"arithmetic", "hardware", "settings"}
    assert training_facts({}) == {}
    with pytest.raises(ValueError, match="run"):
        training_facts(dict(format=1, run=3))


def test_the_licence_of_the_initial_weights():
    assert license_note(record()) == "The training started from openai, with the licence of these weights."
    assert license_note({}) == license_note(dict(weights=[])) == ""
