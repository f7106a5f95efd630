# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.evaluation import EvaluationOptions, make_reports
from flip_mm.evaluation.directions import DIRECTIONS, direction_of
from flip_mm.evaluation.score_table import ScoreTable


def scalars(shift):
    """Metrics of 400 videos. The logits of real videos are higher by ``shift``."""
    rng = np.random.default_rng(0)
    label = np.arange(400) % 2
    logits = rng.normal(size=400) + shift * (label - 0.5)
    rows = [
        (f"{i}.png", f"v{i}", "", "O", "bonafide" if real else "print", int(real), float(score))
        for i, (real, score) in enumerate(zip(label, 1 / (1 + np.exp(-logits)), strict=True))
    ]
    return make_reports({"target": ScoreTable.from_frames(rows)}, EvaluationOptions(0.5))["target"].scalars()


def test_every_reported_metric_has_an_entry():
    assert list(DIRECTIONS) == list(scalars(1.0))


@pytest.mark.parametrize("name", [name for name, direction in DIRECTIONS.items() if direction])
def test_a_better_model_has_the_better_value(name):
    # With the right shift the scores are calibrated; with shift 0 they are overconfident.
    good, bad = scalars(3.0)[name], scalars(0.0)[name]
    assert good > bad if DIRECTIONS[name] == "greater" else good < bad


def test_names_with_role_and_prefix():
    assert direction_of("AUC") == direction_of("target/AUC") == direction_of("cross/target/AUC") == "greater"
    assert direction_of("dev/TPR@FPR=1%") == "greater"
    assert direction_of("target/threshold") is direction_of("accuracy/top1") is direction_of("target/auc") is None
