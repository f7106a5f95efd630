# SPDX-License-Identifier: Apache-2.0
"""One source and many targets in two data roots: one training without targets, tests of its last and best checkpoint."""

import itertools
import json
import shutil
from pathlib import Path

import pytest

from flip_mm.evaluation.selection import combinations, select

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
ARCH = dict(embed_dim=8, vision_cfg=dict(image_size=64, layers=1, width=64, patch_size=32), text_cfg=dict(width=64, layers=1))
CONFIG = f"""
_base_ = ["{ROOT.as_posix()}/configs/flip_v_demo.py"]
model = dict(backbone=dict(_delete_=True, type="OpenCLIP", text=False, arch={ARCH}))
train_dataloader = dict(num_workers=0)
val_dataloader = dict(num_workers=0)
test_dataloader = dict(num_workers=0)
train_cfg = dict(max_iters=4, val_interval=2)
default_hooks = dict(checkpoint=dict(interval=2), logger=dict(interval=2))
"""
RUN = ("--protocol", "celeba", "--holdout", 0.3)


@pytest.fixture
def run(run_tool, tmp_path, monkeypatch):
    """run(tool, work dir, *arguments): the record."""
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
    config = tmp_path / "tiny.py"
    config.write_text(CONFIG)

    def call(tool, work, *arguments, options=()):
        options = (f"experiment_name=several_roots_{next(NUMBER)}", *options)
        run_tool(tool, config, *arguments, "--work-dir", work, "--cfg-options", *options)
        return json.loads((work / "record.json").read_text(encoding="utf-8"))

    return call


@pytest.fixture
def roots(shared_mcio, shared_wcs):
    # Both hold CelebA.
    return ("--data-root", f"MCIO={shared_mcio}", f"WCS={shared_wcs}", f"CelebA={shared_mcio}")


def test_one_training_and_all_targets(run, roots, tmp_path, shared_mcio, shared_wcs):
    work = tmp_path / "work"
    more = ["val_evaluator.more_thresholds=[0.5]"]
    # The training reads no target: the data root of the targets W, CeFA and S is not even named.
    own = run("train.py", work, *RUN, "--target", "W", "--validate", "dev", "--data-root", shared_mcio, options=more)
    assert own["selection"]["checkpoint"] == [dict(rule="dev", metric="dev/HTER", uses_target=False)]
    assert own["data"]["val"].keys() == own["data"]["train"].keys() == {"CelebA"}
    assert own["data"]["val"]["CelebA"]["roles"].keys() == {"dev"}
    assert {(one.rule, one.threshold) for one in combinations(own, role="dev")} == {("dev", "paper"), ("last", "paper")}
    assert combinations(own) == []

    (best,) = work.glob("best_dev_HTER_iter_*.pth")
    last = work / "iter_4.pth"
    for target, checkpoint, rule in (("M", last, "last"), ("W", last, "last"), ("W", best, "dev"), ("S", best, "dev")):
        own = run("test.py", work, checkpoint, *RUN, "--target", target, *roots)
        test = own["tests"][-1]
        origin = test["provenance"]
        assert (origin["run"], origin["selection"]) == (f"CelebA->{target}", rule)
        assert (origin["checkpoint_oracle"], origin["holdout"], origin["shots"]) == (False, 0.3, 0)
        assert test["data"].keys() == {"CelebA", target}
        assert all(described["synthetic"] for described in test["data"].values())
        rules = {(one["role"], one["threshold_rule"]) for one in test["reports"].values()}
        assert rules == {("dev", "paper"), ("target", "paper"), ("target", "dev (eer)")}
    # One result of each test.
    assert len(own["tests"]) == 4
    text = json.dumps(own)
    for place in (shared_mcio, shared_wcs, tmp_path):
        assert str(place) not in text


def test_the_checkpoint_of_another_target_is_no_oracle(run, roots, tmp_path):
    work = tmp_path / "work"
    own = run("train.py", work, *RUN, "--target", "W", *roots, options=["val_evaluator.more_thresholds=[0.5]"])
    held = {(one.rule, one.threshold) for one in combinations(own)}
    assert held == set(itertools.product(("target-oracle", "dev", "last"), ("paper", "dev (eer)", "fixed (0.5)")))
    assert select(own, "last", 0.5).iteration == 4
    (best,) = work.glob("best_target_HTER_iter_*.pth")
    own = run("test.py", work, best, *RUN, "--target", "M", *roots)
    assert [(test["provenance"]["run"], test["provenance"]["checkpoint_oracle"]) for test in own["tests"]] == [
        ("CelebA->M", False)
    ]
    assert own["tests"][0]["provenance"]["selection"] == "other-target"
    own = run("test.py", work, best, *RUN, "--target", "W", *roots)
    assert own["tests"][-1]["provenance"]["selection"] == "target-oracle"


@pytest.mark.parametrize(
    ("roots", "error", "message"),
    [
        (
            ("MCIO={m}", "WCS={w}"),
            ValueError,
            r"MCIO \('.*'\) and WCS \('.*'\) both have lists of CelebA: choose .* CelebA=PATH",
        ),
        (("MCIO={m}", "Other={t}"), FileNotFoundError, r"No data root has a list of W \(wmca_real_train.txt\)"),
        (("MCIO={m}", "WCS={w}/frame"), FileNotFoundError, r"The data root WCS='.*' has no folder txt/"),
        (("MCIO={m}", "WCS={t}/none"), FileNotFoundError, r"The data root WCS='.*' is no folder"),
        (("MCIO={m},MCIO={w}",), ValueError, "--data-root names MCIO twice"),
        (("MCIO={m},WCS=",), ValueError, "'WCS=' names no folder"),
    ],
)
def test_wrong_data_roots(run, roots, error, message, tmp_path, shared_mcio, shared_wcs):
    (tmp_path / "txt").mkdir()
    named = [one.format(m=shared_mcio, w=shared_wcs, t=tmp_path) for one in roots]
    with pytest.raises(error, match=message):
        run("train.py", tmp_path / "work", *RUN, "--target", "W", "--data-root", *named)


def test_a_missing_image_is_named_with_its_data_root(run, mcio, shared_wcs, tmp_path):
    shutil.rmtree(mcio / "frame/celeb/real")
    with pytest.raises(FileNotFoundError, match=f"images that the lists in '{mcio}/txt' name are missing"):
        run("train.py", tmp_path / "w", *RUN, "--data-root", f"A={mcio}", f"B={shared_wcs}", f"CelebA={mcio}", "--target", "W")


def test_validation_on_dev_needs_a_holdout(run, roots, tmp_path):
    with pytest.raises(ValueError, match="--validate dev evaluates held-out source videos, and this run has none: add --hold"):
        run("train.py", tmp_path / "w", "--protocol", "celeba", "--target", "M", "--validate", "dev", *roots)


def test_print_run_reads_each_domain_from_its_data_root(run_tool, roots, capsys):
    run_tool("analysis_tools/print_run.py", ROOT / "configs/flip_v_demo.py", "--protocol", "celeba", "--target", "S", *roots)
    printed = capsys.readouterr().out
    assert "Protocol celeba, CelebA->S" in printed
    assert "  target  S" in printed
