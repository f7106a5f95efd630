# SPDX-License-Identifier: Apache-2.0
"""When the hook checks. Its message next to a result is tested in tests/tools/test_train_and_test.py."""

from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.runner import BaseLoop
from mmpretrain.registry import DATASETS, HOOKS

from flip_mm.datasets import FASDataset
from flip_mm.engine.leakage_hook import leaks_between


class Loop(BaseLoop):
    def run(self):
        pass


def dataset(root, split, **run):
    return dict(type="FASDataset", run=dict(protocol="p1", target="O", aux=False) | run, split=split, data_root=str(root))


def pair(root, **run):
    return [DATASETS.build(dict(dataset(root, split, **run), pipeline=[])) for split in ("train", "test")]


def loop(data):
    return Loop(None, SimpleNamespace(dataset=data))


@pytest.fixture
def said():
    return []


@pytest.fixture
def runner(said):
    """runner(train, val, test): with these data sets, None where there is none."""

    def make(train=None, val=None, test=None, cfg=None):
        loops = {f"_{name}_loop": data and loop(data) for name, data in dict(train=train, val=val, test=test).items()}
        return SimpleNamespace(cfg=cfg or Config(), logger=SimpleNamespace(warning=said.append), **loops)

    return make


def test_leaks_between_data_sets(shared_mcio):
    assert leaks_between(*pair(shared_mcio, holdout=0.3)) == []
    train, test = pair(shared_mcio, shots=1)
    (leak,) = leaks_between(train, test)
    assert (leak.domain, leak.role, leak.total, leak.same_video) == ("O", "target", 15, 0)
    assert 0 < leak.same_subject < 15
    assert leaks_between(train, None) == leaks_between(None, test) == leaks_between(train, [1]) == []


def test_existing_data_sets_are_checked_and_none_is_built(runner, said, shared_mcio, monkeypatch):
    train, test = pair(shared_mcio, shots=1)
    monkeypatch.setattr(FASDataset, "load_samples", lambda _: pytest.fail("a data set was built"))
    hook, own = HOOKS.build(dict(type="LeakageHook")), runner(train, test, test)
    hook.before_train(own)
    hook.after_train(own)
    hook.after_test_epoch(own)
    leak = leaks_between(train, test)[0]
    assert said == [f"{where}: {leak}." for where in ("Leakage", "Leakage in the validations", "Leakage in the test")]


def test_a_test_alone_reads_the_training_lists(runner, said, shared_mcio):
    _, test = pair(shared_mcio, shots=1)
    cfg = Config(dict(train_dataloader=dict(dataset=dataset(shared_mcio, "train", shots=1))))
    HOOKS.build(dict(type="LeakageHook")).after_test_epoch(runner(test=test, cfg=cfg))
    assert len(said) == 1
    assert "show a subject of the training set" in said[0]


@pytest.mark.parametrize("run", [{}, dict(protocol="p3", source="C"), dict(protocol="limited")])
def test_runs_that_cannot_leak_are_not_checked(runner, said, run):
    cfg = Config(dict(train_dataloader=dict(dataset=dataset("nowhere", "train", **run))))
    HOOKS.build(dict(type="LeakageHook")).after_test_epoch(runner(test=[1], cfg=cfg))
    assert said == []


@pytest.mark.parametrize("run", [dict(shots=1), dict(holdout=0.1), dict(protocol="intra"), dict(unlabelled="train")])
def test_missing_training_lists_do_not_stop_a_test(runner, said, run):
    cfg = Config(dict(train_dataloader=dict(dataset=dataset("nowhere", "train", **run))))
    HOOKS.build(dict(type="LeakageHook")).after_test_epoch(runner(test=[1], cfg=cfg))
    (line,) = said
    assert line.startswith("Leakage in the test: not checked, the training lists cannot be read here (The data root '")


def test_data_sets_of_other_programs(runner, said):
    hook, own = HOOKS.build(dict(type="LeakageHook")), runner([1], [2], [3])
    hook.before_train(own)
    hook.after_test_epoch(own)
    own.cfg = Config(dict(train_dataloader=dict(dataset=dict(type="CustomDataset", data_root="nowhere"))))
    hook.after_test_epoch(runner(test=[3], cfg=own.cfg))
    assert said == []
