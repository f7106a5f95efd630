# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy import stats

from flip_mm.reproduction.spread import seed_interval


def test_one_value_has_no_spread():
    assert seed_interval([3.0]) is None
    assert seed_interval([]) is None


@pytest.mark.parametrize("values", [[2.0, 3.0], [5.73, 6.18, 11.91], [1.0, 1.0, 1.0, 1.0, 2.0]])
def test_against_scipys_t_distribution(values):
    scale = np.std(values, ddof=1) * np.sqrt(1 / len(values) + 1 / 5)
    assert seed_interval(values) == pytest.approx(stats.t.interval(0.95, len(values) - 1, np.mean(values), scale))


def test_it_covers_the_mean_of_five_further_seeds_in_95_of_100_cases():
    rng = np.random.default_rng(0)
    inside = [
        low <= rng.normal(3, 0.5, 5).mean() <= high for low, high in (seed_interval(rng.normal(3, 0.5, 3)) for _ in range(4000))
    ]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.01)
