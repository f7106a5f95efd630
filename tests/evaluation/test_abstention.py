# SPDX-License-Identifier: Apache-2.0
"""The risk-coverage curve against a plain loop over samples in the order of their confidence."""

import numpy as np
import pytest

from flip_mm.evaluation import EvaluationOptions, make_reports
from flip_mm.evaluation.abstention import risk_coverage


def plain_risk(scores, labels, threshold, coverage):
    """Decide the samples one after the other until the coverage is reached; of the last one only the needed part."""
    share = {label: 0.5 / sum(own == label for own in labels) for label in (0, 1)}
    far = [(s - threshold) / (1 - threshold) if s >= threshold else (threshold - s) / threshold for s in scores]
    decided = wrong = 0.0
    for row in sorted(range(len(scores)), key=lambda row: -far[row]):
        part = min(share[labels[row]], coverage - decided)
        decided += part
        wrong += part * ((scores[row] >= threshold) != labels[row])
    return wrong / coverage


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.83])
def test_the_risk_equals_a_plain_loop(threshold):
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 300)
    scores = np.clip(rng.normal(0.35 + 0.3 * labels, 0.2), 0.001, 0.999)
    curve = risk_coverage(scores, labels, threshold)
    shares = np.linspace(0.0005, 1, 2000)
    risks = [plain_risk(scores, labels, threshold, share) for share in shares[::100]]
    assert [curve.risk(share) for share in shares[::100]] == pytest.approx(risks, abs=1e-12)
    assert curve.area() == pytest.approx(np.mean([curve.risk(share) for share in np.arange(0.5, 20000) / 20000]), abs=1e-5)


def test_equal_scores_and_thresholds_at_the_ends():
    # Two samples of equal confidence, one of them wrong: half of both is half wrong, in any order.
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        scores, labels = np.array([1.0, 1.0, 0.0, 0.0])[order], np.array([1, 0, 1, 0])[order]
        curve = risk_coverage(scores, labels, 0.5)
        assert [curve.risk(share) for share in (0.1, 0.5, 1)] == [0.5] * 3
        assert curve.area() == 0.5
    for threshold, wrong in ((0.0, 0.5), (1.0, 0.0), (1.1, 0.5)):
        assert risk_coverage([0.0, 0.2, 1.0], [0, 0, 1], threshold).risk(1) == wrong


def test_a_report_has_the_risk_and_hter_is_that_of_all(frames):
    report = make_reports(dict(target=frames(3)), EvaluationOptions("paper"))["target"]
    found = report.scalars()
    assert 100 * report.abstention.risk(1) == pytest.approx(found["HTER"])
    assert found["AURC"] == 100 * report.abstention.area()
    assert found["risk@90%"] == 100 * report.abstention.risk(0.9)
    assert found["risk@80%"] <= found["HTER"]
    assert report.to_dict()["figures"] == found
    assert "  risk@90%" in report.table()
