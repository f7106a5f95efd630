# SPDX-License-Identifier: Apache-2.0
"""What is compared, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from flip_mm.export.parity import compare
from flip_mm.export.probes import Probes
from flip_mm.inference.model_card import Decision
from flip_mm.inference.outputs import Outputs

LABELS = np.array([0, 1] * 20)
ATTACKS = ["print" if label == 0 else "" for label in LABELS]


class Scores:
    """A runtime that knows its answers: the first pixel of a crop is its number."""

    def __init__(self, p_real):
        self.logits = np.log(np.stack([1 - p_real, p_real], 1))
        self.batches = []

    def __call__(self, crops):
        self.batches.append(len(crops[0]))
        return Outputs(self.logits[crops[0][:, 0, 0, 0]])


def crops(count=40):
    return np.broadcast_to(np.arange(count, dtype=np.uint8)[:, None, None, None], (count, 4, 4, 3))


@pytest.fixture
def scores():
    """Of 20 attacks and 20 real faces, without errors at 0.5."""
    rng = np.random.default_rng(0)
    return np.where(LABELS == 1, rng.uniform(0.6, 0.9, 40), rng.uniform(0.1, 0.4, 40))


def test_numbers(scores):
    other = scores.copy()
    other[0] += 0.25
    other[1] = 0.05
    want, got = Scores(scores), Scores(other)
    found = compare(want, got, Probes(crops(), "images", LABELS, ATTACKS), Decision(0.5, 0.4))
    assert want.batches == got.batches == [1, 10, 10, 10, 9]
    assert found.p_difference == pytest.approx(max(0.25, scores[1] - 0.05))
    assert found.mean_difference == pytest.approx((0.25 + scores[1] - 0.05) / 40)
    assert (found.images, found.threshold, found.threshold_origin) == (40, 0.5, "threshold of the model file")
    assert found.flips == 1 + (other[0] >= 0.5)
    assert found.pytorch == dict(AUC=100, APCER=0, BPCER=0, HTER=0)
    assert found.file["BPCER"] == pytest.approx(5)
    assert "PyTorch -> file, percent: AUC 100.00 -> " in found.lines()[1]


def test_thresholds_without_a_decision(scores):
    probes = Probes(crops(), "images", LABELS, ATTACKS)
    labelled = compare(Scores(scores), Scores(scores), probes, None)
    assert scores[LABELS == 0].max() < labelled.threshold <= scores[LABELS == 1].min()
    assert labelled.threshold_origin == "EER threshold of PyTorch"
    for labels in (None, np.ones(40, int)):
        found = compare(Scores(scores), Scores(scores), replace(probes, labels=labels), None)
        assert (found.threshold, found.threshold_origin) == (0.5, "for this comparison only")
        assert found.pytorch == found.file == {}


@pytest.mark.parametrize(
    ("precision", "shift", "is_refused"),
    [("fp32", 9e-5, False), ("fp32", 1.1e-4, True), ("fp16", 9e-3, False), ("fp16", 1.1e-2, True), ("int8", 0.05, False)],
)
def test_tolerances(scores, precision, shift, is_refused):
    other = scores.copy()
    other[7] -= shift
    found = compare(Scores(scores), Scores(other), Probes(crops(), "images", LABELS, ATTACKS), Decision(0.5, 0.5))
    if not is_refused:
        found.check(precision)
        return
    with pytest.raises(ValueError, match=r"p_real differs by up to 1\.1e-0\d on 40 images, 1e-0\d is allowed for fp"):
        found.check(precision)


@pytest.mark.parametrize(("name", "changed"), [("AUC", 0.01), ("HTER", 0.45)])
def test_lost_accuracy_of_int8(scores, name, changed):
    other = scores.copy()
    # Of a real face: below all attacks, or only below the threshold.
    other[1] = changed
    found = compare(Scores(scores), Scores(other), Probes(crops(), "images", LABELS, ATTACKS), Decision(0.5, 0.5))
    message = rf"^The int8 file is less accurate than PyTorch: {name} \d+\.00 -> \d+\.\d+ on 40 images"
    with pytest.raises(ValueError, match=message):
        found.check("int8")
