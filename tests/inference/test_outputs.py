# SPDX-License-Identifier: Apache-2.0
"""Probabilities from logits."""

import numpy as np
import pytest

from flip_mm.inference.outputs import Outputs, check_crops, check_finite


def test_p_real_keeps_differences_that_a_float32_softmax_loses():
    outputs = Outputs(np.array([[0, 0], [0, 20], [0, 30], [1000, 0], [1, 3]], np.float32))
    found = outputs.p_real()
    assert found[0] == 0.5
    assert found[3] == 0
    assert 1 > found[2] > found[1] > 1 - 1e-8
    np.testing.assert_allclose(found[4], 1 / (1 + np.exp(-2)))
    np.testing.assert_allclose(outputs.p_real(4.0)[4], 1 / (1 + np.exp(-0.5)))


def test_answers_must_be_finite():
    with pytest.raises(ValueError, match="not finite: its weights are damaged"):
        check_finite(Outputs(np.zeros((1, 2), np.float32), np.array([[np.nan]], np.float32)))


def test_crops_must_fit(make_card):
    check_crops(make_card(), [np.zeros((2, 8, 8, 3), np.uint8)])
    for crops in ([], [np.zeros((2, 8, 9, 3), np.uint8)], [np.zeros((2, 8, 8, 3), np.float32)]):
        with pytest.raises(ValueError, match="crop"):
            check_crops(make_card(), crops)
