# SPDX-License-Identifier: Apache-2.0
"""Score files give the figures of the run that wrote them."""

import json
from pathlib import Path

import pytest

from flip_mm.evaluation import FASMetric, write_scores

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
def test_the_figures_of_the_run_to_the_last_digit(tested, run_tool, capsys, kwargs, arguments):
    metric = tested(**kwargs)
    run_tool(TOOL, "val_scores_target.csv", *arguments, "--json", "out.json")
    shown = capsys.readouterr().out
    roles = ["dev", "target"] if "--dev" in arguments else ["target"]
    for role in roles:
        assert metric.reports[role].line() in shown
        assert metric.reports[role].table() in shown
    assert json.loads(Path("out.json").read_text()) == [metric.reports[role].to_dict() for role in roles]


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


def test_what_contradicts_itself_is_refused(tested, run_tool, capsys):
    tested(threshold=0.4)
    dev, target = "val_scores_dev.csv", "val_scores_target.csv"
    with pytest.raises(SystemExit):
        run_tool(TOOL, target, "--dev", dev, "--threshold", 0.5)
    assert "not allowed with argument" in capsys.readouterr().err
    with pytest.raises(ValueError, match="fitted on what it judges"):
        run_tool(TOOL, dev, "--dev", dev)
    with pytest.raises(ValueError, match="is for threshold='deploy'"):
        run_tool(TOOL, target, "--rule", "apcer=0.1")
    Path(target).write_text("file,video,subject,domain,attack_type,label,score\nx,x,,O,print,0,2.0\n")
    with pytest.raises(ValueError, match=r"'val_scores_target.csv', line 2: 'x' has the score 2.0"):
        run_tool(TOOL, target)
