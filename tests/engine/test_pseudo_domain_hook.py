# SPDX-License-Identifier: Apache-2.0
import itertools
from collections import Counter
from pathlib import Path

import pytest
import torch
from fixtures.comparison import equal
from mmengine.hooks import Hook
from mmengine.runner import Runner

CONFIGS = Path(__file__).parents[2] / "configs"
NUMBER = itertools.count()


class Batches(Hook):
    """Notes (pseudo-domain, label, sample) of each batch."""

    priority = "VERY_LOW"

    def __init__(self):
        self.seen = {}

    def before_train_iter(self, runner, batch_idx, data_batch=None):
        samples = data_batch["data_samples"]
        self.seen[runner.iter] = [(s.pseudo_domain, s.gt_label.item(), s.sample_idx) for s in samples]


@pytest.fixture
def train(shrunk, shared_mcio, tmp_path, monkeypatch):
    """train(folder, resume=...): the batches and the last checkpoint of D2AM, clustered after every 2nd of 5 iterations."""
    monkeypatch.setattr(Runner, "_log_env", lambda *_: None)

    def run(name, resume=None, workers=0):
        cfg = shrunk(CONFIGS / "d2am/d2am_demo.py")
        cfg.train_dataloader.dataset.data_root = str(shared_mcio)
        cfg.train_dataloader.num_workers = workers
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = cfg.default_hooks.checkpoint.save_best = None
        cfg.test_cfg = cfg.test_dataloader = cfg.test_evaluator = None
        cfg.train_cfg.max_iters = 5
        cfg.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=-1)
        cfg.default_hooks.pseudo_domains.interval = 2
        cfg.merge_from_dict(dict(work_dir=str(tmp_path / name), experiment_name=f"pseudo_{next(NUMBER)}"))
        cfg.update(load_from=resume and str(resume), resume=bool(resume))
        runner = Runner.from_cfg(cfg)
        batches = Batches()
        runner.register_hook(batches)
        runner.train()
        return batches.seen, torch.load(tmp_path / name / "iter_5.pth", weights_only=False)

    return run


def test_batches_of_pseudo_domains_and_a_resumed_training(train, tmp_path):
    seen, last = train("first", workers=1)
    for batch in seen.values():
        assert Counter((domain, label) for domain, label, _ in batch) == {(k, c): 1 for k in range(3) for c in (0, 1)}
    states = [torch.load(tmp_path / f"first/iter_{k}.pth", weights_only=False)["pseudo_domains"] for k in range(1, 6)]
    assert equal(states[1], states[2])
    assert not equal(states[0], states[1])
    # The batch of each iteration is drawn from the clusters of its epoch, also with a worker that reads ahead.
    for iteration, batch in seen.items():
        domains = states[2 * (iteration // 2)]
        assert all(domains[index] == domain for domain, _, index in batch)
    again, resumed = train("again", resume=tmp_path / "first/iter_1.pth")
    assert again == {k: v for k, v in seen.items() if k >= 1}
    for key in ("state_dict", "optimizer", "pseudo_domains"):
        assert equal(last[key], resumed[key]), key
