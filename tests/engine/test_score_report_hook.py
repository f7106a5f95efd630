# SPDX-License-Identifier: Apache-2.0
import json
from types import SimpleNamespace

import pytest
from mmpretrain.registry import HOOKS

from flip_mm.evaluation import FASMetric, read_scores


@pytest.fixture
def runner(scored_samples, tmp_path):
    """A runner with one evaluated metric; what it logs is in .said."""
    metric = FASMetric(threshold="deploy", prefix="a/b")
    metric.process({}, scored_samples)
    metric.evaluate(len(scored_samples))
    loop, said = SimpleNamespace(evaluator=SimpleNamespace(metrics=[metric])), []
    logger = SimpleNamespace(info=said.append)
    return SimpleNamespace(
        work_dir=str(tmp_path), test_loop=loop, val_loop=loop, logger=logger, metric=metric, said=said, hooks=[]
    )


def test_scores_figures_and_plots_of_every_role(runner, tmp_path):
    hook = HOOKS.build(dict(type="ScoreReportHook"))
    hook.after_test_epoch(runner)
    assert [text for text in runner.said if "APCER worst" in text] == [r.table() for r in runner.metric.reports.values()]
    kinds = ("scores_{}.csv", "figures_{}.json", "roc_{}.png", "det_{}.png", "scores_{}.png")
    names = {kind.format(f"a_b_{role}") for kind in kinds for role in ("dev", "target")}
    assert {path.name for path in tmp_path.iterdir()} == names
    for role, report in runner.metric.reports.items():
        frames = read_scores(tmp_path / f"scores_a_b_{role}.csv")
        assert list(frames.rows()) == list(runner.metric.frames[role].rows())
        assert json.loads((tmp_path / f"figures_a_b_{role}.json").read_text()) == report.to_dict() | dict(weights="raw")
    assert "\n'-0.png,v0," in (tmp_path / "scores_a_b_dev.csv").read_text()
    runner.said.clear()
    hook.after_val_epoch(runner)
    hook.after_train(runner)
    assert {path.name for path in tmp_path.iterdir()} == names | {f"val_{name}" for name in names}
    assert not [text for text in runner.said if "APCER" in text]


def test_without_validation_there_is_nothing_to_write(runner, tmp_path):
    runner.val_loop = None
    HOOKS.build(dict(type="ScoreReportHook")).after_train(runner)
    assert not list(tmp_path.iterdir())


def test_a_crash_leaves_the_earlier_file_whole(runner, tmp_path, monkeypatch):
    def crash(*_):
        raise KeyboardInterrupt

    (tmp_path / "scores_a_b_dev.csv").write_text("whole")
    monkeypatch.setattr("os.replace", crash)
    with pytest.raises(KeyboardInterrupt):
        HOOKS.build(dict(type="ScoreReportHook")).after_test_epoch(runner)
    assert (tmp_path / "scores_a_b_dev.csv").read_text() == "whole"
