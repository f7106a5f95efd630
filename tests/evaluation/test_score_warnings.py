# SPDX-License-Identifier: Apache-2.0
import re

import numpy as np
import pytest

from flip_mm.evaluation import EvaluationOptions, ScoreTable, make_reports

REAL, SPOOF = np.linspace(0.4, 0.9, 100), np.linspace(0.1, 0.6, 100)
GRID = "the EER of 50.00 uses the published thresholds, 0.0001 apart; with thresholds between them it is 0.00"


def warnings(real, spoof, threshold="paper", dev=None):
    """The warnings for the role target."""

    def table(real, spoof, name):
        rows = [(f"{name}r{i}", f"{name}r{i}", "", "O", "bonafide", 1, float(score)) for i, score in enumerate(real)]
        rows += [(f"{name}s{i}", f"{name}s{i}", "", "O", "print", 0, float(score)) for i, score in enumerate(spoof)]
        return ScoreTable.from_frames(rows)

    frames = dict(target=table(real, spoof, "t")) | ({} if dev is None else dict(dev=table(*dev, "d")))
    report = make_reports(frames, EvaluationOptions(threshold))["target"]
    assert report.to_dict()["warnings"] == report.warnings
    return report.warnings


CASES = {
    "ordinary": (REAL, SPOOF, "paper", []),
    "ordinary, perfect": (REAL + 0.1, SPOOF - 0.1, "paper", []),
    "ordinary, random": (np.linspace(0, 1, 150), np.linspace(0, 1, 150), "paper", []),
    "inside one step": (
        np.full(100, 0.50003),
        np.full(100, 0.50001),
        "paper",
        [GRID, "the threshold 1.1 rejects every sample"],
    ),
    "inside the first step": (np.full(100, 9e-5), np.full(100, 1e-5), "paper", [GRID, "1.1 rejects"]),
    "inside the last step": (np.full(100, 1 - 1e-6), np.full(100, 1 - 5e-5), "paper", [GRID, "1.1 rejects"]),
    "above the last step but one, some below": (
        np.append(np.full(90, 1 - 1e-6), np.full(10, 0.2)),
        np.append(np.full(90, 1 - 5e-5), np.full(10, 0.1)),
        "paper",
        ["EER of 50.00 .* with thresholds between them it is 5.00"],
    ),
    "one step of a fixed threshold": (np.full(100, 0.50003), np.full(100, 0.50001), 0.50002, [GRID]),
    "all equal": (np.full(100, 0.5), np.full(100, 0.5), "paper", ["all 200 scores are 0.5: the model or", "1.1 rejects"]),
    "saturated": (
        np.append(REAL[:98], [1, 1]),
        np.append(SPOOF[:95], [1] * 5),
        "paper",
        ["2.0 % of real and 5.0 % .* exactly the score 1"],
    ),
    "saturated at 0": (
        np.append(REAL[:99], 0),
        np.append(SPOOF[:95], [0] * 5),
        "paper",
        ["1.0 % of real and 5.0 % .* exactly the score 0"],
    ),
    "saturated on the right sides": (np.ones(100), np.zeros(100), "paper", []),
    "everything rejected": (REAL, SPOOF, 1.1, ["the threshold 1.1 rejects every sample: HTER is then 50"]),
    "everything accepted": (REAL, SPOOF, 0.05, ["the threshold 0.05 accepts every sample: HTER is then 50"]),
    "99 spoofs": (
        REAL,
        SPOOF[:99],
        "paper",
        ["there are 99 spoof videos: with fewer than 100, TPR@FPR=1% allows no"],
    ),
}


@pytest.mark.parametrize(("real", "spoof", "threshold", "expected"), CASES.values(), ids=CASES)
def test_each_warning_is_given_for_its_case(real, spoof, threshold, expected):
    found = warnings(real, spoof, threshold)
    assert len(found) == len(expected), found
    for text, pattern in zip(found, expected, strict=True):
        assert text.startswith("target: ")
        assert re.search(pattern, text), text


def test_a_fixed_threshold_that_rejects_everything():
    assert "accepts every sample" in warnings(REAL, SPOOF, "deploy", dev=(REAL / 100, SPOOF / 100))[0]
