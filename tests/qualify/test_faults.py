# SPDX-License-Identifier: Apache-2.0
"""Detectors that are connected wrongly are diagnosed."""

import numpy as np
import pytest

from flip_mm.qualify.finding import ERROR

# Keys that a callable does not have.
CALLABLE = dict(colour=None, mean=None, std=None)


def faults(found):
    return {finding.code: finding for finding in found.findings if finding.severity == ERROR}


def severities(found):
    return {finding.code: finding.severity for finding in found.findings}


@pytest.fixture
def callable_named(monkeypatch):
    """callable_named(function): its name for flip_mm qualify."""

    def name(function):
        monkeypatch.setitem(globals(), "answer", function)
        return f"{__name__}:answer"

    return name


def test_a_detector_that_is_right_passes_every_check(graph, describe, judge):
    found = judge(graph(), describe())
    assert not faults(found)
    assert {code for code, severity in severities(found).items() if severity == "good"} >= {
        "polarity",
        "softmax",
        "pixels",
        "random",
        "batch",
    }
    assert found.accuracy.metrics.auc == 1.0
    assert found.verdict.startswith("No fault in its connection was found. At threshold")


@pytest.mark.parametrize("in_graph", [True, False])
def test_swapped_classes(graph, describe, judge, in_graph):
    found = judge(graph(swapped=in_graph), describe(live=1 if in_graph else 0))
    fault = faults(found)["polarity"]
    assert "The classes are swapped" in fault.text
    assert fault.advice == ("Set `live: 0`." if in_graph else "Set `live: 1`.")
    assert found.accuracy.metrics.auc == 0.0
    assert found.verdict.startswith("Do not use it like this. The classes are swapped")
    assert {*faults(found)} == {"polarity"}  # and not also the colours or the pixel range


def test_the_best_of_three_outputs_is_named(graph, describe, judge):
    fault = faults(judge(graph(classes=3), describe(live=2)))["polarity"]
    assert fault.advice == "Set `live: 1`, which gives an AUC of 1.000."


def test_softmax_twice_inside_of_the_graph(graph, describe, judge):
    found = judge(graph(softmax=2), describe())
    assert "inside 0.269 to 0.731, the range of softmax applied twice" in faults(found)["softmax_twice"].text
    assert 0.268 < found.scored.scores.min() < found.scored.scores.max() < 0.732


def test_softmax_twice_by_the_description(graph, describe, judge):
    found = judge(graph(), describe(softmax=False))
    assert faults(found)["softmax_twice"].advice == "Set `softmax: true`."


def test_logits_with_the_right_description(graph, describe, judge):
    probabilities = judge(graph(), describe(), most=0).scored.scores
    logits = judge(graph(softmax=0), describe(softmax=False), most=0)
    assert logits.scored.scores == pytest.approx(probabilities, abs=1e-6)
    assert not faults(logits)


def test_exchanged_colours(graph, describe, judge):
    fault = faults(judge(graph(), describe(colour="BGR")))["colours"]
    assert "with the other order, the AUC is 1.000" in fault.text


@pytest.mark.parametrize("std", [1, 25500])
def test_a_wrong_pixel_range(graph, describe, judge, std):
    found = judge(graph(), describe(std=[std] * 3))
    assert {*faults(found)} & {"pixels", "constant"}


def test_a_constant_score(judge, describe, callable_named):
    found = judge(callable_named(lambda crops: np.full(len(crops), 0.5)), describe(**CALLABLE))
    assert "All pictures have the same score, 0.5000" in faults(found)["constant"].text


def test_random_scores(judge, describe, callable_named):
    rng = np.random.default_rng(0)
    found = judge(callable_named(lambda crops: rng.uniform(size=len(crops))), describe(**CALLABLE))
    assert "random" in faults(found)


def test_a_score_that_depends_on_its_batch(judge, describe, callable_named):
    def answer(crops):
        red = crops[..., 0].mean((1, 2))
        return 1 / (1 + np.exp(-(red - red.mean()) / 10))

    found = judge(callable_named(answer), describe(**CALLABLE))
    assert "depends on the other pictures of its batch" in faults(found)["batch"].text


def test_too_few_pictures_prove_nothing(graph, describe, judge, pictures, tmp_path):
    for name in ("real/0.png", "spoof/print/0.png", "spoof/replay/0.png"):
        (tmp_path / "few" / name).parent.mkdir(parents=True)
        (tmp_path / "few" / name).write_bytes((pictures / name).read_bytes())
    found = judge(graph(), describe(), root=tmp_path / "few")
    assert found.accuracy.metrics.auc == 1.0
    assert severities(found)["polarity"] == severities(found)["few"] == "warning"
    assert found.verdict.startswith("Nothing can be said about its accuracy. These 3 presentations do not show")
    assert not faults(found)


def test_blank_pictures(graph, describe, judge):
    found = judge(graph(), describe())
    blank = next(finding for finding in found.findings if finding.code == "blank")
    assert blank.severity == "warning"
    assert "accepted as live: white (p_live: black 0.000" in blank.text
