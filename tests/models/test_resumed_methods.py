# SPDX-License-Identifier: Apache-2.0
"""Methods with several optimizers, own counters or frozen parts resume as if they were not interrupted."""

import itertools

import pytest
import torch
from fixtures.comparison import equal
from fixtures.configs import CONFIGS
from mmengine.runner import Runner

NUMBER = itertools.count()


@pytest.mark.parametrize("name", ["self_da/self_da_like", "drdg/drdg_like", "gda/gda_like"])
def test_a_resumed_training_is_equal(shrunk, shared_mcio, tmp_path, monkeypatch, name):
    monkeypatch.setattr(Runner, "_log_env", lambda *_: None)

    def train(folder, resume=None):
        cfg = shrunk(CONFIGS / f"{name}_demo.py")
        cfg.train_dataloader.dataset.data_root = str(shared_mcio)
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = cfg.default_hooks.checkpoint.save_best = None
        cfg.test_cfg = cfg.test_dataloader = cfg.test_evaluator = None
        cfg.default_hooks.checkpoint.update(interval=1, max_keep_ckpts=-1)
        if "num_domains" in cfg.model:
            cfg.model.num_domains = 3
        cfg.merge_from_dict(dict(work_dir=str(tmp_path / folder), experiment_name=f"resumed_{next(NUMBER)}"))
        cfg.update(load_from=resume and str(resume), resume=bool(resume))
        Runner.from_cfg(cfg).train()
        return torch.load(tmp_path / folder / "iter_3.pth", weights_only=False)

    last = train("first")
    again = train("again", resume=tmp_path / "first/iter_1.pth")
    assert not equal(torch.load(tmp_path / "first/iter_1.pth", weights_only=False)["state_dict"], last["state_dict"])
    for key in ("state_dict", "optimizer"):
        assert equal(last[key], again[key]), key
