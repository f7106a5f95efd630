# SPDX-License-Identifier: Apache-2.0
"""The memory of nearest neighbours in trainings, checkpoints and tests."""

import itertools
from pathlib import Path

import pytest
import torch
from fixtures.comparison import equal
from mmengine.dataset import default_collate
from mmpretrain.registry import MODELS

from flip_mm.datasets import FASDataset
from flip_mm.engine import NeighbourMemoryHook
from flip_mm.evaluation import read_scores

CONFIGS = Path(__file__).parents[2] / "configs"
NUMBER = itertools.count()
KEEP = {"default_hooks.checkpoint.interval": 2, "default_hooks.checkpoint.max_keep_ckpts": -1}


@pytest.fixture
def call(run_tool, shrunk, shared_mcio, tmp_path, monkeypatch):
    """call(tool, config, work dir, *arguments, settings=...): the config, made small."""
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])

    def run(tool, name, work, *arguments, **settings):
        cfg = shrunk(CONFIGS / f"{name}.py")
        cfg.merge_from_dict({"train_dataloader.batch_size": 2, **KEEP, **settings})
        path = tmp_path / f"{Path(name).stem}.json"
        cfg.dump(path)
        flags = ("--target", "O", "--data-root", shared_mcio, "--work-dir", tmp_path / work)
        run_tool(tool, path, *arguments, *flags, "--cfg-options", f"experiment_name=memory_{next(NUMBER)}")
        for loader in (cfg.train_dataloader, cfg.test_dataloader):
            loader.dataset.data_root = str(shared_mcio)
        return cfg

    return run


def load(path):
    return torch.load(path, weights_only=False)


def embedded(cfg, state):
    """Embeddings and labels of the training list by a model with these weights."""
    model = MODELS.build(cfg.model).eval()
    model.load_state_dict(state)
    run = {name: value for name, value in cfg.train_dataloader.dataset.run.items() if name != "unlabelled"}
    dataset = FASDataset(run, "train", cfg.train_dataloader.dataset.data_root, cfg.test_dataloader.dataset.pipeline)
    data = model.data_preprocessor(default_collate([dataset[i] for i in range(len(dataset))]))
    with torch.no_grad():
        embeddings = getattr(model, "source", model).extract_feat(data["inputs"])[-1]
    return embeddings, torch.cat([sample.gt_label for sample in data["data_samples"]])


def assert_remembers(cfg, state):
    embeddings, labels = embedded(cfg, state)
    count = len(labels)
    assert torch.equal(state["head.memory_labels"][:count], labels)
    assert (state["head.memory_labels"][count:] == -1).all()
    assert torch.allclose(state["head.memory"][:count], embeddings, atol=1e-5)


def test_every_checkpoint_has_the_memory_of_its_own_weights(call, tmp_path):
    cfg = call("train.py", "ada/ada_source_demo", "work")
    for name in ("iter_2", "iter_3", "best_target_HTER_iter_3"):
        assert_remembers(cfg, load(tmp_path / f"work/{name}.pth")["state_dict"])
    call("test.py", "ada/ada_source_demo", "tested", tmp_path / "work/iter_3.pth")
    scores = [
        read_scores(tmp_path / name).score.tolist() for name in ("work/val_scores_target.csv", "tested/scores_target.csv")
    ]
    assert scores[0] == scores[1]


def test_without_validation_and_with_averaged_weights(call, tmp_path):
    cfg = call("train.py", "ada/ada_source_demo", "work", "--no-validate")
    assert_remembers(cfg, load(tmp_path / "work/iter_2.pth")["state_dict"])
    cfg = call("train.py", "ada/ada_source_demo", "ema", custom_hooks=[dict(type="EMAHook", momentum=0.5)])
    for name in ("iter_2", "best_target_HTER_iter_3"):
        assert_remembers(cfg, load(tmp_path / f"ema/{name}.pth")["state_dict"])


def test_the_second_stage_starts_from_the_first_one_and_resumes(call, tmp_path):
    call("train.py", "ada/ada_source_demo", "first")
    settings = {"load_from": str(tmp_path / "first/iter_3.pth"), "train_cfg.max_iters": 4, "model.phases": (1, 1, 1)}
    cfg = call("train.py", "dr_uda/dr_uda_demo", "work", **settings)
    call("train.py", "dr_uda/dr_uda_demo", "again", "--resume", tmp_path / "work/iter_2.pth", **settings)
    first, last, again = (load(tmp_path / name) for name in ("first/iter_3.pth", "work/iter_4.pth", "again/iter_4.pth"))
    for key in ("state_dict", "optimizer"):
        assert equal(last[key], again[key]), key
    assert_remembers(cfg, last["state_dict"])
    learnt = first["state_dict"]
    for name in ("backbone.conv1.weight", "backbone.bn1.running_mean", "neck.layers.1.weight"):
        assert torch.equal(last["state_dict"][f"source.{name}"], learnt[name])
        assert not torch.equal(last["state_dict"][name], learnt[name])
    assert last["state_dict"]["steps"] == 4
    call("test.py", "dr_uda/dr_uda_demo", "tested", tmp_path / "work/iter_4.pth", **settings)


def test_a_head_without_memory_is_refused():
    runner = type("Runner", (), dict(iter=0))
    model = torch.nn.Module()
    model.head = torch.nn.Identity()
    with pytest.raises(ValueError, match=r"fills a KNNHead, and model\.head is a Identity"):
        NeighbourMemoryHook()._fill(runner, model)
