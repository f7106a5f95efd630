# SPDX-License-Identifier: Apache-2.0
"""When it looks, and where it cannot; what it says beside a result is in tests/tools/test_train_and_test.py."""

from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmpretrain.registry import HOOKS

from flip_mm.engine.leakage_hook import config_leaks


def config(root, **run):
    run = dict(protocol="p1", target="O", aux=False) | run
    loaders = {
        split: dict(dataset=dict(type="FASDataset", run=run, split=split, data_root=str(root))) for split in ("train", "test")
    }
    return Config({f"{split}_dataloader": loader for split, loader in loaders.items()})


def test_leaks_of_a_config(shared_mcio):
    assert config_leaks(config(shared_mcio, holdout=0.3)) == []
    (leak,) = config_leaks(config(shared_mcio, shots=1))
    assert (leak.domain, leak.role, leak.total, leak.same_video) == ("O", "target", 15, 0)
    assert 0 < leak.same_subject < 15
    assert config_leaks(config(shared_mcio, shots=1), "val_dataloader") == []


@pytest.mark.parametrize("run", [{}, dict(protocol="p3", source="C"), dict(protocol="limited")])
def test_runs_that_cannot_leak_are_not_looked_at(run):
    assert config_leaks(config("nowhere", **run)) == []


@pytest.mark.parametrize("run", [dict(shots=1), dict(holdout=0.1), dict(protocol="intra")])
def test_missing_training_lists_do_not_stop_a_test(run):
    said = []
    runner = SimpleNamespace(cfg=config("nowhere", **run), logger=SimpleNamespace(warning=said.append))
    HOOKS.build(dict(type="LeakageHook")).after_test_epoch(runner)
    (line,) = said
    assert line.startswith("Leakage in the test: not checked, the training lists cannot be read here (The data root '")
