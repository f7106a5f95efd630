# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.evaluation import EvaluationOptions, ScoreTable, checks, make_reports
from flip_mm.evaluation.checks import check_scores, check_values
from flip_mm.evaluation.functional import auc, eer_threshold, far_frr, metrics_at, roc_curve, tpr_at_fpr
from flip_mm.evaluation.iso30107 import iso_metrics
from flip_mm.evaluation.thresholds import fit_threshold

BAD = [
    ([0.1, 0.2], [1, 1], "Only one class is present \\(2 real, 0 spoof\\)"),
    ([0.1, np.nan, np.inf], [0, 1, 1], "2 of 3 scores are NaN or infinite, the first at position 1"),
    ([0.1, 1.5], [0, 1], "apply softmax"),
    ([0.1, 0.5], [0, 2], "labels 0 .* got \\[2\\]"),
    ([], [], "no scores"),
    ([0.1], [0, 1], "one shape"),
]
MEASURES = {
    "far_frr": lambda scores, labels: far_frr(scores, labels, 0.5),
    "eer_threshold": eer_threshold,
    "roc_curve": roc_curve,
    "auc": auc,
    "tpr_at_fpr": tpr_at_fpr,
    "metrics_at": metrics_at,
    "fit_threshold": fit_threshold,
    "iso_metrics": lambda scores, labels: iso_metrics(scores, labels, 0.5),
}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
@pytest.mark.parametrize(("scores", "labels", "message"), BAD)
def test_all_metrics_refuse_invalid_scores_and_labels(measure, scores, labels, message):
    with pytest.raises(ValueError, match=message):
        measure(scores, labels)


def test_check_values_accepts_one_class_and_empty_arrays():
    assert [part.tolist() for part in check_values([0.5], [1.0])] == [[0.5], [1]]
    assert check_values([], [])[0].size == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(score=np.array([0.5, np.nan])), "1 of 2 scores is NaN"),
        (dict(label=np.array([0, 3])), "labels 0"),
        (dict(score=np.array([0.5])), "one shape"),
        (dict(video=np.array(["a"], object)), "must be of one length, got {.*'video': 1,"),
    ],
)
def test_a_table_is_checked_when_it_is_built(change, message):
    texts = {name: np.array(["a", "b"], object) for name in ("file", "video", "subject", "domain", "attack_type")}
    columns = texts | dict(label=np.array([0, 1]), score=np.array([0.1, 0.9]))
    assert len(ScoreTable(**columns)) == 2
    with pytest.raises(ValueError, match=message):
        ScoreTable(**columns | change)


@pytest.mark.parametrize("options", [dict(), dict(threshold="deploy", rule="apcer=0.1"), dict(threshold=0.5)])
def test_scores_are_checked_once_per_role_and_not_in_a_bootstrap(frames, monkeypatch, options):
    count = []
    monkeypatch.setattr(checks, "check_scores", lambda *arrays: count.append(1) or check_scores(*arrays))
    monkeypatch.setattr("flip_mm.evaluation.score_table.check_scores", checks.check_scores)
    reports = make_reports({"dev": frames(1, "C"), "target": frames(2)}, EvaluationOptions(**options))
    assert len(count) == 2
    for report in reports.values():
        report.bootstrap("video", 10)
        report.warnings, report.table(), report.to_dict()
    assert len(count) == 2
    auc([0.1, 0.9], [0, 1])
    assert len(count) == 3
