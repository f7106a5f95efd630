# SPDX-License-Identifier: Apache-2.0
"""Temperature and thresholds of a model on held-out scores."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from flip_mm.evaluation import ScoreTable
from flip_mm.evaluation.calibration import calibration_error
from flip_mm.evaluation.temperature import calibrated, log_odds
from flip_mm.inference.calibrate import calibrate


@pytest.fixture
def frames():
    """frames(gap=..., real=..., scale=...): two frames of each video; ``scale`` times too large log odds."""

    def make(gap=4.0, real=120, attacks=None, scale=1.0, seed=0, domain="O", subjects=False):
        rng = np.random.default_rng(seed)
        kinds = ["bonafide"] * real
        for name, count in (attacks or dict(print=70, mask=70)).items():
            kinds += [name] * count
        rows = []
        for number, kind in enumerate(kinds):
            label = int(kind == "bonafide")
            # Log odds of two normal distributions with this distance and variance are calibrated.
            odds = rng.normal(gap**2 * (label - 0.5), gap)
            subject = str(number % 20) if subjects else ""
            for frame in range(2):
                score = float(calibrated(scale * (odds + 0.01 * frame), 1.0))
                rows.append((f"{domain}{number}_{frame}", f"{domain}{number}", subject, domain, kind, label, score))
        return ScoreTable.from_frames(rows)

    return make


def test_the_temperature_and_the_calibration_error(frames):
    table = frames(gap=2.0, real=1000, attacks=dict(print=1000), scale=3.0)
    fit = calibrate(table, "apcer=0.05")
    assert fit.calibration.temperature == pytest.approx(3.0, rel=0.1)
    before, after = fit.calibration.errors["before"], fit.calibration.errors["after"]
    videos = table.at_level("video")
    assert before["ece"] == calibration_error(videos.score, videos.label)
    assert before["domains"] == dict(O=before["ece"])
    assert after["ece"] < 0.03 < before["ece"]
    assert after["log_loss"] < before["log_loss"]
    assert sum(own.total for own in fit.after) == 2000
    assert fit.warnings[-1].endswith("the temperature is fitted with 16.6 for them.")


def test_the_thresholds_are_for_the_calibrated_probabilities(frames):
    table = frames(gap=2.5, scale=4.0)
    fit = calibrate(table, "apcer=0.1", review=0.1)
    after = table.with_scores(calibrated(log_odds(table.score, np.inf)[0], fit.temperature.value)).at_level("video")
    for kind in ("print", "mask"):
        own = after.score[after.attack_type == kind]
        rate = fit.decision.rates["apcer"][kind]
        assert rate["errors"] == (own >= fit.decision.accept).sum() <= 7
        assert rate["total"] == 70
    real = after.score[after.label == 1]
    assert fit.decision.rates["bpcer"]["errors"] == (real < fit.decision.reject).sum()
    assert fit.decision.rates["review_real"]["errors"] == fit.rates.reviewed.errors <= 12
    low, high = fit.decision.data["accept_interval"]
    assert low <= fit.decision.accept <= high


def test_thresholds_for_single_pictures(frames):
    table = frames(gap=2.0)
    # The second frame of each video is worse.
    worse = table.with_scores(np.where(np.arange(len(table)) % 2, table.score * 0.5, table.score))
    video, frame = (calibrate(worse, "bpcer=0.1", level=level) for level in ("video", "frame"))
    assert frame.temperature == video.temperature
    assert frame.rates.rejected.total == 2 * video.rates.rejected.total
    assert frame.decision.accept != video.decision.accept
    assert frame.decision.data["real"] == video.decision.data["real"] == 120
    assert "For single pictures take --level frame" in video.warnings[0]
    assert not any("single pictures" in text for text in frame.warnings)
    # Frames of a video are drawn together: twice as many frames do not make the interval narrower.
    once = table.at_level("video")
    rows = [(f"{copy}{row[0]}", *row[1:]) for row in once.rows() for copy in "ab"]
    copies = calibrate(ScoreTable.from_frames(rows), "bpcer=0.1", level="frame")
    alone = calibrate(once, "bpcer=0.1", level="frame")
    assert copies.decision.data["accept_interval"] == pytest.approx(alone.decision.data["accept_interval"], rel=0.05)


def test_what_is_stored_is_json_without_places(frames):
    data = dict(kind="scores", name="s.csv", sha256="abc")
    fit = calibrate(frames(subjects=True), "eer", data=data)
    stored = json.loads(json.dumps(asdict(fit.decision), allow_nan=False))
    assert stored["data"] | data == stored["data"]
    assert stored["data"]["real"] == 120
    assert stored["data"]["attacks"] == dict(mask=70, print=70)
    assert stored["data"]["domains"] == dict(O=260)
    assert stored["rule"] == "eer"
    assert stored["origin"] == "fitted by eer on 's.csv', 120 real and 140 attack videos, for the mean over a video"
    assert calibrate(frames(), "eer", level="frame").decision.origin.endswith(" attack videos, for single pictures")
    assert stored["rates"]["held_out"]["bpcer"]["total"] == 120
    json.dumps(asdict(fit.calibration), allow_nan=False)


def test_saturated_scores(frames):
    table = frames(gap=4.0, scale=3.0)
    exact = calibrate(table, "bpcer=0.05")
    fit = calibrate(table.with_scores(table.score.astype(np.float32).astype(float)), "bpcer=0.05")
    assert fit.calibration.data["saturated_frames"] > 0
    assert "log odds beyond 16.6" in fit.warnings[-1]
    assert fit.temperature.value == pytest.approx(exact.temperature.value, rel=1e-3)
    assert fit.decision.accept == pytest.approx(exact.decision.accept, abs=1e-4)


def test_separable_scores_are_said_to_be(frames):
    fit = calibrate(frames(gap=12.0), "eer")
    assert "only the number of samples limits how sure" in fit.warnings[1]
    assert fit.rates.rejected.errors == 0


@pytest.mark.parametrize(
    ("kwargs", "rule", "words"),
    [
        (dict(gap=0.0), "eer", "Not separable .AUC .* no threshold can decide, and none is stored"),
        (dict(gap=4.0, scale=-1.0), "eer", "The scores are reversed"),
        (
            dict(attacks=dict(print=30, mask=300)),
            "apcer=0.01",
            "30 videos of print, 300 are needed for apcer=0.01.*apcer=0.1 or",
        ),
        (dict(real=50), "bpcer=0.05", "50 videos of genuine users, 60 are needed for bpcer=0.05.*bpcer=0.06 or eer"),
        (dict(real=29), "eer", "29 real and 140 attack videos, 30 of each"),
        (dict(), "apcer=0", "no number of samples"),
        (dict(), "hter", "A threshold rule is"),
    ],
)
def test_refused(frames, kwargs, rule, words):
    with pytest.raises(ValueError, match=words):
        calibrate(frames(**kwargs), rule)


def test_saturated_attacks_leave_no_threshold(frames):
    table = frames(gap=1.0, attacks=dict(print=100))
    scores = np.where(table.label == 0, np.where(np.arange(len(table)) % 8 < 2, 1.0, table.score), table.score)
    with pytest.raises(ValueError, match=r"No threshold fulfils apcer=0\.05: it would reject everything"):
        calibrate(table.with_scores(scores), "apcer=0.05")


def test_a_threshold_among_rounded_scores(frames):
    table = frames(gap=5.0, scale=3.0, attacks=dict(print=100))
    # A tenth of the attacks is next to 1, and all real samples are 1.
    near = np.where(np.arange(len(table)) % 20 < 2, 1 - 2.0**-24, 0.1)
    scores = np.where(table.label == 1, 1.0, near)
    with pytest.raises(ValueError, match=r"by apcer=0\.05: it would be among scores that were rounded"):
        calibrate(table.with_scores(scores), "apcer=0.05")
    assert calibrate(table.with_scores(scores), "apcer=0.1").decision.accept < 0.999


def test_review_of_less_than_a_video(frames):
    with pytest.raises(ValueError, match=r"a review of 0\.001 of 120 real videos is less than one video"):
        calibrate(frames(), "eer", review=0.001)
