# SPDX-License-Identifier: Apache-2.0
"""Score files give the metrics of the run that wrote them."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from flip_mm.evaluation import FASMetric, Provenance, ScoreTable, write_scores

TOOL = "analysis_tools/evaluate_scores.py"


@pytest.fixture
def tested(scored_samples, tmp_path, monkeypatch):
    """tested(threshold=..., rule=...): a metric, its score files being in the current folder."""
    monkeypatch.chdir(tmp_path)

    def make(**kwargs):
        metric = FASMetric(**kwargs)
        metric.process({}, scored_samples)
        metric.evaluate(len(scored_samples))
        for role, frames in metric.frames.items():
            write_scores(frames, f"val_scores_{role}.csv")
        return metric

    return make


@pytest.mark.parametrize(
    ("kwargs", "arguments"),
    [
        (dict(threshold="paper"), []),
        (dict(threshold="paper", level="frame"), ["--threshold", "paper", "--level", "frame"]),
        (dict(threshold=0.4), ["--threshold", "0.4"]),
        (dict(threshold="deploy"), ["--dev", "val_scores_dev.csv"]),
        (dict(threshold="deploy", rule="apcer=0.1"), ["--dev", "val_scores_dev.csv", "--rule", "apcer=0.1"]),
    ],
)
def test_score_files_give_the_metrics_of_the_run_to_the_last_digit(tested, run_tool, capsys, kwargs, arguments):
    metric = tested(**kwargs)
    run_tool(TOOL, "val_scores_target.csv", *arguments, "--json", "out.json")
    shown = capsys.readouterr().out
    roles = ["dev", "target"] if "--dev" in arguments else ["target"]
    for role in roles:
        assert metric.reports[role].line() in shown
        assert metric.reports[role].table() in shown
    assert json.loads(Path("out.json").read_text()) == [metric.reports[role].to_dict() for role in roles]


def test_the_provenance_of_a_file_is_reported_and_another_checkpoint_refused(tested, run_tool, capsys):
    metric = tested(threshold="deploy")
    own = Provenance("p1", "OCM->I", 2, "iter_8.pth", 8, "target")
    write_scores(metric.frames["target"], "val_scores_target.csv", own)
    write_scores(metric.frames["dev"], "val_scores_dev.csv", own)
    run_tool(TOOL, "val_scores_target.csv", "--dev", "val_scores_dev.csv", "--json", "out.json")
    shown = capsys.readouterr().out
    assert "checkpoint chosen on the target's own test set ('target-oracle', oracle, optimistic); 10 real and" in shown
    assert json.loads(Path("out.json").read_text())[1]["provenance"] == own.to_dict()
    write_scores(metric.frames["dev"], "val_scores_dev.csv", replace(own, seed=3))
    with pytest.raises(ValueError, match=r"from p1 OCM->I, seed 3, iter_8.pth \(iteration 8\): a threshold is valid for one"):
        run_tool(TOOL, "val_scores_target.csv", "--dev", "val_scores_dev.csv")


def test_bootstrap_and_plots(tested, run_tool, capsys):
    metric = tested(threshold=0.4)
    more = ("--bootstrap", 30, "--by", "subject", "--seed", 3, "--plots", "plots", "--json", "out.json")
    run_tool(TOOL, "val_scores_target.csv", "--threshold", 0.4, *more)
    want = metric.reports["target"].bootstrap("subject", 30, 3)
    found = json.loads(Path("out.json").read_text())[0]["bootstrap_95"]
    assert found == {name: list(bounds) for name, bounds in want.items()} | dict(by="subject", resamples=30, seed=3)
    low, high = want["HTER"]
    assert f"bootstrap by subject, 30 resamples, 95 %: HTER {low:.2f} .. {high:.2f}" in capsys.readouterr().out
    assert {path.name for path in Path("plots").iterdir()} == {"roc_target.png", "det_target.png", "scores_target.png"}


def test_contradicting_options_are_refused(tested, run_tool, capsys):
    tested(threshold=0.4)
    dev, target = "val_scores_dev.csv", "val_scores_target.csv"
    with pytest.raises(SystemExit):
        run_tool(TOOL, target, "--dev", dev, "--threshold", 0.5)
    assert "not allowed with argument" in capsys.readouterr().err
    with pytest.raises(ValueError, match="is for threshold='dev'"):
        run_tool(TOOL, target, "--rule", "apcer=0.1")
    Path(target).write_text("file,video,subject,domain,attack_type,label,score\nx,x,,O,print,0,2.0\n")
    with pytest.raises(ValueError, match=r"'val_scores_target.csv', line 2: 'x' has the score 2.0"):
        run_tool(TOOL, target)


def rewrite(path, change, rows=slice(None)):
    """A copy of a score file, its names of domains and videos changed."""
    head, *lines = Path(path).read_text(encoding="utf-8").splitlines()
    cells = [line.split(",") for line in lines[rows]]
    copy = [
        ",".join([f"new{i}", change(video), subject, change(domain), *rest])
        for i, (_, video, subject, domain, *rest) in enumerate(cells)
    ]
    Path("copy.csv").write_text("\n".join([head, *copy]), encoding="utf-8")
    return "copy.csv"


def hard_link(path):
    os.link(path, "linked.csv")
    return "linked.csv"


SAME = {
    "the same file": lambda path: path,
    "the same file by another path": lambda path: f"./{path}",
    "a hard link": hard_link,
    "a copy": lambda path: rewrite(path, str),
    "a part": lambda path: rewrite(path, str, slice(0, 20)),
    "upper case": lambda path: rewrite(path, str.upper),
    "blanks": lambda path: rewrite(path, lambda name: f" {name} "),
    "invisible characters": lambda path: rewrite(path, lambda name: name + "\u200b"),
    "decomposed letters": lambda path: rewrite(path, lambda name: name.replace("\u00e9", "e\u0301")),
}


@pytest.mark.parametrize("same", SAME.values(), ids=SAME)
def test_a_threshold_is_not_fitted_on_tested_videos(tested, run_tool, same):
    tested(threshold=0.4)
    target = Path("val_scores_target.csv")
    target.write_text(target.read_text().replace("png,v", "png,v\u00e9"), encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"'.*', --dev '.*': \d+ of 30 videos of target are also in dev, among them 'v.*tested videos"
    ):
        run_tool(TOOL, target, "--dev", same(str(target)))


def test_other_videos_may_come_from_a_file_of_any_name(tested, run_tool, capsys):
    metric = tested(threshold="deploy")
    Path("other").mkdir()
    os.rename("val_scores_target.csv", "other/scores_dev.csv")
    run_tool(TOOL, "other/scores_dev.csv", "--dev", "val_scores_dev.csv")
    assert metric.reports["target"].line() in capsys.readouterr().out


def test_videos_of_two_data_sets_may_have_the_same_names(tested, run_tool, capsys):
    tested(threshold="paper")
    run_tool(TOOL, "val_scores_target.csv", "--dev", rewrite("val_scores_target.csv", lambda name: name.replace("O", "C")))
    assert "threshold fitted on the scores of dev" in capsys.readouterr().out


def test_warnings_are_printed_and_written(run_tool, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = [(f"{i}", f"v{i}", "", "O", "bonafide" if i % 2 else "print", i % 2, 0.50001 + 2e-5 * (i % 2)) for i in range(20)]
    write_scores(ScoreTable.from_frames(rows), "s.csv")
    run_tool(TOOL, "s.csv", "--json", "out.json")
    warnings = json.loads(Path("out.json").read_text())[0]["warnings"]
    assert any("the EER of 50.00 uses the published thresholds" in text for text in warnings)
    out = capsys.readouterr().out
    assert all(f"Warning: {text}\n" in out for text in warnings)


def test_a_report_with_the_record_next_to_the_scores(tested, run_tool, capsys, make_record):
    metric = tested(threshold="deploy")
    own = Provenance("p1", "OCI->M", 0, "best_target_HTER_iter_8.pth", 8, "target", "target/HTER")
    for role in ("dev", "target"):
        write_scores(metric.frames[role], f"val_scores_{role}.csv", own, "deploy (eer)")
    Path("record.json").write_text(json.dumps(make_record()))
    run_tool(TOOL, "val_scores_target.csv", "--dev", "val_scores_dev.csv", "--report", "new/out")
    assert "Report written: new/out/report.html" in capsys.readouterr().out
    page = Path("new/out/report.html").read_text()
    assert "flip_mcl_p1.py" in page
    for role in ("dev", "target"):
        assert hashlib.sha256(Path(f"val_scores_{role}.csv").read_bytes()).hexdigest() in page
    assert "The thresholds were fitted on the scores of" in page
    Path("other.json").write_text(json.dumps(make_record(seed=5)))
    with pytest.raises(ValueError, match=r"'other\.json' is the record of another training than that of the scores"):
        run_tool(TOOL, "val_scores_target.csv", "--report", "out", "--record", "other.json")
    with pytest.raises(NotADirectoryError, match="--data-root 'absent' is no folder"):
        run_tool(TOOL, "val_scores_target.csv", "--report", "out", "--data-root", "absent")
    assert not Path("out").exists()
    for option in ("--data-root", "--record"):
        with pytest.raises(SystemExit):
            run_tool(TOOL, "val_scores_target.csv", option, ".")
        assert f"argument {option}: it is for --report DIR, which is missing" in capsys.readouterr().err
