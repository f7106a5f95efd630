# SPDX-License-Identifier: Apache-2.0
"""Counting sorted rows gives what an evaluation of the rows of each resample gives."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flip_mm.evaluation import EvaluationOptions, ScoreTable, make_reports
from flip_mm.evaluation.curve import GRID, Ranking, area, tpr_at
from flip_mm.evaluation.functional import far_frr, metrics_at, roc_curve
from flip_mm.evaluation.thresholds import fit_threshold
from flip_mm.evaluation.uncertainty import bootstrap

ROWS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 1), st.integers(0, 3)), min_size=4, max_size=60).filter(
    lambda rows: {label for _, label, count in rows if count} == {0, 1}
)


@settings(deadline=None, max_examples=100, derandomize=True)
@given(ROWS, st.sampled_from([None, 0.5, 0.25, 1.1]))
def test_counts_are_repeated_rows(rows, threshold):
    scores, labels, counts = np.array(rows).T
    scores = scores / 12
    ranking, again = Ranking.of(scores, labels), np.repeat(np.arange(len(rows)), counts)
    curve = ranking.drawn(counts[ranking.order])
    assert curve.metrics(threshold) == metrics_at(scores[again], labels[again], threshold)
    for own, other in zip(curve.roc(), roc_curve(scores[again], labels[again]), strict=True):
        assert own.tobytes() == other.tobytes()


@settings(deadline=None, max_examples=300, derandomize=True)
@given(ROWS, st.sampled_from([0.0, 0.01, 0.25, 1 / 3, 0.5, 0.999]))
def test_single_values_equal_those_of_the_roc_curve(rows, bound):
    scores, labels, counts = np.array(rows).T
    ranking = Ranking.of(scores / 12, labels)
    curve = ranking.drawn(counts[ranking.order])
    fpr, tpr, _ = curve.roc()
    assert curve.tpr(bound) == tpr_at(fpr, tpr, bound)
    assert curve.auc() == pytest.approx(area(fpr, tpr), abs=4e-16)
    assert [curve.hter(at) for at in GRID[::1250]] == [sum(curve.far_frr(at)) / 2 for at in GRID[::1250]]


@settings(deadline=None, max_examples=100, derandomize=True)
@given(ROWS)
def test_auc_is_the_share_of_pairs_in_order_rounded_once(rows):
    scores, labels, counts = np.array(rows).T
    ranking = Ranking.of(scores / 12, labels)
    real, spoof = (np.repeat(scores[labels == label], counts[labels == label]) for label in (1, 0))
    twice = 2 * int((real[:, None] > spoof).sum()) + int((real[:, None] == spoof).sum())
    assert ranking.drawn(counts[ranking.order]).auc() == float(Fraction(twice, 2 * real.size * spoof.size))


@settings(deadline=None, max_examples=100, derandomize=True)
@given(ROWS)
def test_exact_eer_uses_all_thresholds_between_scores(rows):
    scores, labels, _ = np.array([(score, label, 1) for score, label, _ in rows]).T
    far, frr = far_frr(scores / 12, labels, np.append(np.unique(scores / 12), GRID[-1]))
    gap = np.abs(frr - far)
    place = np.flatnonzero(gap == gap.min())[-1]
    assert Ranking.of(scores / 12, labels).curve.exact_eer() == (far[place] + frr[place]) / 2


def some_frames():
    """Many equal scores, subjects of one and both classes, and an attack type that many resamples lack."""
    rng = np.random.default_rng(0)
    rows = []
    for video in range(90):
        real = video % 3 == 0
        attack = "bonafide" if real else "rare" if video == 1 else ("print", "replay")[video % 2]
        for frame in range(1 + video % 3):
            score = float(np.clip(round(rng.normal(0.6 if real else 0.45, 0.2), 1), 0, 1))
            rows.append((f"{video}_{frame}", str(video), str(video // 2 % 20), "OM"[video % 2], attack, int(real), score))
    return ScoreTable.from_frames(rows)


@pytest.mark.parametrize("level", ["video", "frame"])
@pytest.mark.parametrize("by", ["video", "subject"])
@pytest.mark.parametrize("rule", ["eer", "apcer=0.1", "apcer=0", "bpcer=0.2", None])
def test_intervals_equal_those_of_evaluated_resamples(rule, by, level):
    options = EvaluationOptions(0.5, level) if rule is None else EvaluationOptions("deploy", level, rule)
    report = make_reports(dict(dev=some_frames()), options)["dev"]
    own = report.samples

    def measure(rows):
        columns = own.score[rows], own.label[rows]
        found = metrics_at(*columns, 0.5 if rule is None else fit_threshold(*columns, rule, own.attack_type[rows]))
        return 100 * found.hter, 100 * found.auc, 100 * found.tpr_at_fpr1

    groups = own.videos if by == "video" else zip(own.domain, own.subject, strict=True)
    want = bootstrap(measure, own.label, groups, 40, seed=3)
    found = report.bootstrap(by, 40, seed=3)
    assert [*found] == ["HTER", "AUC", "TPR@FPR=1%"]
    hter, auc, tpr = found.values()
    assert [hter, tpr] == [tuple(want[0]), tuple(want[2])]
    # The sum of the bootstrap is exact.
    assert auc == pytest.approx(want[1], abs=1e-13)
