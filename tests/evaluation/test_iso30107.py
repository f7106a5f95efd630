# SPDX-License-Identifier: Apache-2.0
import time

import numpy as np
import pytest

from flip_mm.evaluation.calibration import calibration_error
from flip_mm.evaluation.functional import metrics_at
from flip_mm.evaluation.iso30107 import Rate, iso_metrics

# 4 prints, 2 masks, 5 real.
SCORES = [0.1, 0.2, 0.3, 0.9, 0.6, 0.4, 0.2, 0.5, 0.7, 0.8, 0.95]
LABELS = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]
ATTACKS = ["print"] * 4 + ["mask"] * 2 + ["bonafide"] * 5


def test_metrics_by_hand():
    found = iso_metrics(SCORES, LABELS, 0.5, ATTACKS)
    assert found.apcer == {"mask": Rate(1, 2), "print": Rate(1, 4)}
    assert list(found.apcer) == ["mask", "print"]
    assert (found.bpcer, found.worst_attack, found.apcer_worst, found.apcer_pooled) == (Rate(1, 5), "mask", (1, 2), (2, 6))
    assert found.acer == (1 / 2 + 1 / 5) / 2
    # No bound allows an error among 4 prints or 2 masks: the threshold is just above 0.9.
    assert (found.bpcer10, found.bpcer20, found.bpcer100) == (0.8, 0.8, 0.8)


def test_accepted_when_equal_to_the_threshold():
    found = iso_metrics(SCORES, LABELS, 0.6, ATTACKS)
    assert (found.apcer["mask"], found.bpcer) == (Rate(1, 2), Rate(2, 5))


def test_bounds_count_the_worst_attack_type():
    spoof, real = np.arange(200) / 400, np.arange(100) / 100
    scores, labels = np.append(spoof, real), np.append(np.zeros(200), np.ones(100))
    # Scores 0..0.4975: 20, 10 and 2 of 200 may be accepted: thresholds just above the 180th, 190th and 198th score.
    pooled = iso_metrics(scores, labels, 0.5)
    assert (pooled.bpcer10, pooled.bpcer20, pooled.bpcer100) == (0.45, 0.48, 0.5)
    assert list(pooled.apcer) == [""]
    # The ten highest scores are masks: of 10, one may be accepted at 10 %, none at 5 % and 1 %.
    attacks = ["print"] * 190 + ["mask"] * 10 + [""] * 100
    by_type = iso_metrics(scores, labels, 0.5, attacks)
    assert (by_type.bpcer10, by_type.bpcer20, by_type.bpcer100) == (0.5, 0.5, 0.5)
    assert iso_metrics(scores, labels, 0.4751, attacks).apcer["mask"] == Rate(9, 10)


def test_of_equal_apcer_the_type_with_most_samples_is_the_worst():
    found = iso_metrics([0.9, 0.8, 0.7, 0.1, 0.5], [0, 0, 0, 0, 1], 0.5, ["a", "b", "b", "c", ""])
    assert found.worst_attack == "b"


def test_pooled_and_worst_are_the_same_for_one_type():
    found = iso_metrics(SCORES, LABELS, 0.5)
    field = metrics_at(SCORES, LABELS, 0.5)
    assert (found.apcer_worst.value, found.bpcer.value, found.acer) == (field.far, field.frr, field.hter)


def test_a_million_scores():
    rng = np.random.default_rng(0)
    labels = (np.arange(10**6) % 3 == 0).astype(int)
    scores = np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1)
    attacks = np.array(["print", "replay", "mask", "cut"], dtype=object)[np.arange(10**6) // 3 % 4]
    start = time.process_time()
    found = metrics_at(scores, labels)
    iso = iso_metrics(scores, labels, found.threshold, attacks)
    calibration_error(scores, labels)
    # It takes about one second; the bound is for slow and busy machines.
    assert time.process_time() - start < 6
    assert iso.apcer_pooled.value == pytest.approx(found.far)
    assert iso.bpcer10 < iso.bpcer20 < iso.bpcer100
