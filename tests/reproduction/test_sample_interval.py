# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flip_mm.evaluation import ScoreTable, write_scores
from flip_mm.evaluation.options import EvaluationOptions
from flip_mm.evaluation.report import make_reports
from flip_mm.reproduction.sample_interval import sample_intervals
from flip_mm.reproduction.trainings import trainings_of
from flip_mm.tables.cell import mean_interval


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    rows = []
    for number in range(60):
        label, name = number % 2, f"v{number}"
        score = float(np.clip(rng.normal(0.35 + 0.3 * label, 0.2), 0, 1))
        rows.append((f"{name}.png", name, name, "O", "bonafide" if label else "print", label, score))
    return ScoreTable.from_frames(rows)


@pytest.fixture
def result(make_published):
    return trainings_of(make_published(), Path("record.json"))[0].result


def test_recorded_intervals_are_used(result, tmp_path):
    assert sample_intervals(replace(result, intervals=dict(HTER=(1.0, 2.0))), tmp_path) == dict(HTER=(1.0, 2.0))


def test_score_file_beside_the_record(scores, result, tmp_path):
    report = make_reports(dict(target=scores), EvaluationOptions())["target"]
    write_scores(scores, tmp_path / "val_scores_target.csv")
    own = replace(result, metrics=report.scalars())
    assert sample_intervals(own, tmp_path) == report.bootstrap("video")
    # Scores of another checkpoint, or none.
    assert sample_intervals(result, tmp_path) == {}
    assert sample_intervals(replace(own, split="test"), tmp_path) == {}
    (tmp_path / "val_scores_target.csv").write_text("damaged")
    assert sample_intervals(own, tmp_path) == {}


@pytest.mark.parametrize(
    ("bounds", "expected"), [([], None), ([(0.0, 4.0), (2.0, 5.0)], (1.0, 4.5)), ([(0.0, 1.0), None], None)]
)
def test_mean_of_the_bounds(bounds, expected):
    assert mean_interval(bounds) == expected
