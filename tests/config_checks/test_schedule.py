# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path

import pytest
from mmengine.config import Config

from flip_mm.config_checks.schedule import check_schedule

CONFIG = Path(__file__).parents[2] / "configs/flip_v_demo.py"
ADAM = dict(type="Adam", lr=1e-3)


def config(schedulers, optimizer=ADAM, paramwise_cfg=None, **more):
    cfg = Config.fromfile(CONFIG, import_custom_modules=False)
    cfg.param_scheduler = schedulers
    cfg.optim_wrapper = dict(type="OptimWrapper", optimizer=optimizer, paramwise_cfg=paramwise_cfg)
    cfg.train_cfg.max_iters = 40
    for key, value in more.items():
        cfg[key] = value
    return cfg


def iterations(name, **options):
    return dict(type=name, by_epoch=False, **options)


def keys(**options):
    return dict(custom_keys={"backbone": options})


COSINE = iterations("CosineAnnealingLR", eta_min=1e-5)
CYCLE = iterations("OneCycleLR", eta_max=0.1)


@pytest.mark.parametrize(
    ("schedulers", "more"),
    [
        (None, {}),
        ([], {}),
        (COSINE, {}),
        ([iterations("LinearLR", end=5), iterations("PolyLR", begin=5, eta_min=1e-6)], {}),
        ([dict(type="ReduceOnPlateauLR", monitor="target/HTER")], {}),
        ([dict(type="MultiStepLR", milestones=[2, 4], end=9, convert_to_iter_based=True)], {}),
        (
            [iterations("LinearMomentum"), iterations("CosineAnnealingWeightDecay")],
            dict(optimizer=dict(ADAM, weight_decay=0.1)),
        ),
        ([COSINE], dict(paramwise_cfg=keys(lr_mult=0.1))),
        ([iterations("OneCycleLR", eta_max=[0.1] * 7)], {}),
        ({"one": [COSINE]}, dict(optim_wrapper=dict(one=dict(optimizer=ADAM), constructor="Own"))),
        ([COSINE], dict(train_cfg=None)),
        # Under a loop in epochs the number of iterations is not known.
        ([iterations("CosineAnnealingLR", begin=500)], dict(train_cfg=dict(by_epoch=True, max_epochs=3))),
        ([dict(type="LinearLR", end=2)], dict(train_cfg=dict(by_epoch=True, max_epochs=3))),
        # A rate of 0 that stays 0.
        ([iterations("CosineAnnealingLR"), iterations("LinearLR")], dict(paramwise_cfg=keys(lr_mult=0))),
        ([iterations("CosineAnnealingLR", eta_min_ratio=0.1)], dict(paramwise_cfg=keys(lr_mult=0.0))),
        ([iterations("MultiStepLR", milestones=[3])], dict(paramwise_cfg=dict(bias_lr_mult=0))),
    ],
    ids=str,
)
def test_valid_configs_are_accepted(schedulers, more):
    check_schedule(config(schedulers, **more))


@pytest.mark.parametrize(
    ("schedulers", "more", "message"),
    [
        (
            [COSINE],
            dict(paramwise_cfg=keys(lr_mult=0)),
            "optim_wrapper.paramwise_cfg.custom_keys.backbone.lr_mult=0 sets a rate of 0 and param_scheduler raises it to ",
        ),
        ([COSINE], dict(paramwise_cfg=keys(lr=0.0)), "custom_keys.backbone.lr=0 sets .* in iteration 40, .*model.frozen=[...]"),
        ([COSINE], dict(paramwise_cfg=dict(bias_lr_mult=0)), "optim_wrapper.paramwise_cfg.bias_lr_mult=0 sets"),
        ([COSINE], dict(optimizer=dict(ADAM, lr=0)), "optim_wrapper.optimizer.lr=0 sets a rate of 0"),
        ([iterations("PolyLR", eta_min=1e-5)], dict(paramwise_cfg=keys(lr_mult=0)), "lr_mult=0 sets"),
        ([CYCLE], dict(paramwise_cfg=keys(lr_mult=0)), "lr_mult=0 sets a rate of 0 and param_scheduler raises it to 0.1"),
        (
            [iterations("CosineRestartLR", periods=[40], eta_min=1e-5)],
            dict(paramwise_cfg=keys(lr_mult=0)),
            "lr_mult=0 sets",
        ),
        (
            {"one": [COSINE]},
            dict(optim_wrapper=dict(one=dict(optimizer=ADAM, paramwise_cfg=keys(lr_mult=0)))),
            "optim_wrapper.one.paramwise_cfg.custom_keys.backbone.lr_mult=0 sets .*param_scheduler.one raises",
        ),
        ([iterations("CosineAnnealingLR", T_max=0)], {}, "param_scheduler.0.T_max must be a whole number above 0, got 0."),
        ([iterations("CosineAnnealingLR", T_max="9")], {}, "param_scheduler.0.T_max must be a whole number above 0, got '9'."),
        ([iterations("StepLR", step_size=0)], {}, "param_scheduler.0.step_size must be a whole number above 0, got 0."),
        (iterations("OneCycleLR", eta_max=1, total_steps=-1), {}, "param_scheduler.total_steps must be"),
        (
            [iterations("OneCycleLR", eta_max=1, total_steps=9)],
            {},
            "param_scheduler.0 (OneCycleLR): a step .* total steps is 9",
        ),
        (
            [iterations("LinearLR", start_factor=0.0)],
            {},
            "param_scheduler.0 (LinearLR): a step of the training's schedule fails",
        ),
        ([iterations("LinearLR", start_factor=2.0)], {}, "param_scheduler.0 (LinearLR) cannot be built: "),
        ([iterations("LinearLR", begin=50)], {}, "end should be larger than begin, but got begin=50, end=40"),
        ([iterations("CosineAnnealingLR", Tmax=9)], {}, "param_scheduler.0 (CosineAnnealingLR) cannot be built: .*'Tmax'"),
        ([iterations("CosineLR")], {}, "param_scheduler.0.type='CosineLR' is no scheduler"),
        ([iterations("CosineAnnealingLR", eta_min=-1.0)], {}, "param_scheduler sets a learning rate of -"),
        ([], dict(optimizer=dict(type="Adamm", lr=1)), "optim_wrapper.optimizer.type='Adamm' is no optimizer"),
        ([], dict(optimizer=dict(ADAM, weight_dekay=1)), "optim_wrapper.optimizer (Adam): .*'weight_dekay'"),
        ([], dict(optimizer=dict(ADAM, lr=-1.0)), "optim_wrapper.optimizer (Adam): Invalid learning rate: -1.0"),
    ],
    ids=str,
)
def test_invalid_configs_are_refused(schedulers, more, message):
    with pytest.raises(ValueError, match=re.escape(message).replace(r"\.\*", ".*")):
        check_schedule(config(schedulers, **more))
