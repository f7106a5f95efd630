# SPDX-License-Identifier: Apache-2.0
import re

import pytest
from mmengine.hooks import EMAHook, Hook
from mmengine.runner import BaseLoop
from mmpretrain.registry import HOOKS

from flip_mm.config_checks.epochs_or_iterations import check_units, loop_unit

COSINE = dict(type="CosineAnnealingLR", T_max=9)
PLATEAU = dict(type="ReduceOnPlateauLR", monitor="target/HTER")
EPOCHS = {
    "train_cfg": dict(type="EpochBasedTrainLoop", max_epochs=2),
    "train_dataloader": dict(sampler=dict(type="DefaultSampler")),
    "default_hooks.checkpoint.by_epoch": True,
}
CHECKPOINT = "default_hooks.checkpoint.by_epoch=True"


@HOOKS.register_module(force=True)
class OwnHook(Hook):
    def __init__(self, epoch_length=100, epochs_named=0, interval=1):
        pass


@HOOKS.register_module(force=True)
class OwnEMAHook(EMAHook):
    def __init__(self, seconds_per_epoch=1, **kwargs):
        super().__init__(**kwargs)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"param_scheduler": None},
        {"param_scheduler": dict(COSINE, by_epoch=False)},
        {"param_scheduler": [dict(COSINE, end=9, convert_to_iter_based=True)]},
        {"param_scheduler": [PLATEAU, dict(PLATEAU, by_epoch=True)]},
        {"train_cfg": dict(by_epoch=False, max_iters=9)},
        {"custom_hooks": [dict(type="EMAHook", begin_iter=3), dict(type="EmptyCacheHook", after_epoch=True)]},
        {"custom_hooks": [dict(type="PreciseBNHook"), dict(type="ProfilerHook", by_epoch=False)]},
        # A custom hook may define its epochs.
        {"custom_hooks": [dict(type="OwnHook", epoch_length=50, epochs_named=2), dict(type="OwnEMAHook", seconds_per_epoch=3)]},
        {"default_hooks.checkpoint": None, "default_hooks.logger": None},
        # A schedule in iterations is stepped under a loop in epochs, too.
        EPOCHS,
        {**EPOCHS, "param_scheduler": [COSINE, dict(COSINE, by_epoch=False)], "log_processor": dict(by_epoch=True)},
        {"train_cfg": dict(type=BaseLoop), "param_scheduler": COSINE},
    ],
    ids=str,
)
def test_valid_configs_are_accepted(config, options):
    check_units(config(options))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        *(
            ({"param_scheduler": [dict(type=name)]}, f"param_scheduler.0 ({name}) counts epochs (by_epoch=True, mmengine's d")
            for name in (
                *("LinearLR", "CosineAnnealingLR", "MultiStepLR", "StepLR", "ConstantLR", "ExponentialLR", "PolyLR"),
                *("OneCycleLR", "CosineRestartLR", "LinearMomentum", "LinearParamScheduler", "CosineAnnealingWeightDecay"),
            )
        ),
        ({"param_scheduler": COSINE}, "set param_scheduler.by_epoch=False and give its lengths in iterations."),
        ({"param_scheduler": {"one": [dict(COSINE, by_epoch=False), COSINE]}}, "param_scheduler.one.1 (CosineAnnealingLR) "),
        ({"param_scheduler": {"one": COSINE}}, "param_scheduler.one (CosineAnnealingLR) counts epochs"),
        ({"param_scheduler": [dict(COSINE, by_epoch=True)]}, "would never be stepped, because train_cfg counts iterations"),
        (
            {"param_scheduler": [dict(COSINE, convert_to_iter_based=True)]},
            "end after the first epoch, .*set param_scheduler.0.end",
        ),
        (
            {"param_scheduler": [dict(PLATEAU, by_epoch=False)]},
            "param_scheduler.0.by_epoch=False: ReduceOnPlateauLR is stepped",
        ),
        ({"param_scheduler": [PLATEAU], "val_evaluator": None}, "stepped after validations and this training has none"),
        ({"param_scheduler": "cosine"}, "param_scheduler: a scheduler is a dict with 'type', got 'cosine'."),
        ({"param_scheduler": [dict(typ="StepLR")]}, "param_scheduler.0.typ: a scheduler is a dict with 'type'"),
        ({"default_hooks.checkpoint.by_epoch": True}, f"{CHECKPOINT} (BestCheckpointHook) counts epochs, .*by_epoch=False and"),
        ({"default_hooks.checkpoint": dict(_delete_=True, type="CheckpointHook")}, "the default of CheckpointHook"),
        (
            {"default_hooks.logger.log_metric_by_epoch": True},
            "default_hooks.logger.log_metric_by_epoch=True (LoggerHook) counts",
        ),
        ({"custom_hooks": [dict(type="LoggerHook")]}, "custom_hooks.0.log_metric_by_epoch=True (the default of LoggerHook)"),
        ({"custom_hooks": [dict(type="ProfilerHook")]}, "custom_hooks.0.by_epoch=True (the default of ProfilerHook)"),
        ({"custom_hooks": [dict(type="SimSiamHook", fix_pred_lr=True, lr=1)]}, "custom_hooks.0.adjust_by_epoch=True"),
        (
            {"custom_hooks": [dict(type="EMAHook", begin_epoch=1)]},
            "custom_hooks.0.begin_epoch=1 (EMAHook) counts epochs, .*begin_i",
        ),
        ({"custom_hooks": [dict(type="OwnEMAHook", begin_epoch=1)]}, "custom_hooks.0.begin_epoch=1 (OwnEMAHook)"),
        ({"custom_hooks": [dict(type="mmengine.EMAHook", begin_epoch=1)]}, "custom_hooks.0.begin_epoch=1"),
        (
            {"custom_hooks": [dict(type="SwitchRecipeHook", schedule=[dict(action_epoch=2, loss=None)])]},
            "custom_hooks.0.schedule.0.action_epoch=2 (SwitchRecipeHook) counts epochs",
        ),
        ({"custom_hooks": [dict(type="WarmupParamHook", warmup_epochs=2)]}, "custom_hooks.0.warmup_epochs=2"),
        ({"log_processor": dict(by_epoch=True)}, "log_processor.by_epoch=True"),
        ({"log_processor": dict(window_size=5)}, "log_processor.by_epoch=True (mmengine's default)"),
        ({"train_cfg": dict(by_epoch=False, max_iters=9), "param_scheduler": [COSINE]}, "param_scheduler.0 (Cosine"),
        ({"train_cfg": dict(type="IterBasedTrainLoop", max_iters=9), "param_scheduler": [COSINE]}, "param_scheduler.0 (Cosine"),
        (
            {"train_cfg": dict(type="EpochBasedTrainLoop", max_epochs=2)},
            "train_dataloader.batch_sampler (DomainClassBatchSampler) is infinite",
        ),
        ({**EPOCHS, "default_hooks.checkpoint.by_epoch": False}, "by_epoch=False saves in the middle of epochs"),
    ],
    ids=str,
)
def test_invalid_configs_are_refused(config, options, message):
    with pytest.raises(ValueError, match=re.escape(message).replace(r"\.\*", ".*")):
        check_units(config(options))


def test_loops():
    assert loop_unit(dict(type="ResumableTrainLoop")) == loop_unit(dict(by_epoch=False)) == "iteration"
    assert loop_unit(dict(type="EpochBasedTrainLoop")) == loop_unit(dict(by_epoch=True)) == "epoch"
    assert loop_unit(dict(type=BaseLoop)) is loop_unit({}) is None
