# SPDX-License-Identifier: Apache-2.0
import dataclasses
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.logging import MMLogger
from mmpretrain.registry import HOOKS
from mmpretrain.structures import DataSample
from torch import nn

from flip_mm.engine.run_guard_hook import check_thresholds, common_run


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


def loader(target="O", split="test", **run):
    return dict(dataset=dict(type="FASDataset", split=split, run=dict(protocol="p1", target=target) | run))


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
            dict(test_dataloader=loader(aux=False, holdout=0.1)),
            r"aux: \('CelebA',\) against \(\); holdout: 0.0 against 0.1",
        ),
        (dict(train_dataloader=loader()), "train_dataloader.dataset.split must be 'train', got 'test'"),
        (dict(val_dataloader=loader(split="train")), "val_dataloader.dataset.split must be 'test', got 'train'"),
    ],
)
def test_loaders_of_different_runs(loaders, message):
    runner = SimpleNamespace(cfg=Config(dict(train_dataloader=loader(split="train")) | loaders))
    with pytest.raises(ValueError, match=message):
        hook("RunGuardHook").before_run(runner)


@pytest.mark.parametrize("wrap", [lambda metric: metric, lambda metric: [dict(type="Accuracy"), metric]])
def test_a_threshold_from_held_out_videos_needs_some(wrap):
    cfg = Config(dict(test_dataloader=loader(), test_evaluator=wrap(dict(type="FASMetric", threshold="deploy"))))
    with pytest.raises(ValueError, match=r"test_evaluator.threshold='deploy' .* holds out none: use --holdout 0.1"):
        hook("RunGuardHook").before_run(SimpleNamespace(cfg=cfg))
    run = common_run(cfg)
    check_thresholds(cfg, dataclasses.replace(run, holdout=0.1))
    check_thresholds(Config(dict(test_evaluator=wrap(dict(type="FASMetric", threshold=0.5)))), run)
    check_thresholds(Config(dict(test_evaluator=None)), run)


def trained(protocol, target, sources, holdout=0.0, aux=(), shots=0):
    run = dict(protocol=protocol, target=target, sources=sources, aux=aux, shots=shots, holdout=holdout)
    return dict(meta=dict(dataset_meta=dict(run=run)))


def guard(target, run=None, **cfg):
    settings = Config(dict(test_dataloader=loader(target, **(run or {})), **cfg))
    runner = SimpleNamespace(cfg=settings, seed=3, logger=MMLogger.get_current_instance())
    guarding = hook("RunGuardHook")
    guarding.before_run(runner)
    return lambda checkpoint: guarding.after_load_checkpoint(runner, checkpoint)


def test_a_checkpoint_that_has_seen_the_target_is_refused():
    load = guard("M")
    with pytest.raises(ValueError, match=r"was trained on I, C, M and the target of this run is M: .* Use --target O"):
        load(trained("p1", "O", ("I", "C", "M")))
    load(trained("p1", "M", ("O", "C", "I")))
    load(dict(state_dict={}))
    load(dict(meta=dict(dataset_meta=dict(classes=("a", "b")))))


def test_the_own_division_of_a_set_is_no_leak():
    load = guard("M", dict(protocol="intra"))
    load(trained("intra", "M", ("M",)))
    with pytest.raises(ValueError, match="was trained on O, C, M"):
        load(trained("p1", "I", ("O", "C", "M")))


def test_a_checkpoint_that_has_seen_the_development_set_is_refused():
    load = guard("M", dict(holdout=0.1))
    with pytest.raises(ValueError, match=r"trained with holdout=0.0 and has seen videos of the development set of this run"):
        load(trained("p1", "M", ("O", "C", "I")))
    load(trained("p1", "M", ("O", "C", "I"), holdout=0.1))


def test_a_checkpoint_that_has_seen_shots_of_the_target_passes_for_no_other():
    load = guard("M")
    with pytest.raises(ValueError, match=r"trained with 5 image\(s\) per class of M, .* has shots=0: .* Use --shots 5"):
        load(trained("p1", "M", ("O", "C", "I"), shots=5))
    load(trained("p3", "O", ("C",), shots=5))
    guard("M", dict(shots=5))(trained("p1", "M", ("O", "C", "I"), shots=5))
    guard("M", dict(shots=5))(trained("p1", "M", ("O", "C", "I")))


def test_resuming_in_another_run_is_refused():
    with pytest.raises(ValueError, match=r"to be resumed belongs to another run: aux: \(\) against \('CelebA',\)"):
        guard("M", resume=True)(trained("p1", "M", ("O", "C", "I")))


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


def test_checkpoints_carry_the_activation_and_the_other_one_is_refused():
    model, checkpoint = Model(), dict(meta={}, state_dict=Model().state_dict())
    runner = SimpleNamespace(model=model, cfg=SimpleNamespace(filename=None))
    hook("CheckpointGuardHook").before_save_checkpoint(runner, checkpoint)
    assert checkpoint["meta"] == dict(quick_gelu=None)
    hook("CheckpointGuardHook").after_load_checkpoint(runner, checkpoint)
    model.backbone.quick_gelu = True
    hook("CheckpointGuardHook").after_load_checkpoint(runner, checkpoint)
    hook("CheckpointGuardHook").before_save_checkpoint(runner, checkpoint)
    assert checkpoint["meta"] == dict(quick_gelu=True)
    hook("CheckpointGuardHook").after_load_checkpoint(runner, checkpoint)
    model.backbone.quick_gelu = False
    with pytest.raises(ValueError, match=r"trained with QuickGELU and .* use GELU: set model.backbone.quick_gelu=True\."):
        hook("CheckpointGuardHook").after_load_checkpoint(runner, checkpoint)
    checkpoint["meta"]["quick_gelu"], model.backbone.quick_gelu = False, True
    with pytest.raises(ValueError, match=r"trained with GELU .*quick_gelu=False, and an arch without it"):
        hook("CheckpointGuardHook").after_load_checkpoint(runner, checkpoint)


@pytest.mark.parametrize(
    ("meta", "told"),
    [
        ({}, r"Use the config that it was trained with\."),
        (dict(config_file="own.py"), r"It was trained with own.py\."),
        (
            dict(
                config_file="own.py",
                flip_mm=dict(settings={"model.head.type": "FLIPVHead", "model.backbone.arch": "ViT-B-16"}),
                dataset_meta=dict(run=dict(protocol="p1", target="O")),
            ),
            r"It was trained with own.py \(FLIPVHead, ViT-B-16, protocol p1, target O\): use that config\.",
        ),
        (
            dict(flip_mm=dict(settings={"model.head.type": "FLIPVHead"})),
            r"It was trained with a config with \(FLIPVHead\): use",
        ),
    ],
)
def test_a_checkpoint_says_which_config_it_belongs_to(meta, told):
    checkpoint = dict(meta=meta, state_dict={"x": torch.ones(1)})
    with pytest.raises(ValueError, match=rf"does not fit Model.*; 1 unknown to the model: x\. {told}"):
        hook("CheckpointGuardHook").after_load_checkpoint(SimpleNamespace(model=Model()), checkpoint)


@pytest.mark.parametrize("content", [[torch.ones(2)], dict(state_dict=3), dict(state_dict={}), dict(meta={})])
def test_files_without_weights(content):
    with pytest.raises(ValueError, match="The checkpoint holds no weights"):
        hook("CheckpointGuardHook").after_load_checkpoint(SimpleNamespace(model=Model()), content)


def test_draws_of_a_step_depend_on_seed_rank_and_iteration(monkeypatch):
    def draw(seed, iteration, rank=0):
        monkeypatch.setattr("flip_mm.engine.step_seed_hook.get_rank", lambda: rank)
        torch.rand(3)
        hook("StepSeedHook").before_train_iter(SimpleNamespace(seed=seed, iter=iteration), 0)
        return torch.rand(1).item()

    assert draw(1, 7) == draw(1, 7)
    assert len({draw(1, 7), draw(2, 7), draw(1, 8), draw(1, 7, rank=1)}) == 4


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("terminal", [True, False])
def test_progress_bar_on_a_terminal_only(monkeypatch, capfd, terminal):
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    runner = SimpleNamespace(max_iters=20, iter=0, logger=MMLogger.get_instance(f"bar_{terminal}"))
    bar = hook("ProgressBarHook")
    bar.before_train(runner)
    for i in range(20):
        bar.after_train_iter(runner, i, outputs=dict(loss_ce=torch.tensor(0.25, requires_grad=True)))
    bar.after_train(runner)
    lines, shown = capfd.readouterr()
    assert ("train 20/20  loss_ce=0.250  00:00 left" in lines) is not terminal
    assert ("20/20" in shown and "loss_ce=0.250" in shown) if terminal else shown == ""
