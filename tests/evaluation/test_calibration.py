# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.evaluation.calibration import brier_score, calibration_error, reliability
from flip_mm.evaluation.uncertainty import wilson


def test_calibration():
    rng = np.random.default_rng(0)
    scores = rng.uniform(size=200_000)
    labels = (rng.uniform(size=200_000) < scores).astype(int)
    assert calibration_error(scores, labels) < 0.01
    assert calibration_error(scores, 1 - labels) == pytest.approx(0.5, abs=0.01)
    assert calibration_error([0.0, 1.0], [0, 1]) == 0
    assert calibration_error([1.0, 1.0, 1.0, 1.0], [0, 1, 1, 1]) == 0.25
    # The last of the 15 bins includes 1.
    assert calibration_error([0.95, 1.0], [1, 0]) == pytest.approx((1.95 - 1) / 2)


def test_reliability_bins_hold_every_sample_once():
    scores, labels = [0.0, 0.05, 0.5, 0.95, 1.0, 1.0], [0, 0, 1, 1, 1, 0]
    bins = reliability(scores, labels)
    assert [(own.total, own.real) for own in bins] == [(2, 0), (1, 1), (3, 2)]
    assert [own.score for own in bins] == pytest.approx([0.025, 0.5, 2.95 / 3])
    assert [(own.low, own.high) for own in bins] == [(0, 1 / 15), (7 / 15, 8 / 15), (14 / 15, 1)]
    assert bins[2].interval == wilson(2, 3)
    error = sum(own.total * abs(own.score - own.share) for own in bins) / 6
    assert error == pytest.approx(calibration_error(scores, labels))


def test_brier_score():
    assert brier_score([0.5, 0.5], [0, 1]) == 0.25
    assert brier_score([0.0, 1.0], [0, 1]) == 0
    assert brier_score([0.2, 0.9], [1, 1]) == pytest.approx((0.64 + 0.01) / 2)
