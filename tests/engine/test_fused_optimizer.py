# SPDX-License-Identifier: Apache-2.0
import copy
import re

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import OPTIMIZERS

from flip_mm.config_checks.config_keys import check_keys
from flip_mm.engine.fused_optimizer import with_usable_fused

OURS = "TrainableOptimWrapperConstructor"


def train(model, steps=50, **optimizer):
    """The weights after some steps with gradients that do not depend on the optimizer."""
    torch.manual_seed(0)
    cfg = dict(type="OptimWrapper", constructor=OURS, optimizer=dict(lr=1e-3, weight_decay=1e-5) | optimizer)
    wrapper = build_optim_wrapper(model, cfg)
    for _ in range(steps):
        for parameter in model.parameters():
            parameter.grad = torch.randn_like(parameter)
        wrapper.optimizer.step()
    return wrapper.optimizer, [parameter.detach().clone() for parameter in model.parameters()]


@pytest.mark.parametrize("kind", ["Adam", "AdamW", "SGD"])
def test_fused_steps_equal_the_usual_ones_except_for_rounding(build, kind):
    model = build("mcl")
    (usual, expected), (fused, got) = (train(copy.deepcopy(model), type=kind, fused=value) for value in (False, True))
    assert (usual.param_groups[0]["fused"], fused.param_groups[0]["fused"]) == (None, True)
    for one, other in zip(expected, got, strict=True):
        torch.testing.assert_close(other, one, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("options", [dict(type="RMSprop"), dict(type="Adadelta"), dict(type="Adam", foreach=True)])
def test_an_optimizer_without_a_fused_kernel_trains_without_it(build, options, monkeypatch):
    said = []
    monkeypatch.setattr("flip_mm.engine.fused_optimizer.print_log", lambda text, _: said.append(text))
    optimizer, _ = train(build("v"), steps=1, fused=True, **options)
    assert type(optimizer).__name__ == options["type"]
    assert not optimizer.param_groups[0].get("fused")
    (text,) = said
    assert re.fullmatch(rf"optim_wrapper.optimizer: {options['type']} without fused=True, which cannot .* \(.*fused.*\).", text)


def test_a_device_without_the_kernel(monkeypatch):
    said = []
    monkeypatch.setattr("flip_mm.engine.fused_optimizer.print_log", lambda text, _: said.append(text))

    class Unfused(torch.optim.Adam):
        def step(self, closure=None):
            raise RuntimeError("`fused=True` requires all the params to be on supported devices")

    monkeypatch.setitem(OPTIMIZERS.module_dict, "Unfused", Unfused)
    cfg = dict(type="Unfused", lr=0.1, fused=True)
    assert with_usable_fused(cfg, [torch.zeros(1)]) == dict(type="Unfused", lr=0.1)
    assert len(said) == 1
    assert with_usable_fused(dict(cfg, fused=False), [torch.zeros(1)]) == dict(cfg, fused=None)
    assert len(said) == 1


@pytest.mark.parametrize(("kind", "takes"), [("Adam", True), ("RMSprop", False)])
def test_without_fused_the_default_of_torch_is_used(build, kind, takes):
    """An old training with any optimizer is resumed with fused=False."""
    optimizer, _ = train(build("v"), steps=1, type=kind, fused=False)
    assert optimizer.param_groups[0].get("fused", "none") == (None if takes else "none")


@pytest.mark.parametrize(
    "wrapper",
    [
        dict(constructor=OURS, optimizer=dict(type="RMSprop", lr=0.1, fused=True)),
        dict(constructor="MultiOptimWrapperConstructor", head=dict(optimizer=dict(type="RMSprop", lr=0.1, fused=True))),
    ],
)
def test_an_inherited_fused_is_no_wrong_key(wrapper):
    check_keys(Config(dict(optim_wrapper=dict(type="OptimWrapper", **wrapper))))
    with pytest.raises(ValueError, match="fused=True: RMSprop has no such setting"):
        check_keys(Config(dict(optim_wrapper=dict(type="OptimWrapper", optimizer=dict(type="RMSprop", lr=0.1, fused=True)))))


def test_fused_adam_is_the_default_of_the_configs(build):
    cfg = Config.fromfile("configs/_base_/schedules/adam_4k.py")
    assert build_optim_wrapper(build("v"), cfg.optim_wrapper).optimizer.param_groups[0]["fused"] is True
