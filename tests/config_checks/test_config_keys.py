# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import mmpretrain
import pytest
from mmengine.config import Config
from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS, TRANSFORMS

from flip_mm.config_checks.config_keys import check_keys
from flip_mm.config_checks.signatures import arguments

CONFIGS = Path(__file__).parents[2] / "configs"
THEIRS = Path(mmpretrain.__file__).parent / ".mim/configs"
# Every fifth of those that MMPretrain ships, from all its papers.
SAMPLE = sorted(path for path in THEIRS.glob("*/**/*.py") if "_base_" not in path.parts)[::5]


@pytest.fixture
def demo(config):
    """demo(**{"train_cfg.max_iters": 9}): see the fixture `config`."""
    return lambda **options: config(options, "flip_mcl_demo")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        (
            "default_hooks.checkpont.interval",
            3,
            "default_hooks.checkpont={'interval': 3} has no `type`, did you mean checkpoint",
        ),
        ("default_hooks.logger.interval", "x", "default_hooks.logger.interval='x' must be a number"),
        ("default_hooks.checkpoint.intervall", 9, "BestCheckpointHook has no such setting, did you mean interval"),
        (
            "custom_hooks",
            [dict(type="EMAHok")],
            "custom_hooks.0.type='EMAHok' is not registered under 'hook', did you mean EMAHook",
        ),
        ("train_cfg.max_iters", "ten", "train_cfg.max_iters='ten' must be a whole number"),
        ("train_cfg.max_iters", 1.5, "train_cfg.max_iters=1.5 must be a whole number"),
        ("train_cfg.val_intervall", 3, "ResumableTrainLoop has no such setting, did you mean val_interval"),
        ("train_cfg.type", "Loop", "train_cfg.type='Loop' is not registered under 'loop', did you mean"),
        ("val_cfg.fp", True, "val_cfg.fp=True: ValLoop has no such setting, did you mean fp16"),
        ("train_dataloader.batchsize", 3, "a dataloader has no such setting, did you mean batch_size"),
        ("train_dataloader.batch_size", 0, "train_dataloader.batch_size=0 must be at least 1"),
        ("test_dataloader.num_workers", -1, "test_dataloader.num_workers=-1 must be at least 0"),
        ("train_dataloader.dataset", "data", "train_dataloader.dataset='data' must be a dict with a `type`"),
        (
            "train_dataloader.dataset.run.targt",
            "O",
            "train_dataloader.dataset.run.targt='O': run has no such setting, did you mean target",
        ),
        ("train_dataloader.dataset.check_file", 0, "FASDataset has no such setting, did you mean check_files"),
        ("train_dataloader.sampler.shufle", True, "InfiniteSampler has no such setting, did you mean shuffle"),
        (
            "train_dataloader.dataset.pipeline.0.type",
            "LoadFram",
            "pipeline.0.type='LoadFram' is not registered under 'transform'",
        ),
        ("train_dataloader.dataset.pipeline.2.view", 3, "TrainingViews has no such setting, did you mean views"),
        (
            "tta_pipeline",
            [dict(type="MultiView", num_view=3, transforms=[])],
            "MultiView has no such setting, did you mean num_views",
        ),
        ("model.type", "FLIPP", "model.type='FLIPP' is not registered under 'model', did you mean FLIP"),
        ("model.head.type", "mmpretain.FLIPMCLHead", "but 'FLIPMCLHead' is: remove 'mmpretain.'"),
        (
            "model.head.simclr.temprature",
            1,
            "model.head.simclr.temprature=1: SimCLRLoss has no such setting, did you mean temperature",
        ),
        (
            "model.head.simclr.type",
            "SimCLRLos",
            "model.head.simclr.type='SimCLRLos' is not registered, did you mean SimCLRLoss",
        ),
        ("model.head.max_logit_scale", "abc", "model.head.max_logit_scale='abc' must be a number"),
        ("model.backbone.text", "yes", "model.backbone.text='yes' must be True or False"),
        ("model.bakbone", {}, "FLIP has no such setting, did you mean backbone"),
        ("optim_wrapper.optimizer.learning_rate", 1, "Adam has no such setting (it takes lr, betas"),
        (
            "optim_wrapper.optimizer.type",
            "Adm",
            "optim_wrapper.optimizer.type='Adm' is not registered under 'optimizer', did you mean Adam",
        ),
        ("optim_wrapper.optimizer.lr", "1e-3x", "optim_wrapper.optimizer.lr='1e-3x' must be a number"),
        ("optim_wrapper.optimizer.lr", -1, "optim_wrapper.optimizer.lr=-1 must be at least 0"),
        ("optim_wrapper.optimizer.betas", 3, "optim_wrapper.optimizer.betas=3 must be a list"),
        ("optim_wrapper.clip_grad.max_nrm", 3, "optim_wrapper.clip_grad has no such setting, did you mean max_norm"),
        ("optim_wrapper.paramwise_cfg.custom_key", 3, "did you mean custom_keys"),
        ("optim_wrapper.accumulative_count", 3, "OptimWrapper has no such setting, did you mean accumulative_counts"),
        ("param_scheduler.0.T_maximum", 3, "CosineAnnealingLR has no such setting, did you mean T_max"),
        (
            "param_scheduler.0.type",
            "CosineLR",
            "param_scheduler.0.type='CosineLR' is not registered under 'parameter scheduler'",
        ),
        (
            "val_evaluator.type",
            "FASMetrics",
            "val_evaluator.type='FASMetrics' is not registered under 'metric', did you mean FASMetric",
        ),
        ("test_evaluator", [dict(type="FASMetric", treshold=1)], "test_evaluator.0.treshold=1: FASMetric has no such setting"),
        (
            "test_evaluator",
            dict(type="Evaluator", metrics=[dict(type="FASMetric", treshold=1)]),
            "test_evaluator.metrics.0.treshold=1: FASMetric has no such setting",
        ),
        (
            "test_evaluator",
            dict(metrics=dict(type="FASMetrics")),
            "test_evaluator.metrics.type='FASMetrics' is not registered under 'metric', did you mean FASMetric",
        ),
        (
            "test_evaluator",
            dict(type="Evaluators", metrics=[]),
            "test_evaluator.type='Evaluators' is not registered under 'evaluator', did you mean Evaluator",
        ),
        ("visualizer.vis_backends.0.type", "Tensorboard", "is not registered under 'vis_backend'"),
        ("log_processor.by_epoc", True, "LogProcessor has no such setting, did you mean by_epoch"),
        ("env_cfg.cudnn_bench", True, "env_cfg has no such setting, did you mean cudnn_benchmark"),
        ("randomness.sed", 3, "randomness.sed=3: randomness has no such setting, did you mean seed"),
        ("auto_scale_lr.enabled", True, "auto_scale_lr has no such setting, did you mean enable"),
    ],
)
def test_typos_are_named_with_key_value_and_similar_names(key, value, message, demo):
    with pytest.raises(ValueError, match=r"flip_mcl_demo\.py: ") as refused:
        check_keys(demo(**{key: value}))
    assert message in str(refused.value)
    assert str(refused.value).count("; ") == 0


def test_all_typos_are_in_one_message(demo):
    with pytest.raises(
        ValueError, match=r"py: train_cfg.max_iters='ten' .*; optim_wrapper.optimizer.lr=-1 must be at least 0\.$"
    ):
        check_keys(demo(**{"train_cfg.max_iters": "ten", "optim_wrapper.optimizer.lr": -1}))


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.stem)
def test_configs_of_mmpretrain_are_accepted(path):
    try:
        cfg = Config.fromfile(path, import_custom_modules=False)
    except (RuntimeError, KeyError, ModuleNotFoundError):
        pytest.skip("mmengine cannot read it here")
    refused = ""
    try:
        check_keys(cfg)
    except ValueError as error:
        refused = str(error)
    # Classes that MMPretrain registers where further packages are installed.
    assert [part for part in refused.split("; ") if part and "is not registered" not in part] == []


@pytest.mark.parametrize(
    "options",
    [
        {"model.init_cfg": [dict(type="Normal", layer="Linear", std=0.01)]},
        {"optim_wrapper.optimizer.lr": 1, "optim_wrapper.optimizer.betas": [0.9, 0.99], "train_cfg.max_iters": 1e3},
        {"optim_wrapper.paramwise_cfg": dict(custom_keys={"backbone": dict(lr_mult=0.1)})},
        {"optim_wrapper.paramwise_cfg": dict(mine=3), "optim_wrapper.constructor": "Mine"},
        {"optim_wrapper": dict(a=dict(type="OptimWrapper"), b=dict(type="OptimWrapper"), constructor="Mine")},
        {"param_scheduler": [dict(type="LinearLR", start_factor=0.1, by_epoch=True, end=1, convert_to_iter_based=True)]},
        {
            "param_scheduler": None,
            "default_hooks.logger": None,
            "custom_hooks": [dict(type="EMAHook", momentum=1e-4, priority=49)],
        },
        {"train_cfg": dict(by_epoch=True, max_epochs=2), "val_evaluator": dict(type="Accuracy", topk=(1,))},
        {"val_evaluator": dict(type="Evaluator", metrics=[dict(type="FASMetric"), dict(type="Accuracy")])},
        {"val_evaluator": dict(metrics=dict(type="FASMetric"))},
        {"train_dataloader.worker_init_fn": dict(type="default_collate"), "train_dataloader.drop_last": True},
        {"model.train_cfg": dict(augments=[dict(type="Mixup", alpha=0.8)])},
        {"model_wrapper_cfg": dict(type="MMDistributedDataParallel", anything=1), "compile": dict(backend="inductor")},
        {"tta_model": dict(type="AverageClsScoreTTA"), "tta_pipeline": [dict(type="LoadImageFromFile")]},
    ],
)
def test_valid_settings_are_accepted(options, demo):
    check_keys(demo(**options))


class Base(Hook):
    def __init__(self, interval: int = 1, **kwargs):
        super().__init__()
        self.kwargs = kwargs


class Child(Base):
    def __init__(self, size: int, **kwargs):
        super().__init__(**kwargs)


class Parent:
    def __init__(self, scale: float = 1.0):
        pass


class Closed(Parent):
    def __init__(self, size: int, **kwargs):
        super().__init__(**kwargs)


def test_classes_that_accept_any_argument(monkeypatch, demo):
    monkeypatch.setitem(HOOKS.module_dict, "Child", Child)
    monkeypatch.setitem(TRANSFORMS.module_dict, "Closed", Closed)
    assert arguments(Child) is None
    assert set(arguments(Closed)) == {"size", "scale", "kwargs"} - {"kwargs"}
    check_keys(demo(custom_hooks=[dict(type="Child", whatever=3), dict(type=Child, more=1)]))
    with pytest.raises(ValueError, match=r"pipeline.0.scal=3: Closed has no such setting, did you mean scale\?"):
        check_keys(demo(**{"train_dataloader.dataset.pipeline": [dict(type="Closed", size=3, scal=3)]}))
