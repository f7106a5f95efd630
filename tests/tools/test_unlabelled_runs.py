# SPDX-License-Identifier: Apache-2.0
"""Trainings with unlabelled images of the target, from the command line."""

import itertools
from pathlib import Path

import pytest
import torch
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS

from flip_mm.evaluation import read_scores

ROOT = Path(__file__).parents[2]
NUMBER = itertools.count()
RUN = dict(protocol="p1", target="O", aux=False)
CONFIG = f"""
_base_ = ["{ROOT.as_posix()}/configs/erm/erm_r18_demo.py"]
backbone = dict(_delete_=True, type="ResNet", depth=18, stem_channels=4, base_channels=4)
model = dict(type=METHOD, backbone=backbone, head=dict(in_channels=32))
run = RUN
train_dataloader = dict(num_workers=0, dataset=dict(run=run), batch_size=1)
val_dataloader = dict(num_workers=0, dataset=dict(run=run))
test_dataloader = dict(num_workers=0, dataset=dict(run=run))
train_cfg = dict(max_iters=2, val_interval=2)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=-1), logger=dict(interval=1))
"""


@MODELS.register_module()
class Entropy(ImageClassifier):
    """Cross entropy on the sources, entropy on the target."""

    def loss(self, inputs, data_samples):
        adapt = torch.tensor([sample.role == "adapt" for sample in data_samples])
        assert adapt.tolist() == [False] * 6 + [True] * 2
        labelled = [sample for sample in data_samples if sample.role != "adapt"]
        assert {sample.domain_index for sample in labelled} == {0, 1, 2}
        assert {(sample.domain_index, sample.attack_type) for sample in data_samples[6:]} == {(3, "")}
        (features,) = self.extract_feat(inputs)
        chances = self.head((features[adapt],)).softmax(1)
        return self.head.loss((features[~adapt],), labelled) | dict(loss_entropy=-(chances * chances.log()).sum(1).mean())


@pytest.fixture
def call(run_tool, shared_mcio, tmp_path, monkeypatch):
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])

    def run(tool, *arguments, method="Entropy", unlabelled="test"):
        config = tmp_path / "own.py"
        config.write_text(CONFIG.replace("METHOD", repr(method)).replace("= RUN", f"= {RUN | dict(unlabelled=unlabelled)}"))
        options = ("--data-root", shared_mcio, "--cfg-options", f"experiment_name=adapt_{next(NUMBER)}")
        run_tool(tool, config, *arguments, *options)

    return run


def test_a_method_that_adapts(call, tmp_path):
    call("train.py", "--work-dir", tmp_path / "a")
    call("train.py", "--work-dir", tmp_path / "b", "--resume", tmp_path / "a/iter_1.pth")
    a, b = (torch.load(tmp_path / name / "iter_2.pth", weights_only=False) for name in "ab")
    assert all(torch.equal(value, b["state_dict"][name]) for name, value in a["state_dict"].items())
    assert a["meta"]["dataset_meta"]["run"]["unlabelled"] == "test"
    log = next((tmp_path / "a").glob("*/*.log")).read_text()
    assert "run.unlabelled='test': 30 images of the target O train without their labels." in log
    assert "Leakage: target O: of 15 test videos, 15 are also in the training set" in log

    checkpoint = tmp_path / "a/iter_2.pth"
    call("test.py", checkpoint, "--work-dir", tmp_path / "tested")
    assert {*read_scores(tmp_path / "tested/scores_target.csv").label.tolist()} == {0, 1}
    with pytest.raises(ValueError, match=r"images of O, the target, without their labels \(run.unlabelled='test'\)"):
        call("test.py", checkpoint, "--work-dir", tmp_path / "refused", unlabelled="")


def test_a_method_that_does_not_is_stopped(call, tmp_path):
    with pytest.raises(ValueError, match=r"run.unlabelled='test' failed \(IndexError: Target -1 .*remove run.unlabelled\.$"):
        call("train.py", "--work-dir", tmp_path, method="ImageClassifier")
