# SPDX-License-Identifier: Apache-2.0
"""Trainings that start from another method's checkpoint."""

import itertools
from pathlib import Path

import open_clip
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner

pytestmark = pytest.mark.usefixtures("small_vocabulary")

CONFIGS = Path(__file__).parents[2] / "configs"
NUMBER = itertools.count()
HOOK = dict(type="WarmStartHook")


@pytest.fixture
def runner(shrunk, shared_mcio, tmp_path, monkeypatch):
    """runner('flip_it_demo', load_from=..., hooks...): a runner whose training ends before the first iteration."""
    monkeypatch.setattr(Runner, "_log_env", lambda *_: None)

    def make(name, load_from=None, warm=True, resume=False, **settings):
        cfg = shrunk(CONFIGS / f"{name}.py")
        for loader in ("train", "val", "test"):
            cfg[f"{loader}_dataloader"].dataset.data_root = str(shared_mcio)
        cfg.merge_from_dict(dict(load_from=load_from and str(load_from), resume=resume, work_dir=str(tmp_path / "work")))
        cfg.experiment_name = f"warm_{next(NUMBER)}"
        cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = cfg.default_hooks.checkpoint.save_best = None
        if warm:
            cfg.default_hooks.warm_start = HOOK
        cfg.merge_from_dict(settings)
        return Runner.from_cfg(cfg)

    return make


@pytest.fixture
def start(runner):
    """start(...): the model of a runner when its first iteration would begin, and what was noted."""

    def run(*args, **kwargs):
        made = runner(*args, **kwargs)
        made.train_loop  # noqa: B018 built here, as a training does first
        made.call_hook("before_run")
        made._init_model_weights()
        made.optim_wrapper = made.build_optim_wrapper(made.optim_wrapper)
        made.load_or_resume()
        return made.model, made.message_hub.runtime_info.get("warm_start")

    return run


@pytest.fixture
def saved(runner, tmp_path):
    """saved('flip_it_demo'): a file with a model's random weights, and the weights."""

    def save(name):
        model = runner(name, warm=False).model
        path = tmp_path / f"{Path(name).name}.pth"
        torch.save(dict(meta={}, state_dict=model.state_dict()), path)
        return path, {key: value.clone() for key, value in model.state_dict().items()}

    return save


def test_flip_it_to_flip_mcl(start, saved):
    path, weights = saved("flip_it_demo")
    model, noted = start("flip_mcl_demo", path)
    state = model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in weights.items())
    assert noted["file"] == path.name
    assert noted["loaded"] == sorted(weights)
    assert noted["missing"] == sorted(state.keys() - weights.keys())
    assert {name.split(".")[1] for name in noted["missing"]} == {"projector"}
    assert noted["unknown"] == noted["reshaped"] == []


def test_without_the_hook_it_is_refused_and_the_hook_is_named(start, saved):
    path, weights = saved("flip_it_demo")
    message = rf"missing in the file: head.projector.*To start a training with the {len(weights)} weights that fit: "
    with pytest.raises(ValueError, match=message + r"default_hooks\.warm_start\.type=WarmStartHook\.$"):
        start("flip_mcl_demo", path, warm=False)


def test_weights_that_the_file_lacks_come_from_the_config(start, saved, tmp_path):
    """FLIP-V has no text tower: that of the config's CLIP stays."""
    clip, _ = saved("flip_it_demo")
    own = torch.load(clip)["state_dict"]
    path, weights = saved("flip_v_demo")
    model, noted = start("flip_mcl_demo", path, **{"model.backbone.pretrained": str(clip)})
    state = model.state_dict()
    for name, value in state.items():
        if name.startswith("backbone."):
            assert torch.equal(value, weights.get(name, own[name])), name
    assert "backbone.logit_scale" in noted["missing"]
    assert noted["unknown"] == sorted(name for name in weights if name.startswith("head."))


def test_weights_of_another_shape_are_not_loaded(start, saved, tmp_path):
    path, weights = saved("flip_v_demo")
    weights["head.fc.weight"] = weights["head.fc.weight"][:5]
    torch.save(weights, path)
    model, noted = start("flip_v_demo", path)
    assert noted["reshaped"] == ["head.fc.weight"]
    assert model.head.fc.weight.shape != weights["head.fc.weight"].shape


def test_a_clip(start, shrunk, tmp_path):
    cfg = shrunk(CONFIGS / "flip_it_demo.py").model.backbone
    arch = Config(dict(arch=cfg.arch)).to_dict()["arch"]
    clip = open_clip.CLIP(arch["embed_dim"], arch["vision_cfg"], arch["text_cfg"], quick_gelu=True)
    torch.save(clip.state_dict(), tmp_path / "clip.pt")
    model, noted = start("flip_it_demo", tmp_path / "clip.pt")
    assert torch.equal(model.backbone.visual.conv1.weight, clip.visual.conv1.weight)
    assert torch.equal(model.backbone.visual_projection, clip.visual.proj)
    assert torch.equal(model.backbone.text_tower.token_embedding.weight, clip.token_embedding.weight)
    assert noted["missing"] == []


def test_a_backbone_alone(start, runner, tmp_path):
    weights = {name: torch.randn_like(v.float()) for name, v in runner("erm/erm_r18_demo").model.backbone.state_dict().items()}
    torch.save(weights, tmp_path / "r18.pth")
    model, noted = start("erm/erm_r18_demo", tmp_path / "r18.pth")
    assert torch.equal(model.backbone.conv1.weight, weights["conv1.weight"])
    assert noted["missing"] == ["head.fc.bias", "head.fc.weight"]


def test_a_moving_average_starts_with_the_same_weights(runner, saved):
    path, weights = saved("erm/erm_r18_demo")
    made = runner("erm/erm_r18_demo", path, custom_hooks=[dict(type="EMAHook")])
    made.train_loop  # noqa: B018
    made.call_hook("before_run")
    made.load_or_resume()
    (average,) = (hook.ema_model.module for hook in made.hooks if hasattr(hook, "ema_model"))
    assert all(torch.equal(value, weights[name]) for name, value in average.state_dict().items())


def test_a_file_without_a_fitting_weight_is_refused(start, tmp_path):
    torch.save(dict(a=torch.zeros(2)), tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"none of its 1 weights fits ImageClassifier"):
        start("erm/erm_r18_demo", tmp_path / "other.pth")
    with pytest.raises(ValueError, match=r"no weight has a name of the model, and it is no weight file of its CLIP"):
        start("flip_it_demo", tmp_path / "other.pth")


def test_a_test_needs_all_weights(runner, saved):
    path, _ = saved("flip_it_demo")
    tested = runner("flip_mcl_demo", path)
    with pytest.raises(ValueError, match="does not fit FLIP with FLIPMCLHead"):
        tested.test()


def test_a_resume_needs_all_weights_and_remembers(runner, saved, tmp_path):
    path, _ = saved("flip_it_demo")
    first = runner("flip_mcl_demo", path, **{"train_cfg.max_iters": 1, "default_hooks.checkpoint.interval": 1})
    first.train()
    noted = first.message_hub.get_info("warm_start")
    checkpoint = tmp_path / "work/iter_1.pth"
    again = runner("flip_mcl_demo", checkpoint, resume=True)
    again.train()
    assert again.message_hub.get_info("warm_start") == noted
    content = torch.load(checkpoint, weights_only=False)
    del content["state_dict"]["backbone.logit_scale"]
    torch.save(content, checkpoint)
    broken = runner("flip_mcl_demo", checkpoint, resume=True)
    with pytest.raises(ValueError, match=r"1 missing in the file: backbone.logit_scale"):
        broken.train()


def test_only_some_parts(start, saved):
    path, weights = saved("flip_v_demo")
    torch.save(dict(meta={}, state_dict={name: value + 1 for name, value in weights.items()}), path)
    model, noted = start("flip_v_demo", path, **{"default_hooks.warm_start": dict(type="WarmStartHook", parts=["head"])})
    assert noted["loaded"] == sorted(name for name in weights if name.startswith("head."))
    assert noted["missing"] == sorted(name for name in weights if name.startswith("backbone."))
    for name, value in model.state_dict().items():
        assert torch.equal(value, weights[name] + name.startswith("head.")), name
