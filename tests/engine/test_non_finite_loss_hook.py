# SPDX-License-Identifier: Apache-2.0
"""When losses and weights are checked, and the messages."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.hooks import LoggerHook
from mmpretrain.registry import HOOKS
from mmpretrain.structures import DataSample
from torch import nn

from flip_mm.engine.non_finite_loss_hook import Step, losses_problem


def hook():
    return HOOKS.build(dict(type="NonFiniteLossHook"))


def sample(path):
    return DataSample(metainfo=dict(img_path=path))


def last(iteration, model=None, **more):
    """A runner at its last iteration, where everything is looked at."""
    own = dict(iter=iteration, max_iters=iteration + 1, hooks=[], model=model or nn.Linear(1, 1))
    return SimpleNamespace(**own | more)


def test_non_finite_loss_names_term_iteration_and_images():
    runner, batch = last(41), dict(data_samples=[sample("a.png"), sample("b.png")])
    fine = dict(loss=torch.tensor(1.0), loss_ce=torch.tensor(0.5), loss_mse=torch.tensor(0.5))
    hook().after_train_iter(runner, 0, batch, fine)
    for value, text in ((float("nan"), "loss_mse=nan"), (float("-inf"), "loss_mse=-inf")):
        bad = fine | dict(loss=torch.tensor(value), loss_mse=torch.tensor(value))
        with pytest.raises(FloatingPointError, match=rf"iteration 42: {text}\. .*a.png, b.png"):
            hook().after_train_iter(runner, 0, batch, bad)


def test_a_sum_that_overflows_alone_is_found():
    outputs = dict(loss=torch.tensor(float("inf")), loss_ce=torch.tensor(3e38), loss_mse=torch.tensor(3e38))
    with pytest.raises(FloatingPointError, match=r"iteration 1: loss\. "):
        hook().after_train_iter(last(0), 0, {}, outputs)


def test_a_loss_that_is_not_finite_on_one_process_stops_all(processes):
    def run(rank):
        value = torch.tensor(float("nan") if rank == 1 else 1.0)
        batch = dict(data_samples=[sample(f"{rank}.png")])
        with pytest.raises(FloatingPointError) as stopped:
            hook().after_train_iter(last(0), 0, batch, dict(loss=value, loss_ce=value))
        return str(stopped.value)

    first, second = processes(2, run)
    assert first == second
    assert "iteration 1: loss_ce=nan" in first
    assert "this batch: 1.png" in first


def test_no_loss_is_read_between_two_log_lines(monkeypatch):
    """Whoever reads a value waits for the device."""
    reads, got = [], []

    def counted(read):
        return lambda *args: (reads.append(read), read(*args))[1]

    for name in ("item", "tolist", "cpu", "numpy", "__bool__", "__float__", "__int__"):
        monkeypatch.setattr(torch.Tensor, name, counted(getattr(torch.Tensor, name)))
    guard, deferred = hook(), HOOKS.build(dict(type="DeferredInfoHook"))
    hub = SimpleNamespace(update_scalar=lambda name, value: got.append(value.item()))
    runner = last(0, hooks=[LoggerHook(interval=4)], train_dataloader=iter(()), message_hub=hub)
    runner.max_iters = 100
    for runner.iter in range(9):
        reads.clear()
        outputs = dict(loss=torch.tensor(float(runner.iter)))
        guard.after_train_iter(runner, runner.iter, {}, outputs)
        deferred.after_train_iter(runner, runner.iter, {}, outputs)
        assert bool(reads) == (runner.iter in (3, 7))
    assert got == list(range(8))


def test_the_log_gets_every_loss_in_order():
    runner = last(0, max_iters=3)
    deferred, got = HOOKS.build(dict(type="DeferredInfoHook")), []
    runner.message_hub = SimpleNamespace(update_scalar=lambda name, value: got.append((name, float(value))))
    for runner.iter in range(3):
        deferred.after_train_iter(runner, runner.iter, {}, dict(loss=torch.tensor(0.1 * runner.iter, requires_grad=True), n=7))
    losses = [torch.tensor(0.1 * i).item() for i in range(3)]
    assert got == [own for loss in losses for own in (("train/loss", loss), ("train/n", 7.0))]


def test_the_first_of_many_steps_is_named():
    steps = [Step(i, dict(loss=torch.tensor(1.0 if i < 7 else float("nan"))), [f"{i}.png"]) for i in (5, 6, 7, 8)]
    assert losses_problem(steps[:2]) is None
    assert losses_problem([Step(1, {}, [])]) is None
    iteration, text = losses_problem(steps)
    assert iteration == 7
    assert "at iteration 7: loss. " in text
    assert text.endswith("batch: 7.png")


def test_weights_are_checked_before_they_are_saved_or_validated():
    model = nn.Linear(2, 1)
    model.register_buffer("mask", torch.tensor([0.0, float("-inf")]))
    guard, runner = hook(), last(9, model)
    guard.before_train(runner)
    guard.after_train_iter(runner, 0, {}, dict(loss=torch.tensor(1.0)))
    guard.before_save_checkpoint(runner, dict(state_dict=model.state_dict()))
    model.weight.data[0, 1] = float("nan")
    message = r"Non-finite weights at iteration 10: weight\. They were finite at iteration 10, "
    with pytest.raises(FloatingPointError, match=message):
        guard.after_train_iter(runner, 0, {}, dict(loss=torch.tensor(1.0)))
    runner.max_iters = 99
    guard.after_train_iter(runner, 0, {}, dict(loss=torch.tensor(1.0)))
    with pytest.raises(FloatingPointError, match=message):
        guard.before_val_epoch(runner)
    with pytest.raises(FloatingPointError, match="Non-finite weights"):
        guard.before_save_checkpoint(runner, dict(state_dict=model.state_dict()))


@pytest.mark.parametrize("outputs", [None, {}, dict(loss_d=torch.ones(2, 2), loss_g=1.0), [torch.ones(1)]])
def test_what_models_with_their_own_step_return(outputs):
    hook().after_train_iter(last(0), 0, (torch.zeros(1),), outputs)
