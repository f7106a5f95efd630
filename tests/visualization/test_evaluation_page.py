# SPDX-License-Identifier: Apache-2.0
import html
import re

import numpy as np
import pytest

from flip_mm.evaluation import EvaluationOptions, Provenance, ScoreTable, make_reports
from flip_mm.evaluation.iso30107 import Rate
from flip_mm.visualization.evaluation_page import write_evaluation_page
from flip_mm.visualization.evaluation_tables import per_thousand, short
from flip_mm.visualization.record_tables import record_groups

OWN = Provenance("p1", "ICM->O", 0, "best_target_HTER_iter_8.pth", 8, "target", "target/HTER", 0)


def frames(count=40, names=lambda i: f"oulu/test/{i}.png", shift=3.0, seed=0, domain="O"):
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(count):
        real = i % 2
        attack = "bonafide" if real else ("print", "<i>mask</i>")[i % 4 // 2]
        score = float(1 / (1 + np.exp(-rng.normal(shift * (real - 0.5)))))
        rows.append((names(i), f"{seed}v{i}", "", domain, attack, real, score))
    return ScoreTable.from_frames(rows)


@pytest.fixture
def page(tmp_path, drawn_plots):
    """page(frames, options, ...): the text of the page."""

    def make(tables, options=None, known=None, **kwargs):
        report = make_reports(tables, options or EvaluationOptions(), known)["target"]
        write_evaluation_page(tmp_path / "page.html", tables, report, **kwargs)
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return make


def plain(text):
    """The text of a page without tags, blanks as one."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))


def test_a_page_of_scores_alone(page):
    text = page(dict(target=frames()))
    assert not re.search(r"(src|href)=\"(?!data:)|url\(|@import|<script", text)
    assert "<i>mask" not in text
    assert text.count("data:image/png") == 5
    words = plain(text)
    report = make_reports(dict(target=frames()), EvaluationOptions())["target"]
    wrong = report.iso.bpcer
    assert f"How many genuine users are rejected? {1000 * wrong.value:.0f} of 1000" in words
    assert f"{wrong.errors} of 20 counted" in words
    assert "too few to say: 20 videos of genuine users, 300 are needed" in words
    assert "at most 10 % of all attacks together pass" not in words
    assert "unknown training" in words
    assert "There are no pictures: --data-root FOLDER shows them." in words
    assert "needs scores of held-out source videos" in words
    assert "unknown: there is no record of the training" in words
    assert words.count("unknown") > 10
    assert f"calibration error (ECE) {100 * report.calibration:.2f} %" in words


def test_rules_side_by_side(page, make_record):
    tables = dict(dev=frames(200, seed=1, domain="M"), target=frames())
    words = plain(page(tables, EvaluationOptions("deploy"), OWN, record=make_record()))
    for options in (EvaluationOptions("deploy"), EvaluationOptions("paper")):
        report = make_reports(tables, options)["target"]
        assert f"{options.threshold_rule} {short(report.metrics.threshold)} {100 * report.metrics.hter:.2f} %" in words
    assert "The thresholds were fitted on the scores of dev" in words
    assert (
        "checkpoint chosen on the target's own test set (oracle, optimistic) best_target_HTER_iter_8.pth test paper 3.00 %"
        in words
    )
    assert "config flip_mcl_p1.py" in words
    assert "Labels of the tested data chose it" in words


def test_a_fixed_threshold(page):
    words = plain(page(dict(target=frames()), EvaluationOptions(0.4, "frame")))
    assert "fixed (0.4) 0.4000" in words
    assert "paper" in words
    assert "Frames of one video are alike" in words


def test_pictures_of_mistakes(page, shared_mcio):
    paths = sorted(path.relative_to(shared_mcio / "frame").as_posix() for path in (shared_mcio / "frame").rglob("*.png"))
    names = {0: paths[0], 1: f"/old/place/frame/{paths[1]}", 2: "absent.png", 3: "../../secret.png", 4: "/etc/passwd"}
    # Reversed scores: everything is a mistake.
    tables = dict(target=frames(10, lambda i: names.get(i, paths[i]), shift=-9.0))
    text = page(tables, EvaluationOptions(0.5), data_root=shared_mcio)
    assert text.count("data:image/jpeg") == 7
    assert "This page shows faces" in text
    words = plain(text)
    assert "absent.png: no picture, the file is not in the data root" in words
    assert words.count("no picture, its path is outside of the data root") == 2
    assert 'src=""' not in text


def test_no_mistakes(page):
    text = page(dict(target=frames(shift=30.0)), EvaluationOptions(0.5))
    assert text.count('<p class="good">none</p>') == 2


def test_per_thousand():
    assert per_thousand(Rate(0, 60)).text == "0 of 1000"
    assert per_thousand(Rate(0, 60)).detail == "0 to 60\n0 of 60 counted"
    assert per_thousand(None).text == "\u2013"


def test_what_is_unknown_is_said():
    groups = record_groups(None, None, {"file": "s.csv"})
    assert groups["Scores"] == {"file": "s.csv"}
    assert {value for title in ("Model", "Training", "Data lists") for value in groups[title].values()} == {"unknown"}


def test_a_record_as_table(make_record):
    groups = record_groups(make_record(), OWN, {})
    assert groups["Model"]["hash of the checkpoint"] == "f"
    assert groups["Training"]["iterations"] == "12 of 12"
    assert groups["Data lists"]["train: C"] == "casia_real_train.txt: 9 lines, sha256 a; 9 images"
