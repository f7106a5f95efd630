# SPDX-License-Identifier: Apache-2.0
"""Settings of the shipped configs."""

import ast
import json
import re
from pathlib import Path

import open_clip
import pytest
from mmengine.config import Config

from flip_mm.config_checks.check_config import check_config
from flip_mm.config_checks.common_run import common_run
from flip_mm.datasets.protocols import get_run
from flip_mm.datasets.transforms import with_pillow_steps
from flip_mm.labels import LIST_WORDS

CONFIGS = Path(__file__).parents[1] / "configs"
GOLDEN = Path(__file__).parent / "data/flip_a.json"
LEAVES = sorted(path for path in CONFIGS.rglob("*.py") if "_base_" not in path.parts)
PUBLISHED = [path for path in sorted(CONFIGS.glob("flip_*.py")) if not {"demo", "student"} & {*path.stem.split("_")}]
OTHER_BACKBONES = {
    "flip_mcl_p1_eva02-b16.py": ("EVA02-B-16", "merged2b_s8b_b131k"),
    "flip_mcl_p1_mobileclip2-s0.py": ("MobileCLIP2-S0", "dfndr2b"),
    "flip_mcl_p1_rn50.py": ("RN50-quickgelu", "openai"),
    "flip_mcl_p1_vit-b32.py": ("ViT-B-32-quickgelu", "openai"),
}
OUR_HOOKS = dict(
    config_guard="ConfigGuardHook",
    guard="GuardHook",
    record="RecordHook",
    runtime_info="DeferredInfoHook",
    leakage="LeakageHook",
    lr_course="LRCourseHook",
    step_seed="StepSeedHook",
    non_finite_loss="NonFiniteLossHook",
    score_report="ScoreReportHook",
    progress_bar="ProgressBarHook",
)


def test_the_promised_configs_exist():
    names = {f"flip_{method}_{kind}.py" for method in ("v", "it", "mcl") for kind in ("p1", "p2", "p3", "demo")}
    names |= {
        "clip_pretrain_demo.py",
        "flip_mcl_p1_prompts-p3.py",
        "flip_student_demo.py",
        "flip_student_p1.py",
        *OTHER_BACKBONES,
    }
    assert names == {path.name for path in CONFIGS.glob("*.py")}


@pytest.mark.parametrize("path", LEAVES, ids=lambda p: p.name)
def test_the_docstring_has_the_command(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert f"python tools/train.py {path.relative_to(CONFIGS.parent).as_posix()}" in docstring
    assert ("prove nothing" in docstring) == ("demo" in path.name)


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda p: p.name)
def test_published_settings(path):
    cfg = Config.fromfile(path)
    assert cfg.optim_wrapper == dict(
        type="OptimWrapper",
        constructor="TrainableOptimWrapperConstructor",
        optimizer=dict(type="Adam", lr=1e-6, weight_decay=1e-6, fused=True),
    )
    assert cfg.model.get("frozen") is None
    assert (cfg.train_cfg.max_iters, cfg.train_cfg.val_interval, cfg.param_scheduler) == (4000, 100, [])
    batch = 8 if path.name in ("flip_v_p2.py", "flip_it_p2.py") else 3
    assert (cfg.train_dataloader.batch_size, cfg.test_dataloader.batch_size, cfg.image_size) == (batch, 10, (224, 224))
    assert cfg.auto_scale_lr == dict(base_batch_size=batch)
    run = get_run(**cfg.train_dataloader.dataset.run)
    assert (run.protocol, run.shots, run.holdout) == (path.stem.split("_")[2], 0, 0)
    images = dict(p1=24, p2=48 if batch == 8 else 18, p3=12)[run.protocol]
    assert len(run.train_domains) * len(LIST_WORDS) * batch == images
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        assert get_run(**loader.dataset.run) == run
        assert loader.dataset.data_root == ("data/WCS" if run.protocol == "p2" else "data/MCIO")
    normalization = "backbone" if "mobileclip" in path.name else "imagenet"
    assert cfg.model.data_preprocessor == dict(type="FASDataPreprocessor", mean=normalization, std=normalization)
    weights = OTHER_BACKBONES.get(path.name, ("ViT-B-16-quickgelu", "openai"))
    assert (cfg.model.backbone.arch, cfg.model.backbone.pretrained) == weights
    assert weights in open_clip.list_pretrained()
    hooks = cfg.default_hooks
    assert (hooks.checkpoint.type, hooks.checkpoint.save_best) == ("BestCheckpointHook", "target/HTER")
    assert [hooks[name].type for name in OUR_HOOKS] == list(OUR_HOOKS.values())
    assert cfg.test_evaluator.threshold == "paper"
    assert cfg.train_cfg.type == "ResumableTrainLoop"
    assert "clip_grad" not in cfg.optim_wrapper
    if "flip_v" not in path.name and "prompts-p3" not in path.name:
        assert cfg.model.head.prompts == json.loads(GOLDEN.read_text(encoding="utf-8"))["prompts"]


@pytest.mark.parametrize("protocol", ["p1", "p2", "p3"])
def test_published_losses(protocol):
    head = Config.fromfile(CONFIGS / f"flip_mcl_{protocol}.py").model.head
    assert head.loss == dict(type="CrossEntropyLoss", loss_weight=1.0)
    assert head.simclr == dict(type="SimCLRLoss", temperature=0.1, loss_weight=1.0)
    assert head.consistency == dict(type="ViewConsistencyLoss", loss_weight=1.0)


def written_out(name):
    """The steps of a training pipeline, with those of TrainingViews."""
    pipeline = Config.fromfile(CONFIGS / name).train_dataloader.dataset.pipeline
    assert [step.type for step in pipeline] == ["LoadFrame", "SaturationJitter", "TrainingViews", "PackInputs"]
    assert pipeline[2].views == "opencv"
    pipeline[2].views = "pillow"
    return with_pillow_steps(pipeline)


@pytest.mark.parametrize("protocol", ["p1", "p2", "p3"])
def test_published_augmentation(protocol):
    pipeline = written_out(f"flip_mcl_{protocol}.py")
    image, view = next(step for step in pipeline if step["type"] == "MultiView")["transforms"]
    assert pipeline[1] == dict(type="SaturationJitter", magnitude=0.2, prob=0.5)
    assert pipeline[3] == dict(type="torchvision/Resize", size=(224, 224), interpolation="bicubic")
    assert image[0] == view[3] == dict(type="torchvision/RandomHorizontalFlip", p=0.5)
    assert view[0] == dict(type="torchvision/RandomResizedCrop", size=(224, 224), scale=(0.08, 1.0))
    jitter = dict(type="torchvision/ColorJitter", brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
    assert view[1] == dict(type="RandomApply", transforms=[jitter], prob=0.8)
    assert view[2] == dict(type="torchvision/RandomGrayscale", p=0.2)
    assert view[5] == dict(type="GaussianBlur", magnitude_range=(0.1, 2.0), magnitude_std="inf", prob=0.5)
    single, same = (written_out(f"flip_{method}_{protocol}.py") for method in ("it", "v"))
    assert single == same
    assert [step["type"].split("/")[-1] for step in single] == [
        "LoadFrame",
        "SaturationJitter",
        "NumpyToPIL",
        "Resize",
        "RandomHorizontalFlip",
        "PILToNumpy",
        "PackInputs",
    ]
    assert single[1] == pipeline[1]
    assert single[3:5] == [pipeline[3], image[0]]


FIGURES = {
    "flip_v_p1.py": "3.79/99.31/87.99 1.27/99.75/95.85 4.71/98.80/75.84 4.15/98.76/66.47",
    "flip_it_p1.py": "5.27/98.41/79.33 0.44/99.98/99.86 2.94/99.42/84.62 3.61/99.15/84.76",
    "flip_mcl_p1.py": "4.95/98.11/74.67 0.54/99.98/100.00 4.25/99.07/84.62 2.31/99.63/92.28",
    "flip_v_p2.py": "6.13/97.84/50.26 10.89/95.82/53.93 12.48/94.43/53.00",
    "flip_it_p2.py": "4.89/98.65/59.14 10.04/96.48/59.40 15.68/91.83/43.27",
    "flip_mcl_p2.py": "4.46/99.16/83.86 9.66/96.69/59.00 11.71/95.21/57.98",
    "flip_v_p3.py": "15.08 13.73 12.34 4.30 9.68 7.87 0.56 3.96 4.79 2.09 5.01 6.00",
    "flip_it_p3.py": "12.33 15.18 7.98 1.12 8.37 6.98 0.19 5.21 4.96 0.16 4.27 5.63",
    "flip_mcl_p3.py": "10.57 7.15 3.91 0.68 7.22 4.22 0.19 5.88 3.95 0.19 5.69 8.40",
}


@pytest.mark.parametrize("name", FIGURES)
def test_quoted_metrics(name):
    text = CONFIGS.joinpath(name).read_text(encoding="utf-8")
    found = dict(re.findall(r"(\w+->\w) (\d+\.\d\d(?:/\d+\.\d\d/\d+\.\d\d)?)", text))
    runs = dict(
        p1="OCI->M OMI->C OCM->I ICM->O",
        p2="CS->W SW->C CW->S",
        p3="C->I C->M C->O I->C I->M I->O M->C M->I M->O O->C O->I O->M",
    )[Path(name).stem.split("_")[2]]
    assert found == dict(zip(runs.split(), FIGURES[name].split(), strict=True))
    if "_p3" in name:
        # Of twelve figures and of their mean, each rounded to 0.01.
        average = float(re.search(r"average (\d\.\d\d)\.", text).group(1))
        assert average == pytest.approx(sum(map(float, found.values())) / 12, abs=0.011)


@pytest.mark.parametrize("name", ["flip_mcl_p1_prompts-p3.py", *OTHER_BACKBONES])
def test_prompts_and_backbone_are_short_configs(name):
    code = CONFIGS.joinpath(name).read_text().split('"""')[2]
    assert len(code.split("\n\n")[-1].strip().splitlines()) <= 5


def test_a_prompt_set():
    cfg = Config.fromfile(CONFIGS / "flip_mcl_p1_prompts-p3.py")
    assert cfg.model.head.prompts == dict(real=["This is a real face"], spoof=["This is not a real face"])


# The pretraining has captions in place of labels, see test_clip_pretraining.py.
@pytest.mark.parametrize("path", [p for p in LEAVES if p.stem != "clip_pretrain_demo"], ids=lambda p: p.name)
def test_every_config_has_the_same_training_rules(path):
    cfg = Config.fromfile(path)
    assert cfg.train_cfg.type == "ResumableTrainLoop"
    assert (cfg.default_hooks.checkpoint.type, cfg.default_hooks.checkpoint.save_best) == ("BestCheckpointHook", "target/HTER")
    assert cfg.test_evaluator == cfg.val_evaluator == dict(type="FASMetric", threshold="paper")
    assert common_run(cfg) == get_run(**cfg.train_dataloader.dataset.run)
    shown = {key for step in cfg.test_dataloader.dataset.pipeline for key in step.get("meta_keys", ())}
    assert shown >= {"domain_index", "subject", "session", "device", "attack_type", "medium", "role"}


def test_the_new_protocol_in_the_docs(tmp_path):
    text = CONFIGS.with_name("docs").joinpath("options.md").read_text(encoding="utf-8")
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "limited" in block)
    path = tmp_path / "own.py"
    path.write_text(code.replace('"./', f'"{CONFIGS}/'))
    cfg = Config.fromfile(path)
    check_config(cfg)
    assert common_run(cfg).name == "MI->C"
