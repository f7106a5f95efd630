# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as sklearn_roc_curve

from flip_mm.evaluation.functional import auc, average_videos, eer_threshold, far_frr, metrics_at, roc_curve, tpr_at_fpr


def draw(seed: int, n: int = 200, digits: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes with many ties."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 3 == 0).astype(int)
    return np.round(np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1), digits), labels


def slow_threshold(scores: np.ndarray, labels: np.ndarray) -> float:
    """The published rule as a slow loop over thresholds."""
    best, found = np.inf, None
    for threshold in [i / 10000 for i in range(10001)] + [1.1]:
        far = np.mean(scores[labels == 0] >= threshold)
        frr = np.mean(scores[labels == 1] < threshold)
        if abs(frr - far) <= best:
            best, found = abs(frr - far), threshold
    return found


@pytest.mark.parametrize("seed", range(5))
def test_against_slow_loop(seed):
    scores, labels = draw(seed)
    threshold = slow_threshold(scores, labels)
    far, frr = np.mean(scores[labels == 0] >= threshold), np.mean(scores[labels == 1] < threshold)
    found = metrics_at(scores, labels)
    assert found.threshold == threshold
    assert (found.far, found.frr, found.hter, found.eer) == (far, frr, (far + frr) / 2, (far + frr) / 2)
    assert found.acc == np.mean((scores >= threshold) == labels)


@pytest.mark.parametrize("seed", range(5))
def test_roc_against_its_definition(seed):
    scores, labels = draw(seed)
    real, spoof = scores[labels == 1], scores[labels == 0]
    for fpr, tpr, threshold in zip(*roc_curve(scores, labels), strict=True):
        assert (fpr, tpr) == pytest.approx(((spoof >= threshold).mean(), (real >= threshold).mean()), abs=1e-12)
    pairs = (real[:, None] > spoof) + 0.5 * (real[:, None] == spoof)
    assert auc(scores, labels) == pytest.approx(pairs.mean(), abs=1e-12)
    kept = [t for _, t, cut in zip(*roc_curve(scores, labels), strict=True) if (spoof >= cut).mean() <= 0.01]
    assert tpr_at_fpr(scores, labels) == max(kept)


def _random(rng):
    size = int(rng.integers(2, 400))
    labels = rng.permutation(np.append([0, 1], rng.integers(0, 2, size - 2)))
    return labels, np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1)


SCORES_OF_ROC = {
    "random": lambda rng, labels, scores: scores,
    "tied": lambda rng, labels, scores: np.round(scores, 1),
    "separated": lambda rng, labels, scores: (scores + labels) / 2,
    "reversed": lambda rng, labels, scores: 1 - (scores + labels) / 2,
    "constant": lambda rng, labels, scores: np.full(scores.shape, 0.5),
    "two values": lambda rng, labels, scores: (scores > 0.5).astype(float),
    "adjacent floats": lambda rng, labels, scores: 0.5 + np.spacing(0.5) * rng.integers(0, 9, scores.size),
    "zeros of both signs": lambda rng, labels, scores: np.where(scores > 0.4, scores, np.where(scores > 0.3, 0.0, -0.0)),
}


@pytest.mark.parametrize("change", SCORES_OF_ROC.values(), ids=SCORES_OF_ROC)
def test_roc_curve_and_auc_equal_scikit_learn_bit_for_bit(change):
    rng = np.random.default_rng(0)
    for _ in range(50):
        labels, scores = _random(rng)
        scores = change(rng, labels, scores)
        for own, other in zip(roc_curve(scores, labels), sklearn_roc_curve(labels, scores), strict=True):
            assert own.dtype == other.dtype == np.float64
            assert own.tobytes() == other.tobytes()
        assert auc(scores, labels).hex() == metrics_at(scores, labels).auc.hex() == float(roc_auc_score(labels, scores)).hex()


def test_first_point_after_the_origin_is_kept():
    """With three collinear points, scikit-learn drops only inner ones, so the first point counts for TPR@FPR."""
    fpr, tpr, _ = roc_curve([0.9, 0.8, 0.7, 0.6, 0.1], [1, 1, 1, 0, 0])
    assert fpr.tolist() == [0, 0, 0, 1]
    assert tpr == pytest.approx([0, 1 / 3, 1, 1])


def test_fpr_of_exactly_one_percent_counts():
    spoof, real = np.arange(100) / 200, np.array([0.4975, 0.493, 0.2, 0.9])
    scores, labels = np.append(spoof, real), np.append(np.zeros(100), np.ones(4))
    assert tpr_at_fpr(scores, labels) == 0.75
    assert tpr_at_fpr(np.append(scores, 0.499), np.append(labels, 0)) == 0.5
    assert tpr_at_fpr([0.9, 0.1], [0, 1]) == 0


def test_all_equal_scores():
    found = metrics_at([0.5] * 4, [0, 0, 1, 1])
    assert (found.threshold, found.far, found.frr, found.auc) == (1.1, 0, 1, 0.5)


def test_threshold_above_all_scores_when_all_are_one():
    assert eer_threshold([1.0, 1.0], [0, 1]) == 1.1


def test_accepted_when_equal_to_the_threshold():
    assert [float(x) for x in far_frr([0.5, 0.5], [0, 1], 0.5)] == [1, 0]


def test_fixed_threshold_keeps_the_eer():
    scores, labels = draw(0)
    fixed, fitted = metrics_at(scores, labels, 0.9), metrics_at(scores, labels)
    assert fixed.threshold == 0.9
    assert fixed.eer == fitted.eer
    assert fixed.hter > fitted.hter
    assert fixed.auc == fitted.auc


def test_videos_are_averaged_in_float64_and_order_of_appearance():
    video = average_videos(["b", "a", "b", "a", "b"], [0.1, 0.5, 0.2, 1.0, 0.3], [1, 0, 1, 0, 1])
    assert video.videos.tolist() == ["b", "a"]
    assert video.scores.tolist() == [(0.1 + 0.2 + 0.3) / 3, 0.75]
    assert video.labels.tolist() == [1, 0]


def test_video_of_two_labels():
    with pytest.raises(ValueError, match="Video 'b' has frames of both classes"):
        average_videos(["a", "b", "b"], [0.1, 0.2, 0.3], [0, 0, 1])
    with pytest.raises(ValueError, match="one shape"):
        average_videos(["a"], [0.1, 0.2], [0, 0])


SCORES = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 1)), min_size=2, max_size=60).filter(
    lambda rows: len({label for _, label in rows}) == 2
)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(SCORES)
def test_ranking_metrics_are_invariant_under_monotone_maps(rows):
    scores, labels = np.array(rows).T
    low, high = scores / 50, (scores / 50) ** 3
    assert auc(low, labels) == pytest.approx(auc(high, labels), abs=1e-12)
    assert tpr_at_fpr(low, labels) == tpr_at_fpr(high, labels)
    assert auc(low, labels) == pytest.approx(1 - auc(1 - low, labels), abs=1e-12)
