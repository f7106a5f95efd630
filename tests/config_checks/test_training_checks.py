# SPDX-License-Identifier: Apache-2.0
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop
from mmpretrain.registry import HOOKS

from flip_mm.config_checks.training_checks import check_training

CONFIGS = Path(__file__).parents[2] / "configs"


class Loop(BaseLoop):
    def run(self):
        pass


def config(options):
    cfg = Config.fromfile(CONFIGS / "flip_v_demo.py", import_custom_modules=False)
    cfg.merge_from_dict(options)
    return cfg


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.py")), ids=lambda path: path.name)
def test_shipped_configs_can_be_trained(path):
    check_training(Config.fromfile(path, import_custom_modules=False))


WRONG = [
    ({"train_cfg.val_interval": 0}, "train_cfg.val_interval must be a whole number above 0, got 0."),
    ({"train_cfg.max_iters": 0}, "train_cfg.max_iters must be a whole number above 0, got 0."),
    ({"train_cfg.max_iters": "ten"}, "train_cfg.max_iters must be a whole number above 0, got 'ten'."),
    ({"train_cfg.dynamic_intervals": [(2, 5), (4, 0)]}, "train_cfg.dynamic_intervals.1.1 must be a whole number above 0"),
    ({"optim_wrapper.accumulative_counts": 0}, "optim_wrapper.accumulative_counts must be a whole number above 0, got 0."),
    ({"auto_scale_lr.base_batch_size": 0}, "auto_scale_lr.base_batch_size must be a whole number above 0, got 0."),
    ({"default_hooks.checkpoint.interval": 0}, "default_hooks.checkpoint.interval must be .*, got 0 (-1: none or all)."),
    ({"default_hooks.checkpoint.interval": 0.5}, "default_hooks.checkpoint.interval must be .*, got 0.5"),
    ({"default_hooks.checkpoint.max_keep_ckpts": 0}, "default_hooks.checkpoint.max_keep_ckpts must be"),
    ({"custom_hooks": [dict(type="CheckpointHook", by_epoch=False, interval=0)]}, "custom_hooks.0.interval must .* all)."),
    ({"default_hooks.logger.interval": 0}, "default_hooks.logger.interval must be a whole number above 0, got 0."),
    ({"custom_hooks": [dict(type="EMAHook", interval=0)]}, "custom_hooks.0.interval must be a whole number above 0, got 0."),
    ({"param_scheduler.0.T_max": 0}, "param_scheduler.0.T_max must be a whole number above 0, got 0."),
    ({"param_scheduler": [dict(type="CosineLR")]}, "param_scheduler.0.type='CosineLR' is no scheduler"),
    ({"param_scheduler.0.by_epoch": True}, "param_scheduler.0 (CosineAnnealingLR) counts epochs"),
    ({"default_hooks.checkpoint.save_best": "foo/BAR"}, "default_hooks.checkpoint.save_best: 'foo/BAR' is not reported"),
    ({"optim_wrapper.constructor": "DefaultOptimWrapperConstructor", "model.frozen": ["head"]}, "model.frozen needs"),
]


@pytest.mark.parametrize(("options", "message"), WRONG, ids=str)
def test_invalid_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message).replace(r"\.\*", ".*")):
        check_training(config(options))


@HOOKS.register_module(force=True)
class SecondsHook(Hook):
    def __init__(self, interval=0.5):
        pass


@pytest.mark.parametrize("interval", [0.5, -1, "daily"])
def test_the_interval_of_a_custom_hook_is_not_checked(interval):
    check_training(config({"custom_hooks": [dict(type="SecondsHook", interval=interval)]}))


def test_no_checkpoints_and_all_of_them():
    check_training(config({"default_hooks.checkpoint.interval": -1, "default_hooks.checkpoint.max_keep_ckpts": -1}))


# A test refuses these, too: they are no settings at all.
SLIPS = ("'ten'", "is no scheduler")


@pytest.mark.parametrize(
    ("options", "message"), [case for case in WRONG if not any(slip in case[1] for slip in SLIPS)], ids=str
)
def test_the_hook_refuses_it_before_a_training_and_not_before_a_test(options, message):
    hook, cfg = HOOKS.build(dict(type="ConfigGuardHook")), config(options)
    hook.before_run(SimpleNamespace(cfg=cfg, _train_loop=cfg.train_cfg))
    with pytest.raises(ValueError, match=re.escape(message).replace(r"\.\*", ".*")):
        hook.before_run(SimpleNamespace(cfg=cfg, _train_loop=Loop(None, None)))


def with_device_views(meta_keys, **options):
    views = dict(type="TrainingViews", image_size=(64, 64), views="device")
    pipeline = [dict(type="LoadFrame"), views, dict(type="PackInputs", meta_keys=meta_keys)]
    return config({"train_dataloader.dataset.pipeline": pipeline, **options})


def test_views_on_the_device_need_their_parameters_and_a_preprocessor_that_renders_them():
    check_training(with_device_views(["view_parameters"]))
    with pytest.raises(ValueError, match="needs 'view_parameters' in the meta_keys of PackInputs"):
        check_training(with_device_views(["img_path"]))
    with pytest.raises(ValueError, match=r"needs model.data_preprocessor=dict\(type='FASDataPreprocessor'\)"):
        check_training(with_device_views(["view_parameters"], **{"model.data_preprocessor.type": "ClsDataPreprocessor"}))
