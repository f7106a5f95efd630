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
    own = dict(test_loop=loop, val_loop=loop, logger=SimpleNamespace(info=said.append), metric=metric, said=said)
    hub = SimpleNamespace(runtime_info={})
    return SimpleNamespace(work_dir=str(tmp_path), iter=4, epoch=0, hooks=[], message_hub=hub, **own)


def test_scores_metrics_and_plots_of_every_role(runner, tmp_path):
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
    assert figures(tmp_path) == {"val_figures_a_b_dev.json": (4, None)}
    assert not [text for text in runner.said if "APCER" in text]


def figures(folder, pattern="val_*figures_a_b_dev.json"):
    """File -> iteration and rule that it names."""
    found = {path.name: json.loads(path.read_text()) for path in folder.glob(pattern)}
    return {name: (own["iteration"], own.get("best_by")) for name, own in found.items()}


RULES = {"target/HTER": "best_ckpt", ("target/HTER", "dev/HTER"): "best_ckpt_target/HTER"}


@pytest.mark.parametrize(("save_best", "key"), RULES.items())
def test_validations_are_written_when_they_are_the_best(runner, tmp_path, save_best, key, monkeypatch):
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
    rules = save_best if isinstance(save_best, str) else list(save_best)
    runner.hooks = [HOOKS.build(dict(type="BestCheckpointHook", interval=2, by_epoch=False, save_best=rules, rule="less"))]
    hook, info = HOOKS.build(dict(type="ScoreReportHook")), runner.message_hub.runtime_info

    def validate(iteration, **best):
        """The checkpoint hook decides after this one, what it decided is written before the next iteration."""
        runner.iter = iteration
        hook.after_val_epoch(runner)
        info.update({key: f"work/best_{role}_HTER_iter_{iteration}.pth" for role, key in best.items()})
        hook.before_train_iter(runner, 0)

    validate(2)
    assert figures(tmp_path) == {}
    info["best_ckpt_dev/HTER"] = "work/best_dev_HTER_iter_2.pth"
    validate(4, target=key)
    want = {"val_figures_a_b_dev.json": (4, "target/HTER")}
    assert figures(tmp_path) == want
    # A later one that is not the best changes nothing, nor does the end.
    validate(6)
    hook.after_train(runner)
    assert figures(tmp_path) == want
    if not isinstance(save_best, str):
        validate(8, dev="best_ckpt_dev/HTER")
        assert figures(tmp_path) == want | {"val_dev_HTER_figures_a_b_dev.json": (8, "dev/HTER")}


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
