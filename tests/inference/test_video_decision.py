# SPDX-License-Identifier: Apache-2.0
"""One decision for a video: the average, and the early decision, of which the error is measured."""

import numpy as np
import pytest

from flip_mm.evaluation.functional import average_videos
from flip_mm.inference.model_card import Decision
from flip_mm.inference.video_decision import EarlyDecision, average

ONE, BAND = Decision(0.5, 0.5), Decision(0.7, 0.4)


def verdict_of(mean, decision):
    return "live" if mean >= decision.accept else "spoof" if mean < decision.reject else "unsure"


def run(scores, decision, error):
    """Verdict, and number of frames."""
    early = EarlyDecision(len(scores), decision, error)
    for number, score in enumerate(scores, 1):
        if (verdict := early.add(score)) is not None:
            return verdict, number
    return None, len(scores)


def test_the_average_is_that_of_the_metric():
    scores = np.random.default_rng(0).random(97)
    assert average(scores) == average_videos(["a"] * 97, scores, [1] * 97).scores[0]


@pytest.mark.parametrize("decision", [ONE, BAND, Decision(1.1, 0.0), Decision(0.0, 0.0), Decision(1.0, 1.0)])
def test_without_error_it_is_the_average(decision):
    rng = np.random.default_rng(0)
    for _ in range(50):
        scores = rng.random() * rng.random(rng.integers(1, 40)) + rng.choice([0, 0.3])
        scores = np.minimum(scores, 1)
        verdict, _ = run(scores, decision, 0)
        assert verdict == verdict_of(scores.mean(), decision)


def test_without_error_it_stops_as_soon_as_nothing_can_change():
    assert run([1.0] * 100, ONE, 0) == ("live", 51)
    assert run([0.0] * 100, ONE, 0) == ("spoof", 51)


def test_clear_videos_need_few_frames():
    assert run([0.98] * 300, ONE, 0.01) == ("live", 9)
    assert run([0.02] * 300, ONE, 0.01) == ("spoof", 9)
    verdict, number = run([0.55] * 300, BAND, 0.01)
    assert verdict == "unsure"
    assert number < 150


def correlated(rng, frames):
    """Scores of a video: strongly correlated frames about a level near the threshold."""
    steps = 0.3 * rng.standard_normal(frames)
    walk = np.empty(frames)
    walk[0] = rng.normal(0, 1)
    for i in range(1, frames):
        walk[i] = 0.98 * walk[i - 1] + steps[i]
    return 1 / (1 + np.exp(-3 * walk))


@pytest.mark.parametrize(("decision", "error"), [(ONE, 0.05), (BAND, 0.05), (ONE, 0.2)])
def test_the_error_is_below_the_stated_one_for_correlated_frames(decision, error):
    rng = np.random.default_rng(1)
    wrong, used, trials, frames = 0, 0, 400, 100
    for _ in range(trials):
        scores = correlated(rng, frames)
        verdict, number = run(rng.permutation(scores), decision, error)
        wrong += verdict != verdict_of(scores.mean(), decision)
        used += number
    assert wrong / trials <= error
    assert used / trials < 0.8 * frames


def test_the_error_is_below_the_stated_one_at_the_threshold():
    """The hardest video: its mean is just below the threshold."""
    rng = np.random.default_rng(2)
    scores = np.r_[np.ones(49), np.zeros(51)]
    verdicts = [run(rng.permutation(scores), ONE, 0.1)[0] for _ in range(500)]
    assert np.mean(np.array(verdicts) != "spoof") <= 0.1


def test_frames_without_a_score_do_not_count():
    rng = np.random.default_rng(3)
    for _ in range(100):
        scores = [None if rng.random() < 0.5 else p for p in rng.random(30)]
        found = [p for p in scores if p is not None]
        assert run(scores, BAND, 0)[0] == (verdict_of(np.mean(found), BAND) if found else None)
    assert run([None] * 5, ONE, 0.1) == (None, 5)
    verdict, number = run([0.99, None] * 200, ONE, 0.01)
    assert verdict == "live"
    assert number <= 20


@pytest.mark.parametrize(("frames", "error"), [(0, 0.1), (5, -0.1), (5, 1.0), (5, float("nan"))])
def test_wrong_values_are_refused(frames, error):
    with pytest.raises(ValueError, match="must be"):
        EarlyDecision(frames, ONE, error)
