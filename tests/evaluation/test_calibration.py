# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.evaluation.calibration import calibration_error


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
