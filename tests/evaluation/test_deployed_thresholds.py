# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.evaluation.curve import Ranking
from flip_mm.evaluation.deployed_thresholds import (
    Thresholds,
    band_rates,
    between,
    cross_fitted_rates,
    fit_thresholds,
    threshold_intervals,
)
from flip_mm.evaluation.iso30107 import Rate
from flip_mm.evaluation.temperature import calibrated
from flip_mm.evaluation.text_column import Codes
from flip_mm.evaluation.thresholds import fit_threshold


def drawn(count=400, gap=3.0, seed=0):
    """Scores, labels and attack types; of the two types one is harder."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 2
    kinds = np.where(labels == 1, "bonafide", np.where(np.arange(count) % 4 == 0, "print", "mask"))
    return calibrated(rng.normal(gap * (labels - 0.5) + 0.7 * (kinds == "mask")), 1.0), labels, kinds.astype(object)


def rejected(scores, labels, threshold):
    return int((scores[labels == 1] < threshold).sum())


@pytest.mark.parametrize("rule", ["apcer=0.1", "apcer=0.05", "bpcer=0.1", "bpcer=0.01"])
def test_the_counts_are_those_of_the_rule(rule):
    scores, labels, kinds = drawn()
    found = fit_thresholds(Ranking.of(scores, labels), rule, 0, kinds)
    want = fit_threshold(scores, labels, rule, kinds)
    assert found.accept == found.reject
    assert ((scores >= found.accept) == (scores >= want)).all()
    # Not at a score, so that rounding changes no answer.
    assert np.abs(scores - found.accept).min() > 1e-9


def test_eer_is_exact_where_all_scores_are_near_1():
    scores, labels, kinds = drawn()
    near = 1 - 1e-9 * (1 - scores)
    found = fit_thresholds(Ranking.of(near, labels), "eer", 0, kinds)
    far = np.mean(near[labels == 0] >= found.accept)
    assert abs(far - rejected(near, labels, found.accept) / 200) <= 1 / 200


@pytest.mark.parametrize("review", [0.02, 0.05, 0.5])
@pytest.mark.parametrize("rule", ["apcer=0.05", "eer", "bpcer=0.02"])
def test_review_is_a_share_of_the_real_samples(rule, review):
    scores, labels, kinds = drawn()
    alone = fit_thresholds(Ranking.of(scores, labels), rule, 0, kinds)
    found = fit_thresholds(Ranking.of(scores, labels), rule, review, kinds)
    # The threshold of the rule stays; the other one lets no more than the share of real samples between them.
    assert alone.accept == (found.reject if rule.startswith("bpcer") else found.accept)
    between_them = rejected(scores, labels, found.accept) - rejected(scores, labels, found.reject)
    most = int(review * 200)
    below = rejected(scores, labels, alone.accept)
    assert between_them == (min(most, 199 - below) if rule.startswith("bpcer") else min(most, below))


def test_without_a_rejected_real_sample_nothing_is_reviewed():
    scores, labels = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0, 0, 1, 1])
    found = fit_thresholds(Ranking.of(scores, labels), "eer", 0.5, None)
    assert found.accept == pytest.approx(0.5)
    assert band_rates(scores, labels, found).reviewed == Rate(0, 2)


@pytest.mark.parametrize(
    ("scores", "threshold", "middle"),
    [
        ([0.2, 0.8], 0.2, 0.0),
        ([0.2, 0.8], 0.8, 0.5),
        ([0.2, 0.8], 0.81, np.nextafter(0.8, 1)),
        ([0.0, 0.5], 0.1, 0.25),
        ([0.5, 1.0], 1.0, 0.75),
        ([0.01, 0.99], 0.5, 0.5),
        ([1e-8, 1e-2], 1e-5, 1.005e-5),
        ([np.nextafter(0.5, 0), 0.5], 0.5, 0.5),
    ],
)
def test_the_middle_of_two_scores(scores, threshold, middle):
    assert between(np.array(scores), threshold) == pytest.approx(middle, rel=1e-2, abs=1e-12)


def test_rates_of_three_answers():
    scores = np.array([0.1, 0.5, 0.9, 0.1, 0.5, 0.9, 0.9])
    labels = np.array([1, 1, 1, 0, 0, 0, 0])
    kinds = ["bonafide"] * 3 + ["print", "print", "mask", "print"]
    found = band_rates(scores, labels, Thresholds(0.9, 0.5), kinds)
    assert (found.rejected, found.reviewed) == (Rate(1, 3), Rate(1, 3))
    assert found.accepted_attacks == dict(mask=Rate(1, 1), print=Rate(1, 3))
    assert found.reviewed_attacks == dict(mask=Rate(0, 1), print=Rate(1, 3))


def test_counts_of_a_resample_are_those_of_its_rows():
    scores, labels, kinds = drawn(100)
    ranking = Ranking.of(scores, labels)
    counts = np.random.default_rng(1).integers(0, 3, 100)
    rows = np.repeat(ranking.order, counts)
    for rule in ("apcer=0.1", "bpcer=0.1", "eer"):
        own = fit_thresholds(ranking, rule, 0.1, kinds, counts)
        copy = fit_thresholds(Ranking.of(scores[rows], labels[rows]), rule, 0.1, kinds[rows])
        for table in (scores[rows],):
            assert ((table >= own.accept) == (table >= copy.accept)).all()
            assert ((table >= own.reject) == (table >= copy.reject)).all()


def test_intervals_hold_the_threshold_and_shrink():
    widths = []
    for count in (100, 2000):
        scores, labels, kinds = drawn(count)
        ranking = Ranking.of(scores, labels)
        found = fit_thresholds(ranking, "apcer=0.1", 0, kinds).accept
        (low, high), _ = threshold_intervals(ranking, "apcer=0.1", 0, kinds)
        assert low <= found <= high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_held_out_rates_count_every_sample_once_and_are_not_better():
    fitted, held_out = [], []
    for seed in range(20):
        scores, labels, kinds = drawn(60, gap=1.5, seed=seed)
        codes = Codes.of(kinds)
        own = fit_thresholds(Ranking.of(scores, labels), "bpcer=0.1", 0, codes)
        rates = cross_fitted_rates(scores, labels, "bpcer=0.1", 0.0, codes, Codes.of(map(str, range(60))))
        assert rates.rejected.total == 30
        assert {name: rate.total for name, rate in rates.accepted_attacks.items()} == dict(mask=15, print=15)
        fitted.append(band_rates(scores, labels, own).rejected.value)
        held_out.append(rates.rejected.value)
    assert max(fitted) <= 0.1
    assert np.mean(held_out) > np.mean(fitted)


def test_samples_of_a_group_are_held_out_together():
    # Two people: one is always rejected by a threshold that is fitted on the other.
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.2, 0.1, 0.05])
    labels = np.array([1, 1, 0, 0, 1, 1, 0, 0])
    people = Codes.of("aaaabbbb")
    with_people = cross_fitted_rates(scores, labels, "eer", 0.0, Codes.of(["x"] * 8), people, folds=2)
    assert (with_people.rejected, with_people.accepted_attacks["x"]) == (Rate(2, 4), Rate(2, 4))
