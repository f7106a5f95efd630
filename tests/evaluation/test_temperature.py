# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from flip_mm.evaluation.temperature import HIGHEST, LIMIT, LOWEST, calibrated, fit_temperature, log_odds


def drawn(truth, count=20_000, seed=0):
    """Log odds that are ``truth`` times too large, and labels."""
    rng = np.random.default_rng(seed)
    d = rng.normal(0, 2, count)
    return truth * d, (rng.uniform(size=count) < calibrated(d, 1)).astype(int)


@pytest.mark.parametrize("truth", [0.25, 1.0, 3.0])
def test_the_true_temperature_is_found(truth):
    found = fit_temperature(*drawn(truth))
    assert found.value == pytest.approx(truth, rel=0.04)
    assert (found.is_separable, found.is_bounded) == (False, False)


def test_it_minimises_the_loss():
    d, y = drawn(2.0, 300)
    real, spoof = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (real + 1) / (real + 2), 1 / (spoof + 2))

    def loss(logarithm):
        p = calibrated(d, np.exp(logarithm))
        return -np.mean(target * np.log(p) + (1 - target) * np.log(1 - p))

    best = minimize_scalar(loss, bounds=(-3, 3), method="bounded", options=dict(xatol=1e-10))
    assert fit_temperature(d, y).value == pytest.approx(np.exp(best.x), rel=1e-4)


def test_a_weight_counts_like_copies():
    d, y = drawn(2.0, 200)
    weights = np.arange(200) % 3 + 1
    copies = np.repeat(np.arange(200), weights)
    assert fit_temperature(d, y, weights).value == pytest.approx(fit_temperature(d[copies], y[copies]).value, rel=1e-9)


def test_separable_samples_have_a_finite_temperature():
    d = np.array([-0.2, -0.1, 0.1, 0.2] * 10)
    found = fit_temperature(d, (d > 0).astype(int))
    assert found.is_separable
    assert not found.is_bounded
    # Twenty samples of a class without a mistake: no more than 21 of 22.
    assert calibrated(0.15, found.value) == pytest.approx(21 / 22, abs=0.02)
    # More samples allow surer answers.
    assert fit_temperature(np.tile(d, 100), (np.tile(d, 100) > 0).astype(int)).value < found.value


@pytest.mark.parametrize(("sign", "value"), [(-1, HIGHEST), (1e-6, LOWEST)])
def test_the_range_of_temperatures(sign, value):
    d, y = drawn(1.0, 1000)
    found = fit_temperature(sign * d, y)
    assert (found.value, found.is_bounded) == (value, True)


def test_log_odds_of_saturated_scores():
    values, clipped = log_odds([0.0, 1e-30, 0.5, 1 - 2.0**-24, 1.0])
    assert values.tolist() == pytest.approx([-LIMIT, -LIMIT, 0, LIMIT, LIMIT])
    assert clipped == 3
    p = np.linspace(0.001, 0.999, 99)
    assert calibrated(log_odds(p)[0], 1.0) == pytest.approx(p, rel=1e-12)


@pytest.mark.parametrize(
    ("d", "y", "words"), [([np.nan, 1.0], [0, 1], "1 of 2 log odds"), ([1.0, 2.0], [1, 1], "both classes"), ([], [], "both")]
)
def test_refused(d, y, words):
    with pytest.raises(ValueError, match=words):
        fit_temperature(d, y)
