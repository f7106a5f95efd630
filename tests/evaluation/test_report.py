# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import numpy as np
import pytest

from flip_mm.evaluation import EvaluationOptions, Provenance, make_reports
from flip_mm.evaluation.functional import average_videos, metrics_at
from flip_mm.evaluation.report import number
from flip_mm.evaluation.thresholds import fit_threshold
from flip_mm.evaluation.uncertainty import bootstrap


def test_paper_fits_a_threshold_per_role(frames):
    both = {"dev": frames(1, "C"), "target": frames(2)}
    reports = make_reports(both, EvaluationOptions())
    for role, table in both.items():
        video = average_videos(table.video, table.score, table.label)
        assert reports[role].metrics == metrics_at(video.scores, video.labels)
        assert reports[role].samples.score.tolist() == video.scores.tolist()
    assert reports["dev"].metrics.threshold != reports["target"].metrics.threshold


@pytest.mark.parametrize("rule", ["eer", "apcer=0.1", "bpcer=0.2"])
def test_deploy_applies_the_dev_threshold_to_every_role(frames, rule):
    both = {"target": frames(2), "dev": frames(1, "C")}
    reports = make_reports(both, EvaluationOptions("deploy", rule=rule))
    dev = both["dev"].at_level("video")
    threshold = fit_threshold(dev.score, dev.label, rule, dev.attack_type)
    assert {report.metrics.threshold for report in reports.values()} == {threshold}
    target = reports["target"]
    assert target.metrics == metrics_at(target.samples.score, target.samples.label, threshold)
    assert f"threshold fitted on the scores of dev ('dev', {rule}); 20 real and 40 spoof videos" in target.line()
    assert f"threshold fitted on the same scores ('dev', {rule})" in reports["dev"].line()
    if rule.startswith("apcer"):
        assert reports["dev"].iso.apcer_worst.value <= 0.1


def test_deploy_needs_dev(frames):
    with pytest.raises(ValueError, match=r"role 'dev'\), but there are scores of target only: set run.holdout"):
        make_reports(dict(target=frames()), EvaluationOptions("deploy"))


@pytest.mark.parametrize("level", ["video", "frame"])
def test_deploy_refuses_dev_videos_that_are_also_tested(frames, level):
    with pytest.raises(ValueError, match=r"60 of 60 videos of target are also in dev, among them 'O/.*': the threshold would"):
        make_reports(dict(dev=frames(1), target=frames(2)), EvaluationOptions("deploy", level))
    other = replace(frames(1), domain=np.full(len(frames(1)), "another", object))
    assert set(make_reports(dict(dev=other, target=frames(2)), EvaluationOptions("deploy", level))) == {"dev", "target"}


def test_levels(frames):
    table = frames()
    report = make_reports(dict(target=table), EvaluationOptions(0.5, "frame"))["target"]
    assert report.metrics == metrics_at(table.score, table.label, 0.5)
    assert report.line().endswith("threshold fixed at 0.5; 50 real and 100 spoof frames")
    assert [len(table.at_level(level)) for level in ("video", "frame")] == [60, 150]


def test_line_and_table(frames):
    report = make_reports(dict(target=frames()), EvaluationOptions(0.5))["target"]
    head, *lines = report.table().splitlines()
    assert head == "target at 0.5000 (fixed), errors of 20 real and 40 spoof videos:"
    iso, cells = report.iso, {line[:24].strip(): line[24:].split() for line in lines[1:]}
    for name, rate in iso.apcer.items():
        low, high = (f"{100 * bound:.2f}" for bound in rate.interval)
        assert cells[f"APCER {name}"] == [f"{100 * rate.value:.2f}", low, "..", high, str(rate.errors), "of", str(rate.total)]
    assert f"APCER worst ({iso.worst_attack})" in cells
    assert cells["ACER"][0] == f"{100 * (iso.apcer_worst.value + iso.bpcer.value) / 2:.2f}"
    assert [cells[f"BPCER{n}"][0] for n in (10, 20, 100)] == [
        f"{100 * value:.2f}" for value in (iso.bpcer10, iso.bpcer20, iso.bpcer100)
    ]
    assert not [line for line in lines if len(line) > 100]


def test_json_holds_the_logged_values(frames):
    report = make_reports(dict(target=frames()), EvaluationOptions(0.5))["target"]
    data = json.loads(json.dumps(report.to_dict()))
    assert data["figures"] == report.scalars()
    assert (data["role"], data["level"], data["rule"]) == ("target", "video", "threshold fixed at 0.5")
    assert data["threshold_rule"] == "fixed (0.5)"
    assert (data["real"], data["spoof"]) == (20, 40)
    assert sum(entry["total"] for entry in data["APCER"].values()) == 40
    assert data["BPCER"]["wilson_95"][0] < data["BPCER"]["percent"] < data["BPCER"]["wilson_95"][1]


ORACLE = Provenance("p1", "OCM->I", 2, "best_target_HTER_iter_8.pth", 8, "target", "target/HTER", 0)


def test_a_checkpoint_chosen_on_the_target_is_named_with_all_metrics(frames):
    both = {"target": frames(2), "dev": frames(1, "C")}
    reports = make_reports(both, EvaluationOptions("deploy"), ORACLE)
    plain = make_reports(both, EvaluationOptions("deploy"))
    for role, report in reports.items():
        assert report.scalars() == plain[role].scalars()
        head, tail = plain[role].line().split("; ")
        chosen = "checkpoint chosen on the target's own test set by target/HTER ('target-oracle', oracle, optimistic)"
        origin = "p1 OCM->I, seed 2, best_target_HTER_iter_8.pth (iteration 8)"
        assert report.line() == f"{head}, {chosen}; {tail}; {origin}; no target images in training"
        assert report.table().splitlines()[1] == f"  {origin}; {chosen}; no target images in training"
        found = json.loads(json.dumps(report.to_dict()))
        assert found["provenance"] == ORACLE.to_dict()
        assert (found["checkpoint_oracle"], found["threshold_oracle"]) == (True, False)


@pytest.mark.parametrize(
    ("options", "role", "oracle"),
    [("paper", "target", True), ("paper", "dev", False), ("deploy", "target", False), (0.5, "target", False)],
)
def test_a_threshold_fitted_on_the_target_is_marked(frames, options, role, oracle):
    both = {"target": frames(2), "dev": frames(1, "C")}
    found = make_reports(both, EvaluationOptions(options))[role].to_dict()
    assert (found["threshold_oracle"], found["checkpoint_oracle"], found["provenance"]) == (oracle, None, None)


def test_printed_thresholds_are_exact():
    assert (number(0.8224), number(1.1)) == ("0.8224", "1.1000")
    assert float(number(0.1 + 0.2)) == 0.1 + 0.2


@pytest.mark.parametrize("by", ["video", "subject"])
def test_bootstrap_intervals_contain_the_metrics(frames, by):
    for options in (EvaluationOptions(), EvaluationOptions(0.55)):
        report = make_reports(dict(target=frames()), options)["target"]
        intervals = report.bootstrap(by, 60)
        assert intervals == report.bootstrap(by, 60)
        for name, (low, high) in intervals.items():
            assert low < report.scalars()[name] < high


def test_bootstrap_refits_only_thresholds_fitted_on_the_same_scores(frames):
    both = dict(dev=frames(0, "C"), target=frames(2))
    reports = make_reports(both, EvaluationOptions("deploy"))
    fixed = make_reports(both, EvaluationOptions(reports["target"].metrics.threshold))
    assert reports["target"].bootstrap("video", 20) == fixed["target"].bootstrap("video", 20)
    assert reports["dev"].bootstrap("video", 20) != fixed["dev"].bootstrap("video", 20)
    assert reports["dev"].bootstrap("video", 20) == make_reports(both, EvaluationOptions())["dev"].bootstrap("video", 20)


def test_bootstrap_fits_with_the_worst_attack_type(frames):
    report = make_reports(dict(dev=frames(0)), EvaluationOptions("deploy", rule="apcer=0.1"))["dev"]
    own = report.samples

    def measure(rows):
        threshold = fit_threshold(own.score[rows], own.label[rows], "apcer=0.1", own.attack_type[rows])
        return [100 * metrics_at(own.score[rows], own.label[rows], threshold).hter]

    (want,) = bootstrap(measure, own.label, own.video, 20)
    assert report.bootstrap("video", 20)["HTER"] == tuple(want)


def test_subjects_of_two_domains_are_different(frames):
    table = frames()
    table.domain[table.label == 1] = "M"
    of_one_name = make_reports(dict(target=table), EvaluationOptions(0.5))["target"].bootstrap("subject", 20)
    table.subject[:] = table.domain + table.subject
    assert make_reports(dict(target=table), EvaluationOptions(0.5))["target"].bootstrap("subject", 20) == of_one_name


def test_bootstrap_of_unknown_subjects(frames):
    table = frames()
    table.subject[table.video == "O/3"] = ""
    report = make_reports(dict(target=table), EvaluationOptions())["target"]
    with pytest.raises(ValueError, match="subject of 1 videos of target is unknown: draw by 'video'"):
        report.bootstrap("subject")
    with pytest.raises(ValueError, match="'video' or 'subject', got 'frame'"):
        report.bootstrap("frame")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(threshold="eer"), r"threshold must be 'paper', 'dev' or a number in 0..1.1, got 'eer'"),
        (dict(level="clip"), "level must be one of 'video', 'frame', got 'clip'"),
        (dict(rule="apcer=0.1"), "is for threshold='dev', got threshold='paper'"),
        (dict(threshold="deploy", rule="apcer"), "A threshold rule is"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        EvaluationOptions(**options)


def test_no_scores():
    with pytest.raises(ValueError, match="the test list is empty"):
        make_reports({}, EvaluationOptions())


def test_a_video_is_summed_in_the_order_of_its_frames(frames):
    table = frames()
    for video, score in zip(*(getattr(table.at_level("video"), name) for name in ("video", "score")), strict=True):
        own = table.score[table.video == video]
        assert score == own.cumsum()[-1] / len(own)  # sum() and np.sum add in another order
        assert np.isclose(score, own.mean())
