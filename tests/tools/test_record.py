# SPDX-License-Identifier: Apache-2.0
"""The record of a training and a test."""

import getpass
import hashlib
import itertools
import json
import socket
import tempfile
from pathlib import Path

import pytest
import torch

from flip_mm.engine.records.evaluation_record import RESAMPLES
from flip_mm.evaluation import EvaluationOptions, make_reports, read_score_file
from flip_mm.evaluation.results import results_of

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
OLD = ROOT / "tests/data/run_0.1.0/config.py"
USER, HOST, REAL_HOST = "some-user-7", "some-host-7", socket.gethostname()
RULE = dict(target="target-oracle", dev="dev")
HELD = ("--holdout", 0.3)


@pytest.fixture
def run(run_tool, shared_mcio, tmp_path, monkeypatch):
    """run(tool, config, work dir, *arguments, options=[...])."""
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
    # Unusual names, which a record does not hold by chance.
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, USER)
    for name in ("socket.gethostname", "platform.node"):
        monkeypatch.setattr(name, lambda: HOST)

    def call(tool, config, work, *arguments, data=shared_mcio, options=()):
        options = (f"experiment_name=test_record_{next(NUMBER)}", *options)
        run_tool(tool, config, *arguments, "--data-root", data, "--work-dir", work, "--cfg-options", *options)
        return record(work)

    return call


@pytest.fixture
def config(tiny_v):
    return tiny_v


def record(work, name="record.json"):
    text = (work / name).read_text(encoding="utf-8")
    assert (getpass.getuser(), socket.gethostname()) == (USER, HOST)
    places = (str(work), work.parent.name, tempfile.gettempdir(), f"{Path.home()}/")
    for private in (*places, USER, HOST, REAL_HOST, ".png"):
        assert private not in text, private
    return json.loads(text)


def test_intervals_are_of_so_many_resamples():
    # The value before a fixture reduces it for the tests.
    assert RESAMPLES == 1000


def test_a_training_and_its_tests(run, config, shared_mcio, tmp_path):
    work = tmp_path / "work"
    own = run("train.py", config, work, *HELD, "--seed", 5)
    assert (own["format"], own["protocol"], own["run"]["name"], own["seed"]) == (1, "p1", "ICM->O", 5)
    assert (own["config"]["name"], own["weights"]) == ("tiny.py", [])
    assert own["iterations"] == dict(done=4, planned=4)
    assert [(rule["rule"], rule["uses_target"]) for rule in own["selection"]["checkpoint"]] == [
        ("target-oracle", True),
        ("dev", False),
    ]
    assert own["selection"]["threshold"] == [dict(threshold="paper", level="video", rule="eer")]
    assert (own["hardware"]["processes"], own["time"]["resumed"]) == (1, 0)
    assert {"flip_mm", "torch", "mmengine", "mmpretrain", "numpy", "python"} <= own["versions"].keys()
    lists = own["data"]["val"]["O"]["lists"]["oulu_real_test.txt"]
    assert lists["sha256"] == hashlib.sha256((shared_mcio / "txt/oulu_real_test.txt").read_bytes()).hexdigest()

    # The same in every checkpoint, as plain data.
    best = {path.name.split("_")[1]: path for path in work.glob("best_*.pth")}
    for role, path in best.items():
        stored = torch.load(path, weights_only=False)["meta"]["flip_mm"]
        assert json.loads(json.dumps(stored, allow_nan=False)) == stored
        iteration = int(path.stem.split("_")[-1])
        assert stored["checkpoint"] == dict(iteration=iteration, selection=RULE[role], metric=f"{role}/HTER")
        for key in ("config", "run", "seed", "data", "settings", "versions"):
            assert stored[key] == own[key], key
        (chosen,) = (one for one in own["validations"] if f"{role}/HTER" in one["best_by"])
        assert chosen["iteration"] == iteration
        prefix = "val_" if role == "target" else "val_dev_HTER_"
        left = json.loads((work / f"{prefix}figures_target.json").read_text())
        assert chosen["metrics"]["target/AUC"] == chosen["reports"]["target"]["figures"]["AUC"] == left["figures"]["AUC"]
        # The target under both threshold rules; the intervals are those of the score file.
        held = {(one["role"], one["threshold_rule"]): one for one in chosen["reports"].values()}
        assert held.keys() == {("target", "paper"), ("target", "dev (eer)"), ("dev", "paper")}
        frames = {name: read_score_file(work / f"{prefix}scores_{name}.csv").frames for name in ("dev", "target")}
        again = make_reports(frames, EvaluationOptions("dev"))["target"]
        assert held["target", "dev (eer)"]["figures"] == again.scalars()
        assert held["target", "dev (eer)"]["intervals"]["HTER"] == [*again.bootstrap("video", 20)["HTER"]]
        assert chosen["reports"]["target"]["BPCER"]["wilson_95"] == left["BPCER"]["wilson_95"]
        assert (left["provenance"]["checkpoint"], left["checkpoint_oracle"]) == (path.name, role == "target")
    last = torch.load(work / "iter_4.pth", weights_only=False)["meta"]["flip_mm"]
    assert last["checkpoint"] == dict(iteration=4, selection="last", metric="")

    # Tests are added.
    for role, path in best.items():
        own = run("test.py", config, work, path, *HELD, options=["test_evaluator.threshold=deploy"])
        origin = own["tests"][-1]["provenance"]
        assert (origin["seed"], origin["checkpoint"], origin["selection"]) == (5, path.name, RULE[role])
        assert own["tests"][-1]["checkpoint"] == dict(name=path.name, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
        assert own["tests"][-1]["threshold"] == [dict(threshold="dev", level="video", rule="eer")]
        left = json.loads((work / "figures_target.json").read_text())
        assert (left["provenance"], left["checkpoint_oracle"]) == (origin, role == "target")
        scores = read_score_file(work / "scores_target.csv")
        assert (scores.provenance.to_dict(), scores.threshold_rule) == (origin, "dev (eer)")
    assert [test["provenance"]["checkpoint_oracle"] for test in own["tests"]] == [role == "target" for role in best]
    log = max(work.glob("*/*.log")).read_text()
    assert f"p1 ICM->O, seed 5, {path.name}" in log
    assert {(result.split, result.role, result.provenance.selection) for result in results_of(own)} >= {
        ("test", "target", "target-oracle"),
        ("test", "dev", "dev"),
        ("val", "target", "target-oracle"),
    }

    # Another training's checkpoint does not get into this record.
    before = (work / "record.json").read_bytes()
    run("train.py", config, tmp_path / "other", *HELD, "--seed", 6, options=["train_cfg.max_iters=2"])
    run("test.py", config, work, tmp_path / "other/iter_2.pth", *HELD)
    assert (work / "record.json").read_bytes() == before
    (name,) = (path.name for path in work.glob("record_iter_2_*.json"))
    assert [test["provenance"]["seed"] for test in record(work, name)["tests"]] == [6]


def test_a_resumed_training_continues_its_record(run, config, tmp_path):
    work, short = tmp_path / "work", ["train_cfg.max_iters=2", "train_dataloader.num_workers=0"]
    first = run("train.py", config, work, options=short)
    run("test.py", config, work, work / "iter_2.pth")
    own = run("train.py", config, work, "--resume")
    assert (own["time"]["resumed"], own["iterations"]) == (1, dict(done=4, planned=4))
    stored = torch.load(work / "iter_4.pth", weights_only=False)["meta"]["flip_mm"]
    assert own["time"]["wall_seconds"] >= stored["time"]["wall_seconds"] > 0
    assert first["time"]["resumed"] == 0
    # Tests in between stay.
    assert [test["iteration"] for test in own["tests"]] == [2]
    assert "tests" not in stored
    assert max(one["iteration"] for one in own["validations"]) == 4
    # A test of a checkpoint from before the training was extended is added to its record.
    own = run("test.py", config, work, work / "iter_2.pth", options=["test_evaluator.threshold=0.5"])
    assert [test["threshold"][0]["threshold"] for test in own["tests"]] == ["paper", 0.5]
    assert not list(work.glob("record_*.json"))
    # A new training in the same work dir has no tests.
    assert "tests" not in run("train.py", config, work, options=short)


def test_a_training_that_starts_from_a_checkpoint_records_what_that_has_seen(run, config, tmp_path):
    short = ["train_cfg.max_iters=2"]
    first = run("train.py", config, tmp_path / "a", "--shots", 1, options=short)
    start = [f"load_from={tmp_path / 'a/iter_2.pth'}", *short]
    own = run("train.py", config, tmp_path / "b", "--shots", 1, options=start)
    (weights,) = own["weights"]
    seen = {name: value for name, value in first["run"].items() if name != "name"}
    assert (weights["name"], weights["seen"]) == ("iter_2.pth", dict(runs=[seen], unknown=[]))
    assert torch.load(tmp_path / "b/iter_2.pth", weights_only=False)["meta"]["flip_mm"]["weights"] == own["weights"]
    # The file holds other weights without a record.
    state = torch.load(tmp_path / "b/iter_2.pth", weights_only=False)["state_dict"]
    torch.save(state, tmp_path / "weights.pth")
    own = run("train.py", config, tmp_path / "c", options=[f"load_from={tmp_path / 'weights.pth'}", *short])
    assert own["weights"][0]["seen"] == dict(runs=[], unknown=["weights.pth"])
    origin = json.loads((tmp_path / "c/val_figures_target.json").read_text())["provenance"]
    assert (origin["shots"], origin["unknown_start"]) == (0, "weights.pth")
    own = run("test.py", config, tmp_path / "c", tmp_path / "c/iter_2.pth")
    assert own["tests"][0]["provenance"]["unknown_start"] == "weights.pth"


def test_a_checkpoint_of_0_1_0_gives_its_known_values(run, old_files, tmp_path):
    own = run("test.py", OLD, tmp_path / "t", old_files / "work_dir/iter_4.pth", data=old_files / "data")
    assert own["run"]["sources"] == ["I", "C", "M"]
    (test,) = own["tests"]
    assert (test["provenance"]["run"], test["provenance"]["iteration"], test["iteration"]) == ("ICM->O", 4, 4)
    assert test["provenance"]["selection"] == ""
    assert "format" not in own
    assert test["metrics"]["target/HTER"] == test["reports"]["target"]["figures"]["HTER"]
