# SPDX-License-Identifier: Apache-2.0
import sys

import pytest

import flip_mm
from flip_mm.apis import python_api


@pytest.fixture
def quiet_runner(monkeypatch, empty_plots):
    """Without slow steps that no test needs."""
    monkeypatch.setattr("gc.collect", lambda *_: 0)


def test_train_and_evaluate_return_the_results_of_the_record(trained, small_vocabulary, quiet_runner, tmp_path):
    config, _ = trained
    options = {"train_cfg.max_iters": 2, "train_cfg.val_interval": 1, "model.backbone.pretrained": None}
    frame = flip_mm.train(config, target="m", seed=3, work_dir=tmp_path / "work", cfg_options=options)
    assert {*zip(frame["run"], frame["seed"], frame["split"], strict=True)} == {("OCI->M", 3, "val")}
    last = frame[frame["selection"] == "last"]
    assert list(last["iteration"]) == [2]

    tested = flip_mm.evaluate(config, tmp_path / "work/iter_2.pth", target="M", seed=3, work_dir=tmp_path / "work")
    assert tested[["checkpoint", "selection"]].to_numpy().tolist() == [["iter_2.pth", "last"]]
    assert tested["AUC"][0] == pytest.approx(last["AUC"].iloc[0], abs=1e-9)
    assert len(flip_mm.results(tmp_path)) == len(frame) + 1


def test_unknown_options_are_refused():
    with pytest.raises(TypeError, match="unknown option targets; there are protocol, target, source"):
        flip_mm.train("flip_mcl_demo", targets="M")


def test_without_pandas_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'pip install "flip_mm\[notebook\]"'):
        python_api.results("anywhere")
