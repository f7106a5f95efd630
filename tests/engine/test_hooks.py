# SPDX-License-Identifier: Apache-2.0
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmpretrain.registry import HOOKS
from mmpretrain.structures import DataSample
from torch import nn

from flip_mm.engine.run_guard_hook import common_run


def hook(kind):
    return HOOKS.build(dict(type=kind))


def sample(path):
    return DataSample(metainfo=dict(img_path=path))


def test_non_finite_loss_names_term_iteration_and_images():
    runner, batch = SimpleNamespace(iter=41), dict(data_samples=[sample("a.png"), sample("b.png")])
    fine = dict(loss=torch.tensor(1.0), loss_ce=torch.tensor(0.5), loss_mse=torch.tensor(0.5))
    hook("NonFiniteLossHook").after_train_iter(runner, 0, batch, fine)
    for value, text in ((float("nan"), "loss_mse=nan"), (float("-inf"), "loss_mse=-inf")):
        bad = fine | dict(loss=torch.tensor(value), loss_mse=torch.tensor(value))
        with pytest.raises(FloatingPointError, match=rf"iteration 42: {text}\. .*a.png, b.png"):
            hook("NonFiniteLossHook").after_train_iter(runner, 0, batch, bad)


def test_a_sum_that_overflows_alone_is_found():
    outputs = dict(loss=torch.tensor(float("inf")), loss_ce=torch.tensor(3e38), loss_mse=torch.tensor(3e38))
    with pytest.raises(FloatingPointError, match=r"iteration 1: loss\. "):
        hook("NonFiniteLossHook").after_train_iter(SimpleNamespace(iter=0), 0, {}, outputs)


def test_a_loss_that_is_not_finite_on_one_process_stops_all(processes):
    def run(rank):
        value = torch.tensor(float("nan") if rank == 1 else 1.0)
        batch = dict(data_samples=[sample(f"{rank}.png")])
        with pytest.raises(FloatingPointError) as stopped:
            hook("NonFiniteLossHook").after_train_iter(SimpleNamespace(iter=0), 0, batch, dict(loss=value, loss_ce=value))
        return str(stopped.value)

    first, second = processes(2, run)
    assert first == second
    assert "iteration 1: loss_ce=nan" in first
    assert "this batch: 1.png" in first


def loader(target="O", split="test", protocol="p1"):
    return dict(dataset=dict(type="FASDataset", split=split, run=dict(protocol=protocol, target=target)))


def test_loaders_of_one_run_pass():
    train = loader(split="train")
    assert common_run(dict(train_dataloader=train, val_dataloader=None, test_dataloader=loader())).name == "ICM->O"
    assert common_run(dict(train_dataloader=dict(dataset=dict(type="CustomDataset")))) is None


@pytest.mark.parametrize(
    ("loaders", "message"),
    [
        (
            dict(val_dataloader=loader("M")),
            r"train_dataloader and val_dataloader belong to different runs: "
            r"sources: .* against .*; target: 'O' against 'M'\. .*--target",
        ),
        (dict(test_dataloader=loader("C")), "train_dataloader and test_dataloader .* target: 'O' against 'C'"),
        (dict(val_dataloader=dict(dataset=dict(type="CustomDataset"))), r"val_dataloader.dataset is a CustomDataset, it must"),
        (
            dict(test_dataloader=loader(protocol="demo")),
            r"protocol: 'p1' against 'demo'; aux: \('CelebA',\) against \(\)",
        ),
        (dict(train_dataloader=loader()), "train_dataloader.dataset.split must be 'train', got 'test'"),
        (dict(val_dataloader=loader(split="train")), "val_dataloader.dataset.split must be 'test', got 'train'"),
    ],
)
def test_loaders_of_different_runs(loaders, message):
    runner = SimpleNamespace(cfg=Config(dict(train_dataloader=loader(split="train")) | loaders))
    with pytest.raises(ValueError, match=message):
        hook("RunGuardHook").before_run(runner)


def trained(protocol, target, sources):
    run = dict(protocol=protocol, target=target, sources=sources, aux=(), shots=0, holdout=0.0)
    return dict(meta=dict(dataset_meta=dict(run=run)))


def guard(target, **cfg):
    settings = Config(dict(test_dataloader=loader(target), **cfg))
    runner = SimpleNamespace(cfg=settings, seed=3, logger=MMLogger.get_current_instance())
    guarding = hook("RunGuardHook")
    guarding.before_run(runner)
    return lambda checkpoint: guarding.after_load_checkpoint(runner, checkpoint)


def test_a_checkpoint_that_has_seen_the_target_is_refused():
    load = guard("M")
    with pytest.raises(ValueError, match=r"was trained on I, C, M and the target of this run is M: .* Use --target O"):
        load(trained("demo", "O", ("I", "C", "M")))
    load(trained("demo", "M", ("O", "C", "I")))
    load(dict(state_dict={}))
    load(dict(meta=dict(dataset_meta=dict(classes=("a", "b")))))


def test_resuming_in_another_run_is_refused():
    with pytest.raises(ValueError, match=r"to be resumed belongs to another run: protocol: 'demo' against 'p1'"):
        guard("M", resume=True)(trained("demo", "M", ("O", "C", "I")))


def test_resuming_with_another_seed_is_refused():
    with pytest.raises(ValueError, match=r"has the seed 5, this one 3: .* Resume with --seed 5"):
        guard("M", resume=True)(dict(meta=dict(seed=5)))
    guard("M", resume=True)(dict(meta=dict(seed=3)))
    guard("M")(dict(meta=dict(seed=5)))


class Model(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.backbone = nn.Linear(2, width)
        self.backbone.arch = "tiny"
        self.head = nn.Linear(width, 2)


@pytest.mark.parametrize("wrap", [lambda state: dict(state_dict=state), lambda state: state])
def test_a_checkpoint_that_fits_passes(wrap):
    model = Model()
    state = {f"module.{k}": v for k, v in model.state_dict().items()}
    hook("CheckpointGuardHook").after_load_checkpoint(SimpleNamespace(model=model), wrap(state))


def test_a_checkpoint_that_does_not_fit_is_described():
    state = Model(width=5).state_dict() | {"image_mlp.weight": torch.zeros(1)}
    del state["head.bias"]
    with pytest.raises(ValueError, match="does not fit Model with Linear and arch 'tiny'") as error:
        hook("CheckpointGuardHook").after_load_checkpoint(SimpleNamespace(model=Model()), dict(state_dict=state))
    text = str(error.value)
    assert "1 missing in the file: head.bias" in text
    assert "1 unknown to the model: image_mlp.weight" in text
    assert "3 of another shape: " in text
    assert "backbone.weight (file (5, 2), model (3, 2))" in text


def test_the_later_of_two_equal_validations_is_the_best():
    rule = HOOKS.build(dict(type="BestCheckpointHook", save_best="target/HTER", rule="less")).rule_map["less"]
    assert rule(5.0, 5.0)
    assert rule(4.9, 5.0)
    assert not rule(5.1, 5.0)


def test_draws_of_a_step_depend_on_seed_rank_and_iteration(monkeypatch):
    def draw(seed, iteration, rank=0):
        monkeypatch.setattr("flip_mm.engine.step_seed_hook.get_rank", lambda: rank)
        torch.rand(3)
        hook("StepSeedHook").before_train_iter(SimpleNamespace(seed=seed, iter=iteration), 0)
        return torch.rand(1).item()

    assert draw(1, 7) == draw(1, 7)
    assert len({draw(1, 7), draw(2, 7), draw(1, 8), draw(1, 7, rank=1)}) == 4


def test_an_earlier_trainings_best_checkpoint_is_pointed_out(tmp_path):
    said = []
    runner = SimpleNamespace(work_dir=str(tmp_path), iter=0, logger=SimpleNamespace(warning=said.append, info=lambda _: None))
    (tmp_path / "best_target_HTER_iter_7.pth").touch()
    best = HOOKS.build(dict(type="BestCheckpointHook", by_epoch=False))
    best.before_train(runner)
    runner.iter = 5
    best.before_train(runner)
    assert [text.count("holds best_target_HTER_iter_7.pth of an earlier training") for text in said] == [1]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("terminal", [True, False])
def test_progress_bar_on_a_terminal_only(monkeypatch, capfd, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    runner = SimpleNamespace(max_iters=20, iter=0, logger=MMLogger.get_current_instance())
    bar = hook("ProgressBarHook")
    bar.before_train(runner)
    for i in range(20):
        bar.after_train_iter(runner, i, outputs=dict(loss_ce=torch.tensor(0.25, requires_grad=True)))
    bar.after_train(runner)
    shown = capfd.readouterr().err
    assert ("20/20" in shown and "loss_ce=0.250" in shown) if terminal else shown == ""
