# SPDX-License-Identifier: Apache-2.0
"""Error rates and robustness, counted by hand."""

import numpy as np
import pytest

from flip_mm.evaluation.iso30107 import Rate
from flip_mm.evaluation.uncertainty import wilson
from flip_mm.qualify.accuracy import Threshold, accuracy, choose_threshold, describe
from flip_mm.qualify.probes import Probe, unchanged
from flip_mm.qualify.samples import Sample
from flip_mm.qualify.scoring import Presentations, presentations
from flip_mm.qualify.separation import is_better, separation
from flip_mm.qualify.stability import describe_stability, sweep_point
from flip_mm.qualify.subject import Subject

NONE = dict(spoof=Rate(0, 6), real=Rate(0, 4))
LABELS = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
ATTACKS = ["print"] * 4 + ["replay"] * 2 + ["bonafide"] * 4
SCORES = np.array([0.1, 0.2, 0.3, 0.9, 0.1, 0.6, 0.4, 0.7, 0.8, 0.95])
OWN = dict(threshold=0.7, origin="its description")
FOUND = Presentations(LABELS, ATTACKS, SCORES)


def subject(**options):
    return Subject("peer", "ONNX file", lambda crops, inputs: None, (), **options)


def samples():
    return [
        Sample("", f"{i}.png", int(label), attack, f"{i}.png")
        for i, (label, attack) in enumerate(zip(LABELS, ATTACKS, strict=True))
    ]


def test_rates_at_a_threshold():
    found = accuracy(FOUND, Threshold(0.5, "given"), NONE)
    assert found.iso.apcer == {"print": (1, 4), "replay": (1, 2)}
    assert found.iso.worst_attack == "replay"
    assert found.iso.bpcer == (1, 4)
    assert found.metrics.hter == pytest.approx((2 / 6 + 1 / 4) / 2)
    assert found.metrics.auc == pytest.approx(1 - (1 + 1 + 2 + 0) / 24)


def test_the_words_have_the_numbers():
    texts = {finding.code: finding.text for finding in describe(accuracy(FOUND, Threshold(0.5, "given"), NONE))}
    low, high = (100 * bound for bound in wilson(1, 2))
    assert (
        texts["apcer"] == f"Of 2 attacks of the type replay, 1 was accepted as live: 50.0 % (95 %: {low:.1f} to {high:.1f} %)."
    )
    assert texts["bpcer"].startswith("Of 4 live presentations, 1 was rejected: 25.0 % (95 %:")
    assert texts["few"].startswith("Too few presentations: APCER of print, APCER of replay, BPCER can be wrong by")
    assert not {"fitted", "unanswered"} & texts.keys()


def test_what_a_fitted_threshold_and_missing_answers_mean():
    missing = dict(spoof=Rate(0, 6), real=Rate(3, 7))
    texts = {finding.code: finding.text for finding in describe(accuracy(FOUND, Threshold(0.5, "fitted", True), missing))}
    assert "error rates are optimistic" in texts["fitted"]
    assert texts["unanswered"].startswith("No answer for 3 of 7 real pictures")


@pytest.mark.parametrize(
    ("options", "given", "rule", "value", "origin", "fitted"),
    [
        (dict(threshold=0.7, origin="its description"), 0.3, None, 0.3, "given on the command line", False),
        (dict(threshold=0.7, origin="its description"), None, None, 0.7, "its description", False),
        (
            dict(threshold=0.7, origin="its description"),
            None,
            "apcer=0",
            0.9,
            "fitted on these pictures by the rule apcer=0",
            True,
        ),
        ({}, None, None, 0.4, "fitted on these pictures by the rule eer", True),
    ],
)
def test_where_the_threshold_comes_from(options, given, rule, value, origin, fitted):
    found = choose_threshold(subject(**options), FOUND, given, rule)
    assert found.value == pytest.approx(value, abs=0.25 if rule is None and not options else 1e-9)
    assert (found.origin, found.fitted) == (origin, fitted)


def test_frames_of_a_video_are_one_presentation():
    own = [Sample("", name, 0, "print", video) for name, video in (("a0", "a"), ("b0", "b"), ("a1", "a"))]
    found = presentations(own, np.array([0.2, 0.5, 0.4]))
    assert found.scores.tolist() == pytest.approx([0.3, 0.5])
    assert found.labels.tolist() == [0, 0]


def test_a_point_of_a_sweep():
    changed = np.stack([SCORES, SCORES])
    changed[0, 0], changed[1, 6], changed[1, 1] = 0.8, 0.6, 0.25
    point = sweep_point(Probe("JPEG quality", "30", (unchanged,) * 2), samples(), SCORES, changed, 0.5)
    assert point.flips == pytest.approx(2 / 20)
    assert (point.largest_shift, point.largest_name) == (pytest.approx(0.7), "0.png")
    assert point.mean_shift == pytest.approx((0.7 + 0.2 + 0.05) / 20)
    assert point.apcer == pytest.approx((3 / 6 + 2 / 6) / 2)
    assert point.bpcer == pytest.approx((1 / 4 + 0) / 2)
    (finding,) = describe_stability([point])
    assert finding.text == "More than 5 % of the pictures get another verdict with: JPEG quality 30 (10 %)."


def test_chance_is_named():
    assert separation(np.array([0.1, 0.2, 0.9]), np.array([0, 0, 1])).chance == pytest.approx(2 / 3)
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 20)
    good, bad = np.clip(labels * 0.5 + rng.uniform(0, 0.5, 40), 0, 1), rng.uniform(size=40)
    assert separation(good, labels).is_certain
    assert not separation(bad, labels).is_certain
    assert is_better(bad, good, labels)
    assert not is_better(good, bad, labels)
    assert not is_better(1 - good[::7], good[::7], labels[::7])  # too few
