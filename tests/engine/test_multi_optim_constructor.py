# SPDX-License-Identifier: Apache-2.0
"""The parameters of each optimizer. Trainings are tested in tests/tools/test_any_model.py."""

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.optim import build_optim_wrapper
from torch import nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))
        self.heads = nn.ModuleDict(dict(a=nn.Linear(3, 2), b=nn.Linear(3, 2)))
        self.critic = nn.Linear(3, 1)
        self.scale = nn.Parameter(torch.ones(1))


ADAM, SGD = dict(type="Adam", lr=0.1), dict(type="SGD", lr=1.0)
MAIN = dict(parts=["backbone", "heads.a", "heads.b", "scale"], optimizer=SGD)


def make(model, **wrappers):
    return build_optim_wrapper(model, dict(constructor="MultiOptimWrapperConstructor", **wrappers))


def names(model, wrapper):
    held = {id(parameter) for group in wrapper.optimizer.param_groups for parameter in group["params"]}
    return {name for name, parameter in model.named_parameters() if id(parameter) in held}


def test_each_optimizer_gets_its_parts():
    model = Model()
    built = make(model, main=MAIN, critic=dict(optimizer=ADAM))
    assert names(model, built["critic"]) == {"critic.weight", "critic.bias"}
    assert names(model, built["main"]) == {name for name, _ in model.named_parameters() if "critic" not in name}
    assert [type(built[name].optimizer).__name__ for name in ("main", "critic")] == ["SGD", "Adam"]


def test_each_optimizer_has_separate_multipliers():
    options = dict(custom_keys={"heads.b": dict(lr_mult=0.5)})
    model = Model()
    built = make(model, main=MAIN | dict(paramwise_cfg=options), critic=dict(optimizer=ADAM))
    rates = {id(p): group["lr"] for group in built["main"].optimizer.param_groups for p in group["params"]}
    assert (rates[id(model.heads["a"].weight)], rates[id(model.heads["b"].weight)]) == (1.0, 0.5)


def test_named_parts_may_have_several_optimizers():
    model, both = Model(), [name for name, _ in Model().backbone.named_parameters(prefix="backbone")]
    wrappers = dict(main=MAIN, critic=dict(parts=["backbone", "critic"], optimizer=ADAM))
    built = make(model, shared=["backbone"], **wrappers)
    assert names(model, built["main"]) & names(model, built["critic"]) == {*both}
    with pytest.raises(ValueError, match=r"4 parameters belong to several optimizers"):
        make(model, **wrappers)
    with pytest.raises(ValueError, match=r"optim_wrapper.shared.parts: the model has no 'neck'"):
        make(model, shared=["neck"], **wrappers)


def test_common_settings_apply_to_each_optimizer():
    built = make(Model(), type="Bf16OptimWrapper", main=MAIN, critic=dict(type="OptimWrapper", optimizer=ADAM))
    assert [type(own).__name__ for own in built.values()] == ["Bf16OptimWrapper", "OptimWrapper"]


def test_frozen_parameters_are_in_no_optimizer():
    model = Model()
    model.backbone.requires_grad_(False)
    built = make(model, main=MAIN, critic=dict(optimizer=ADAM))
    assert names(model, built["main"]) == {"scale", *(f"heads.{h}.{p}" for h in "ab" for p in ("weight", "bias"))}
    model.critic.requires_grad_(False)
    with pytest.raises(ValueError, match=r"optim_wrapper.critic: there is nothing to train in critic\."):
        make(model, main=MAIN, critic=dict(optimizer=ADAM))


@pytest.mark.parametrize(
    ("wrappers", "message"),
    [
        (dict(main=MAIN), r"2 parameters belong to no optimizer: critic.weight, critic.bias\."),
        (
            dict(main=MAIN, critic=dict(parts=["critic", "scale"], optimizer=ADAM)),
            r"1 parameters belong to several optimizers: scale \(main\), scale \(critic\)\.",
        ),
        (dict(main=MAIN, critc=dict(optimizer=ADAM)), r"optim_wrapper.critc.parts: the model has no 'critc'; it has backbone,"),
        (
            dict(paramwise_cfg=dict(norm_decay_mult=0.0), main=MAIN),
            r"paramwise_cfg: with several optimizers set it for each",
        ),
        (dict(type="OptimWrapper"), r"needs a dict for each optimizer"),
    ],
)
def test_invalid_settings_are_refused(wrappers, message):
    with pytest.raises(ValueError, match=message):
        make(Model(), **wrappers)


def test_several_processes_are_refused():
    """Their wrapper calls no train_step of the model."""
    wrapped = MMDistributedDataParallel.__new__(MMDistributedDataParallel)
    nn.Module.__init__(wrapped)
    wrapped.module = Model()
    with pytest.raises(ValueError, match=r"Model has several optimizers and its own train_step, .* train it in one process"):
        make(wrapped, main=MAIN, critic=dict(optimizer=ADAM))
