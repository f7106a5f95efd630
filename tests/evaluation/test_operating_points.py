# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.evaluation import ScoreTable
from flip_mm.evaluation.functional import eer_threshold
from flip_mm.evaluation.operating_points import RULES, operating_points
from flip_mm.evaluation.support import independent_samples, needed, too_few
from flip_mm.evaluation.thresholds import fit_threshold
from flip_mm.evaluation.uncertainty import wilson


def table(real, attacks, seed=0, frames=1):
    """A table of videos: so many real ones, and attack type -> number."""
    rng = np.random.default_rng(seed)
    names = ["bonafide"] * real + [name for name, count in attacks.items() for _ in range(count)]
    rows = []
    for number, name in enumerate(names):
        label = int(name == "bonafide")
        for frame in range(frames):
            score = float(1 / (1 + np.exp(-rng.normal(2 * label - 1, 1))))
            rows.append((f"{seed}_{number}_{frame}.png", f"{seed}_{number}", "", "O", name, label, score))
    return ScoreTable.from_frames(rows)


@pytest.mark.parametrize("rate", [0.5, 0.1, 0.05, 0.03, 0.01])
def test_the_rule_of_three(rate):
    count = needed(rate)
    assert count == round(3 / rate)
    # Without an error in so many samples, the one-sided 95 % bound of the rate is the rate or less.
    assert 1 - 0.05 ** (1 / count) <= rate
    assert wilson(0, count, 0.90)[1] < 1.1 * rate


@pytest.mark.parametrize(
    ("rule", "real", "attacks", "words"),
    [
        ("apcer=0.01", 500, dict(print=30), "30 videos of print, 300 are needed"),
        ("apcer=0.01", 500, {"": 30}, "30 attack videos, 300 are needed"),
        ("apcer=0.1", 5, dict(print=30, mask=29), "29 videos of mask, 30 are needed"),
        ("apcer=0.1", 5, dict(print=30, mask=30), ""),
        ("bpcer=0.05", 59, dict(print=1), "59 videos of genuine users, 60 are needed"),
        ("bpcer=0.05", 60, dict(print=1), ""),
        ("eer", 1, dict(print=1), ""),
        ("bpcer=0", 10**6, dict(print=1), "no number of samples shows that a rate is 0"),
    ],
)
def test_too_few(rule, real, attacks, words):
    assert too_few(rule, real, attacks) == words


def test_frames_of_a_video_are_one_sample():
    assert independent_samples(table(7, dict(print=3, mask=2), frames=50)) == (7, dict(print=3, mask=2))


def test_thresholds_are_fitted_on_the_other_samples_and_counted_on_the_tested():
    dev, tested = table(400, dict(print=400), seed=1), table(50, dict(print=60), seed=2)
    points = {point.rule: point for point in operating_points(tested, dev)}
    assert list(points) == list(RULES)
    for rule, point in points.items():
        assert point.threshold == fit_threshold(dev.score, dev.label, rule, dev.attack_type)
        real = tested.score[tested.label == 1]
        assert point.iso.bpcer.errors == (real < point.threshold).sum()
        assert point.is_supported
    own = operating_points(tested)
    assert own[0].threshold == eer_threshold(tested.score, tested.label)
    assert own[3].too_few == "60 videos of print, 300 are needed"
    assert not own[3].is_supported


def test_rare_types_are_pooled_and_it_is_said():
    samples = table(100, dict(print=25, replay=25, mask=25))
    point = operating_points(samples, rules=["apcer=0.1"])[0]
    assert (point.pooled, point.is_supported) == (True, True)
    assert point.too_few == "25 videos of mask, 30 are needed"
    assert point.threshold == fit_threshold(samples.score, samples.label, "apcer=0.1")
