# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flip_mm.evaluation.functional import eer_threshold
from flip_mm.evaluation.thresholds import allowed_errors, fit_threshold

ROWS = st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["", "print", "mask"])), min_size=2, max_size=40).filter(
    lambda rows: 0 < sum(attack == "" for _, attack in rows) < len(rows)
)


def columns(rows):
    scores, attacks = zip(*rows, strict=True)
    return np.array(scores) / 12, np.array([int(attack == "") for attack in attacks]), list(attacks)


def worst_apcer(scores, attacks, threshold):
    return max(np.mean([s >= threshold for s, a in zip(scores, attacks, strict=True) if a == t]) for t in set(attacks) - {""})


@settings(deadline=None, max_examples=80, derandomize=True)
@given(ROWS, st.sampled_from([0.0, 0.01, 0.1, 1 / 3, 0.5]))
def test_apcer_rule_is_the_smallest_threshold_that_holds(rows, bound):
    scores, labels, attacks = columns(rows)
    found = fit_threshold(scores, labels, f"apcer={bound!r}", attacks)
    assert worst_apcer(scores, attacks, found) <= bound
    assert worst_apcer(scores, attacks, np.nextafter(found, -1)) > bound
    pooled = fit_threshold(scores, labels, f"apcer={bound!r}")
    assert np.mean(scores[labels == 0] >= pooled) <= bound < np.mean(scores[labels == 0] >= np.nextafter(pooled, -1))


@settings(deadline=None, max_examples=80, derandomize=True)
@given(ROWS, st.sampled_from([0.0, 0.01, 0.1, 1 / 3, 0.5]))
def test_bpcer_rule_is_the_largest_threshold_that_holds(rows, bound):
    scores, labels, _ = columns(rows)
    found, real = fit_threshold(scores, labels, f"bpcer={bound!r}"), scores[labels == 1]
    assert np.mean(real < found) <= bound < np.mean(real < np.nextafter(found, 2))


def test_a_spoof_at_1_makes_the_threshold_reject_all():
    assert fit_threshold([1.0, 1.0], [0, 1], "apcer=0") == np.nextafter(1, 2)


def test_eer_is_the_published_rule_and_the_default():
    scores, labels = np.arange(20) / 20, np.arange(20) % 3 % 2
    assert fit_threshold(scores, labels) == fit_threshold(scores, labels, "eer") == eer_threshold(scores, labels)


@pytest.mark.parametrize("total", [1, 7, 60, 100, 900])
def test_allowed_errors_are_not_lost_to_rounding(total):
    assert [allowed_errors(total, k / total) for k in range(total)] == list(range(total))
    assert allowed_errors(total, np.nextafter(1 / total, 0)) == 0


@pytest.mark.parametrize("rule", ["hter", "apcer", "apcer=", "apcer=x", "apcer=1", "apcer=-0.1", "apcer=nan", "eer=0.1", None])
def test_unknown_rules(rule):
    with pytest.raises(ValueError, match="A threshold rule is 'eer', 'apcer=X' or 'bpcer=X'"):
        fit_threshold([0.1, 0.9], [0, 1], rule)
