# SPDX-License-Identifier: Apache-2.0
import itertools
import math

import numpy as np
import pytest
from scipy.stats import binom, norm

from flip_mm.evaluation.functional import auc
from flip_mm.evaluation.paired import delong, errors, holm, hter_permutation, mcnemar, sign_flips

LABELS = np.array([1] * 30 + [0] * 40)


def scores(seed, ties=False):
    """Correlated scores of two detectors."""
    rng = np.random.default_rng(seed)
    base = rng.normal(size=70) + LABELS
    both = [1 / (1 + np.exp(-(base + rng.normal(0, noise, 70)))) for noise in (0.5, 1.0)]
    return [np.round(values, 1) if ties else values for values in both]


def textbook_delong(labels, first, second):
    """The covariance matrices S10 and S01 of the paper, from the kernel of all pairs."""
    components = [], []
    for values in (first, second):
        x, y = values[labels == 1], values[labels == 0]
        kernel = (x[:, None] > y) + 0.5 * (x[:, None] == y)
        components[0].append(kernel.mean(1))
        components[1].append(kernel.mean(0))
    covariance = np.cov(components[0]) / len(x) + np.cov(components[1]) / len(y)
    contrast = np.array([1, -1])
    value = components[0][0].mean() - components[0][1].mean()
    return value, 2 * norm.sf(abs(value) / math.sqrt(contrast @ covariance @ contrast))


def test_delong_by_hand():
    # Shares of the real samples: (1, 1, 2/3) and (1, 1/3, 2/3); of the spoof samples: (2/3, 1, 1) and (1/3, 2/3, 1).
    # Variances of the differences: 4/27 / 3 and 1/27 / 3, together 5/81; z = (2/9) / sqrt(5/81) = 2 / sqrt(5).
    found = delong([1, 1, 1, 0, 0, 0], [0.9, 0.8, 0.4, 0.5, 0.2, 0.1], [0.9, 0.3, 0.4, 0.5, 0.35, 0.1])
    assert found == pytest.approx((2 / 9, 2 * norm.sf(2 / math.sqrt(5))))


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_delong_is_that_of_the_paper(seed, ties):
    first, second = scores(seed, ties)
    found = delong(LABELS, first, second)
    assert found == pytest.approx(textbook_delong(LABELS, first, second))
    assert found.value == pytest.approx(auc(first, LABELS) - auc(second, LABELS))
    assert delong(LABELS, second, first) == pytest.approx((-found.value, found.p))
    assert delong(LABELS, [first, first], [second]) == pytest.approx(found)


def test_delong_agrees_with_a_bootstrap():
    first, second = scores(5)
    rng, found = np.random.default_rng(0), []
    for _ in range(600):
        rows = np.concatenate([rng.choice(np.flatnonzero(label == LABELS), (label == LABELS).sum()) for label in (0, 1)])
        found.append(auc(first[rows], LABELS[rows]) - auc(second[rows], LABELS[rows]))
    test = delong(LABELS, first, second)
    deviation = abs(test.value) / norm.isf(test.p / 2)
    assert np.std(found) == pytest.approx(deviation, rel=0.1)


def test_delong_of_the_mean_of_several_trainings():
    rng = np.random.default_rng(2)
    first, second = rng.random((3, 70)), rng.random((2, 70))
    found = delong(LABELS, first, second)
    assert found.value == pytest.approx(np.mean([auc(s, LABELS) for s in first]) - np.mean([auc(s, LABELS) for s in second]))
    assert 0 < found.p < 1


def test_delong_without_difference_and_with_too_few_samples():
    first, _ = scores(0)
    assert delong(LABELS, first, first**2) == (0, 1)
    perfect = LABELS * 0.5 + 0.2
    assert delong(LABELS, perfect, 1 - perfect) == (1, 0)
    with pytest.raises(ValueError, match="two real and two spoof"):
        delong([1, 0, 0], [0.1, 0.2, 0.3], [0.3, 0.2, 0.1])
    with pytest.raises(ValueError, match="Expected scores in 0"):
        delong([1, 1, 0, 0], [0.1, 2, 0.3, 0.4], [0.3, 0.2, 0.1, 0.4])


def test_errors_are_on_the_wrong_side():
    assert errors([1, 1, 0, 0], [0.5, 0.4, 0.5, 0.4], 0.5).tolist() == [0, 1, 1, 0]


@pytest.mark.parametrize(("only_first", "only_second"), [(0, 0), (1, 0), (6, 1), (4, 4), (0, 9)])
def test_mcnemar_is_the_exact_binomial_test(only_first, only_second):
    count = only_first + only_second
    first = [1] * only_first + [0] * only_second + [1, 0]
    second = [0] * only_first + [1] * only_second + [1, 0]
    expected = min(1, 2 * binom.cdf(min(only_first, only_second), count, 0.5)) if count else 1
    assert mcnemar(first, second) == pytest.approx(((only_first - only_second) / (count + 2), expected))


def test_the_permutation_of_hter_counts_all_exchanges():
    labels = np.array([1, 1, 1, 0, 0, 0, 0])
    first, second = np.array([1, 1, 0, 1, 0, 1, 0]), np.array([0, 0, 0, 1, 1, 0, 0])

    def hter(wrong):
        return (wrong[labels == 1].mean() + wrong[labels == 0].mean()) / 2

    value = hter(first) - hter(second)
    exchanged = []
    for swap in itertools.product([False, True], repeat=7):
        exchanged.append(hter(np.where(swap, second, first)) - hter(np.where(swap, first, second)))
    expected = np.mean(np.abs(exchanged) >= abs(value) - 1e-12)
    assert hter_permutation(labels, first, second) == pytest.approx((value, expected))
    assert hter_permutation(labels, [first, first], [second, second]) == pytest.approx((value, expected))


def test_random_exchanges_are_near_the_exact_p_and_repeatable():
    rng = np.random.default_rng(3)
    differences = rng.normal(0.4, 1, 14)
    exact = sign_flips(differences)
    many = sign_flips([*differences, *[1e-9] * 20])
    assert many == sign_flips([*differences, *[1e-9] * 20])
    assert many.p == pytest.approx(exact.p, abs=0.02)
    assert sign_flips(np.ones(40), resamples=99).p == 0.01


@pytest.mark.parametrize("seeds", [1, 3, 5, 8])
def test_the_smallest_p_of_seeds(seeds):
    found = sign_flips(np.arange(1.0, seeds + 1))
    assert found == pytest.approx(((seeds + 1) / 2, 2 / 2**seeds))
    assert sign_flips([0.0] * seeds) == (0, 1)


def test_equal_sums_in_another_order_count():
    assert sign_flips([0.1, 0.2, -0.3]).p == 1


def test_holm():
    # Example of Holm's method: 4 tests.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
