# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from scipy.stats import binomtest

from flip_mm.evaluation.uncertainty import bootstrap, wilson


@pytest.mark.parametrize(("errors", "total"), [(0, 60), (1, 60), (30, 60), (59, 60), (60, 60), (3, 5470)])
def test_wilson_agrees_with_scipy(errors, total):
    want = binomtest(errors, total).proportion_ci(0.95, method="wilson")
    assert wilson(errors, total) == pytest.approx((want.low, want.high), abs=1e-12)


def test_interval_of_zero_errors_in_sixty():
    assert wilson(0, 60)[0] == 0
    assert round(100 * wilson(0, 60)[1], 1) == 6.0
    assert wilson(60, 60)[1] == 1


@pytest.mark.parametrize(("errors", "total"), [(0, 0), (-1, 5), (6, 5)])
def test_impossible_counts(errors, total):
    with pytest.raises(ValueError, match="have no rate"):
        wilson(errors, total)


def drawn(labels, groups, **kwargs):
    """The rows of every resample."""
    rows = []
    bootstrap(lambda r: rows.append(r) or [0.0], labels, groups, **kwargs)
    return rows


def test_groups_stay_whole_and_both_classes_are_kept():
    groups = ["a", "b", "a", "c", "b", "c", "d", "e"]
    labels = np.array([1, 1, 0, 0, 0, 1, 0, 1])
    for rows in drawn(labels, groups, resamples=50):
        counts = dict.fromkeys("abcde", 0) | {g: [groups[r] for r in rows].count(g) for g in groups}
        assert all(np.count_nonzero(rows == i) == np.count_nonzero(rows == j) for i, j in ((0, 2), (1, 4), (3, 5)))
        # Three subjects of both classes, one of spoof alone, one of real alone.
        assert (counts["a"] + counts["b"] + counts["c"], counts["d"], counts["e"]) == (6, 1, 1)


def test_all_rows_are_drawn_equally_often():
    labels = np.arange(12) % 2
    rows = np.concatenate(drawn(labels, [f"v{i // 3}" for i in range(12)], resamples=2000))
    assert np.bincount(rows) == pytest.approx(np.full(12, 2000), rel=0.1)


def test_the_seed_determines_the_intervals():
    labels, scores = np.arange(40) % 2, np.arange(40) / 40

    def intervals(seed):
        return bootstrap(lambda rows: [scores[rows].mean()], labels, map(str, range(40)), 100, seed).tolist()

    assert intervals(1) == intervals(1) != intervals(2)


def test_interval_of_a_mean_agrees_with_theory():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=1000)
    labels = np.arange(1000) % 2
    ((low, high),) = bootstrap(lambda rows: [scores[rows].mean()], labels, map(str, range(1000)), 2000)
    assert (low, high) == pytest.approx((scores.mean() - 0.062, scores.mean() + 0.062), abs=0.008)
    # Ten copies of a video hold no more information than one: the interval must not shrink.
    many, of = np.repeat(scores[:100], 10), np.repeat(np.arange(100), 10)
    wide = bootstrap(lambda rows: [many[rows].mean()], np.repeat(labels[:100], 10), map(str, of), 500)[0]
    assert wide[1] - wide[0] > 0.3


def test_no_resamples():
    with pytest.raises(ValueError, match="at least 1 resample, got 0"):
        bootstrap(lambda rows: [0.0], [0, 1], "ab", resamples=0)
