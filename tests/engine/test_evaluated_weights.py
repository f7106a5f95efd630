# SPDX-License-Identifier: Apache-2.0
"""Files, log and best checkpoint of a training with a moving average of the weights."""

import itertools
import json
from pathlib import Path

import pytest
import torch

pytestmark = pytest.mark.usefixtures("small_vocabulary")

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()


@pytest.fixture
def run(run_tool, shared_mcio, tmp_path):
    """run('train.py', work_dir, 'custom_hooks = ...', *arguments): the demo, two iterations at a high rate."""

    def call(tool, work, hooks="", *arguments, options=()):
        config = tmp_path / "own.py"
        config.write_text(f'_base_ = ["{ROOT.as_posix()}/configs/flip_it_demo.py"]\n{hooks}\n')
        loaders = [f"{part}_dataloader.num_workers=0" for part in ("train", "val", "test")]
        quick = ["train_cfg.max_iters=2", "train_cfg.val_interval=2", *loaders, *options]
        name = f"experiment_name=test_evaluated_weights_{next(NUMBER)}"
        run_tool(tool, config, *arguments, "--data-root", shared_mcio, "--work-dir", work, "--cfg-options", name, *quick)
        return work

    return call


def values(path):
    return json.loads(path.read_text())


EMA = 'custom_hooks = [dict(type="EMAHook", momentum=0.5{})]'


# The last one is how MMPretrain's configs write it.
@pytest.mark.parametrize("origin", [", evaluate_on_origin=True", "", ', priority="ABOVE_NORMAL"'])
def test_files_log_and_best_checkpoint_belong_to_the_average(run, tmp_path, origin, capfd):
    work = run("train.py", tmp_path / "w", EMA.format(origin))
    assert "validation at 2/2 of the averaged weights (EMA): target HTER" in capfd.readouterr().out
    (best,) = work.glob("best_*.pth")
    content = torch.load(best, weights_only=False)
    assert content["meta"]["weights"] == "ema"
    names = content["state_dict"].keys()
    assert any(not torch.equal(content["state_dict"][name], content["ema_state_dict"][f"module.{name}"]) for name in names)
    tests = {}
    for name, hooks in {"plain": "", "with_hook": EMA.format(origin)}.items():
        tests[name] = run("test.py", tmp_path / name, hooks, best)
        place = dict(iteration=2, best_by="target/HTER")
        assert values(tests[name] / "figures_target.json") | place == values(work / "val_figures_target.json")
        assert (tests[name] / "scores_target.csv").read_bytes() == (work / "val_scores_target.csv").read_bytes()
    assert values(work / "val_figures_target.json")["weights"] == "ema"
    raw = run("test.py", tmp_path / "raw", EMA.format(", evaluate_on_ema=False, evaluate_on_origin=True"), best)
    assert values(raw / "figures_target.json")["weights"] == "raw"
    assert (raw / "scores_target.csv").read_bytes() != (work / "val_scores_target.csv").read_bytes()
    log = next(work.glob("*/*.log")).read_text()
    assert "The validation above is for the averaged weights (EMA)" in log
    assert ("The next line is for the raw weights" in log) == ("origin" in origin)


def test_a_published_average_is_known_as_one(run, tmp_path):
    work = run("train.py", tmp_path / "w", EMA.format(""))
    content = torch.load(work / "iter_2.pth", weights_only=False)
    torch.save(dict(meta=content["meta"], state_dict=content["state_dict"]), tmp_path / "published.pth")
    tested = run("test.py", tmp_path / "t", "", tmp_path / "published.pth")
    assert values(tested / "figures_target.json")["weights"] == "ema"


def test_without_an_average_weights_are_raw(run, tmp_path):
    work = run("train.py", tmp_path / "w")
    assert torch.load(work / "iter_2.pth", weights_only=False)["meta"]["weights"] == "raw"
    assert values(work / "val_figures_target.json")["weights"] == "raw"


def test_a_best_checkpoint_chosen_by_other_weights_than_it_holds_is_refused(run, tmp_path):
    hooks = EMA.format(", evaluate_on_ema=False, evaluate_on_origin=True")
    with pytest.raises(ValueError, match=r"EMAHook\(evaluate_on_ema=False\) validates the raw weights, .*save_best=None"):
        run("train.py", tmp_path / "w", hooks)
    work = run("train.py", tmp_path / "w", hooks, options=["default_hooks.checkpoint.save_best=None"])
    assert values(work / "val_figures_target.json")["weights"] == "raw"


def test_a_second_evaluation_ahead_of_the_files_is_refused(run, tmp_path):
    with pytest.raises(ValueError, match=r"EMAHook\(evaluate_on_origin=True\) comes before ScoreReportHook: .*Remove its pri"):
        run("train.py", tmp_path / "w", EMA.format(', priority="HIGH", evaluate_on_origin=True'))
