# SPDX-License-Identifier: Apache-2.0
import re

import pytest
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper

from flip_mm.config_checks.frozen_parameters import check_frozen

OURS = "TrainableOptimWrapperConstructor"


def wrap(model, constructor=OURS, **options):
    return build_optim_wrapper(
        model,
        dict(type="OptimWrapper", constructor=constructor, optimizer=dict(type="Adam", lr=0.1, weight_decay=0.1), **options),
    )


@pytest.mark.parametrize("paramwise_cfg", [None, dict(bias_decay_mult=0.0)], ids=["one_group", "a_group_each"])
def test_frozen_parameters_are_not_in_the_optimizer(build, paramwise_cfg):
    model = build("it", frozen=["backbone.text_tower"])
    wrapper = wrap(model, paramwise_cfg=paramwise_cfg)
    held = [parameter for group in wrapper.optimizer.param_groups for parameter in group["params"]]
    trained = [parameter for name, parameter in model.named_parameters() if "text_tower" not in name]
    assert {id(parameter) for parameter in held} == {id(parameter) for parameter in trained}
    assert len(wrapper.optimizer.param_groups) == (len(trained) if paramwise_cfg else 1)


def test_the_log_says_what_is_frozen(build, monkeypatch):
    said = []
    monkeypatch.setattr("flip_mm.engine.trainable_constructor.print_log", lambda text, **_: said.append(text))
    model = build("it", frozen=["backbone.text_tower"])
    wrap(model)
    count = sum(parameter.numel() for parameter in model.backbone.text_tower.parameters())
    rest = sum(parameter.numel() for parameter in model.parameters()) - count
    words = "parameters have no gradient and are not in the optimizer"
    assert said == [f"Frozen are backbone.text_tower: {count:,} {words}; {rest:,} are trained."]


@pytest.mark.parametrize("paramwise_cfg", [None, dict(custom_keys={"visual": dict(lr_mult=0.5)})])
def test_without_frozen_parts_it_equals_mmengines_constructor(build, paramwise_cfg):
    model = build("it")
    model.backbone.logit_scale.requires_grad_(False)
    ours, theirs = (
        wrap(model, name, paramwise_cfg=paramwise_cfg).optimizer.param_groups
        for name in (OURS, "DefaultOptimWrapperConstructor")
    )
    assert [{**group, "params": [*map(id, group["params"])]} for group in ours] == [
        {**group, "params": [*map(id, group["params"])]} for group in theirs
    ]


def test_a_key_that_matches_nothing(build):
    message = "custom_keys: 'backbone.text_tover' is part of no parameter's name, did you mean backbone.text_tower"
    with pytest.raises(ValueError, match=re.escape(message)):
        wrap(build("it"), paramwise_cfg=dict(custom_keys={"backbone.text_tover": dict(lr_mult=0.1)}))


def test_mmengines_constructor_is_refused():
    wrapper = dict(optimizer=dict(type="Adam"))
    for own in (wrapper, dict(wrapper, constructor="DefaultOptimWrapperConstructor")):
        with pytest.raises(ValueError, match=f"model.frozen needs optim_wrapper.constructor='{OURS}'"):
            check_frozen(Config(dict(model=dict(frozen=["head"]), optim_wrapper=own)))
    check_frozen(Config(dict(model=dict(frozen=["head"]), optim_wrapper=dict(wrapper, constructor=OURS))))
    check_frozen(Config(dict(model=dict(frozen=[]), optim_wrapper=wrapper)))
    check_frozen(Config(dict(optim_wrapper=None)))
