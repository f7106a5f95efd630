# SPDX-License-Identifier: Apache-2.0
"""Ablation configs: each changes one thing in its base config, and the training follows it."""

import random
from functools import cache
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from flip_mm.config_checks.check_config import check_config
from flip_mm.config_checks.config_parts import flat
from flip_mm.config_checks.training_checks import check_training
from flip_mm.experiments.grid import is_grid, read_grid
from flip_mm.experiments.settings import make_experiments
from flip_mm.models.backbones import timm_tower
from flip_mm.tables.published_rows import published_rows
from flip_mm.utils.shipped import find_config

pytestmark = pytest.mark.usefixtures("small_vocabulary")

CONFIGS = Path(__file__).parents[1] / "configs"
FOLDER = CONFIGS / "ablations"
ALL = sorted(FOLDER.glob("*.py"))
CHANGES = {
    **{f"it prompts-{name}": None for name in ("p1", "p2", "p3", "p4", "p5", "p6", "first2", "first3")},
    **{f"it prompts-{name}": None for name in ("shuffled", "finnish", "swapped")},
    "it prompts-normalised": {"model.head.normalize_prompts": True},
    "it frozen-text": {"model.frozen.0": "backbone.text_tower"},
    "it mean-std-clip": {"model.data_preprocessor.mean": "backbone", "model.data_preprocessor.std": "backbone"},
    "mcl weights-1-1-0": {"model.head.consistency.loss_weight": 0},
    "mcl weights-1-0-1": {"model.head.simclr.loss_weight": 0},
    "mcl weights-1-2-2": {f"model.head.{term}.loss_weight": 2 for term in ("simclr", "consistency")},
    "mcl weights-1-5-5": {f"model.head.{term}.loss_weight": 5 for term in ("simclr", "consistency")},
    "mcl split-paper": {"model.head.prompt_split": "paper"},
    "v linear-probe": {"model.head.type": "LinearProbeHead", "model.frozen.0": "backbone"},
    "v init-scratch": None,
    "v init-beit": None,
    "v init-imagenet": None,
}
TAGS = {"init-scratch": None, "init-beit": "in22k_ft_in22k_in1k", "init-imagenet": "augreg_in21k_ft_in1k"}
SETS = Config.fromfile(CONFIGS / "_base_/prompts/sets.py").prompt_sets
ENSEMBLE = Config.fromfile(CONFIGS / "_base_/prompts/ensemble.py").prompts


def parts(path):
    """flip_it_demo_prompts-p1.py -> 'it', 'demo', 'prompts-p1'."""
    _, method, form, variant = path.stem.split("_")
    return method, form, variant


@cache
def read(path):
    return Config.fromfile(path, import_custom_modules=False)


def settings(path):
    parts = ("model", "optim_wrapper", "param_scheduler", "train_cfg", "train_dataloader", "test_dataloader")
    return dict(flat({name: read(path).get(name) for name in parts}))


def code(path):
    return path.read_text(encoding="utf-8").split('"""')[2].strip()


def is_twin(path):
    """Whether a config is that of the real data, on another base."""
    real = path.with_name(path.name.replace("_demo_", "_p1_"))
    return real != path and code(path) == code(real).replace("_p1", "_demo")


READ = [path for path in ALL if not is_twin(path)]


def test_only_configs_with_other_weights_or_rates_differ_between_real_and_synthetic_data():
    other = {parts(path)[2] for path in READ if "_demo_" in path.stem}
    assert other == {"linear-probe", "init-imagenet"}


@pytest.mark.parametrize("path", READ, ids=lambda path: path.stem)
def test_a_config_changes_one_thing_of_its_base(path):
    method, form, variant = parts(path)
    own, base = settings(path), settings(CONFIGS / f"flip_{method}_{form}.py")
    changed = {key: value for key, value in own.items() if base.get(key, "absent") != value}
    wanted = CHANGES[f"{method} {variant}"]
    if variant in TAGS:
        assert own.get("model.backbone.pretrained", "absent") == TAGS[variant]
        size = "base" if form == "p1" or variant == "init-beit" else "tiny"
        assert own["model.backbone.arch"] == f"{'beit' if variant == 'init-beit' else 'vit'}_{size}_patch16_224"
        assert own["optim_wrapper.optimizer.lr"] == 1e-4
        assert all(key.startswith(("model.backbone.", "optim_wrapper.optimizer.lr")) for key in changed)
    elif wanted is None:
        assert read(path).model.head.prompts == SETS[variant.removeprefix("prompts-")]
        assert all(key.startswith("model.head.prompts.") for key in changed)
    else:
        rate = {"optim_wrapper.optimizer.lr": 1e-3} if variant == "linear-probe" and form == "p1" else {}
        assert changed == wanted | rate
    check_config(read(path))
    check_training(read(path))


def test_every_question_has_a_config_and_a_demo():
    found = {f"{method} {variant}": set() for method, _, variant in map(parts, ALL)}
    for method, form, variant in map(parts, ALL):
        found[f"{method} {variant}"].add(form)
    assert found == {question: {"p1", "demo"} for question in CHANGES}


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_a_config_is_short(path):
    assert len(code(path).splitlines()) <= 4


def test_prompt_sets():
    for name, sentences in ENSEMBLE.items():
        assert [SETS[f"p{number}"][name] for number in range(1, 7)] == [[sentence] for sentence in sentences]
        assert (SETS.first2[name], SETS.first3[name]) == (sentences[:2], sentences[:3])
        assert len(SETS.finnish[name]) == len(set(SETS.finnish[name])) == 6
    assert SETS.swapped == dict(spoof=ENSEMBLE.real, real=ENSEMBLE.spoof)
    sentences = [sentence.split() for name in ("spoof", "real") for sentence in ENSEMBLE[name]]
    words = [word for sentence in sentences for word in sentence]
    random.Random(0).shuffle(words)
    shuffled = [" ".join(words.pop(0) for _ in sentence) for sentence in sentences]
    assert SETS.shuffled == dict(spoof=shuffled[:6], real=shuffled[6:])


def test_the_published_values_are_quoted_correctly():
    page = (CONFIGS.parent / "docs/ablations.md").read_text(encoding="utf-8")
    rows = [row for row in published_rows() if row.form in ("initialisation", "prompts", "weights")]
    assert {config for row in rows for config in row.configs} >= {
        path.stem for path in ALL if "Quoted" in path.read_text(encoding="utf-8")
    }
    for row in rows:
        pairs = [f"{metrics['HTER']:.2f} / {metrics['AUC']:.2f}" for metrics in row.values.values() if "AUC" in metrics]
        mean = f"{row.average['HTER']:.2f}"
        assert " | ".join([*pairs, mean]) in page
        for path in (FOLDER / f"{config}.py" for config in row.configs):
            if path.is_file():
                quoted = ", ".join(f"{run} {m['HTER']:.2f}/{m['AUC']:.2f}" for run, m in row.values.items() if "AUC" in m)
                text = " ".join(path.read_text(encoding="utf-8").split())
                assert quoted in text
                assert f"mean HTER {mean}" in text or f"in percent: {mean} " in text


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_grid_has_the_configs_of_a_table(path):
    (experiment,) = make_experiments(read_grid(path))
    assert is_grid(str(path))
    assert [find_config(name).stem for name in experiment.configs] == list(experiment.configs)
    if path.stem.startswith("table"):
        rows = [row for row in published_rows() if row.table == int(path.stem.removeprefix("table"))]
        assert {*experiment.configs} == {config for row in rows for config in row.configs}
        assert (experiment.runs, [*experiment.seeds]) == ("all", [0, 1, 2, 3, 4])


def test_the_shipped_example_of_prompts_is_the_same_set():
    assert read(CONFIGS / "flip_mcl_p1_prompts-p3.py").model.head.prompts == SETS.p3


@pytest.fixture
def built(shrunk):
    """built("flip_it_p1") -> its small model, always with the same weights, and its config."""

    def build(name):
        (path,) = CONFIGS.rglob(f"{name}.py")
        cfg = shrunk(path)
        torch.manual_seed(0)
        return MODELS.build(cfg.model), cfg

    return build


def batch():
    generator = torch.Generator().manual_seed(1)
    views = [torch.randint(0, 255, (4, 3, 32, 32), generator=generator, dtype=torch.uint8) for _ in range(3)]
    return dict(inputs=views, data_samples=[DataSample().set_gt_label(number % 2) for number in range(4)])


def losses(model):
    torch.manual_seed(2)
    data = model.data_preprocessor(batch(), training=True)
    return model.train()(**data, mode="loss")


CHANGED = {
    "flip_it_p1": {"backbone.visual", "backbone.visual_projection", "backbone.text_tower", "backbone.logit_scale"},
    "flip_it_p1_frozen-text": {"backbone.visual", "backbone.visual_projection", "backbone.logit_scale"},
    "flip_v_p1_linear-probe": {"head.classifier"},
    "flip_v_p1_init-scratch": {"backbone.visual", "head.fc", "head.classifier"},
    "flip_v_p1_init-beit": {"backbone.visual", "head.fc", "head.classifier"},
}


@pytest.mark.parametrize("name", CHANGED)
def test_three_updates_change_what_is_trained_and_nothing_else(built, name):
    model, cfg = built(name)
    wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    for _ in range(3):
        wrapper.update_params(model.parse_losses(losses(model))[0])
    after = model.state_dict()
    changed = {key for key, value in before.items() if not torch.equal(value, after[key])}
    assert {".".join(key.split(".")[:2]) for key in changed} == CHANGED[name]


def test_swapped_prompts_swap_the_classes(built):
    (plain, _), (swapped, _) = built("flip_it_p1"), built("flip_it_p1_prompts-swapped")
    images = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(swapped.eval()(images), plain.eval()(images).flip(1), rtol=0, atol=1e-5)


def test_loss_weights_reach_the_loss(built):
    terms = {name: losses(built(f"flip_mcl_p1{name}")[0]) for name in ("", *(f"_weights-{w}" for w in ("1-2-2", "1-5-5")))}
    plain = terms.pop("")
    for name, found in terms.items():
        factor = int(name[-1])
        torch.testing.assert_close(found["loss_ce"], plain["loss_ce"])
        for term in ("loss_simclr", "loss_mse"):
            torch.testing.assert_close(found[term], factor * plain[term])
    assert losses(built("flip_mcl_p1_weights-1-1-0")[0]).keys() == {"loss_ce", "loss_simclr"}
    without_simclr = built("flip_mcl_p1_weights-1-0-1")[0]
    assert losses(without_simclr).keys() == {"loss_ce", "loss_mse"}
    assert not hasattr(without_simclr.head, "projector")


def test_normalised_prompts_and_the_normalisation_of_images(built):
    (plain, _), (other, _) = built("flip_it_p1"), built("flip_it_p1_prompts-normalised")
    text = torch.randn(12, 24) * torch.arange(1, 13)[:, None]
    means = torch.nn.functional.normalize(text, dim=-1).unflatten(0, (2, 6)).mean(1)
    torch.testing.assert_close(other.head.class_embeddings(text), torch.nn.functional.normalize(means, dim=-1))
    assert not torch.allclose(other.head.class_embeddings(text), plain.head.class_embeddings(text), atol=0.01)
    clip, _ = built("flip_it_p1_mean-std-clip")
    assert clip.data_preprocessor.mean.flatten().tolist() == pytest.approx([122.77, 116.75, 104.09], abs=0.01)


@pytest.mark.parametrize("variant", TAGS)
def test_initial_weights(variant, monkeypatch):
    asked = []
    monkeypatch.setattr(timm_tower, "load_timm_weights", lambda tower, arch, tag: asked.append((arch, tag)))
    backbone = read(FOLDER / f"flip_v_p1_{variant}.py").model.backbone
    width = MODELS.build(dict(backbone, options=dict(depth=1))).feature_dims
    assert width == 768
    assert asked == [(backbone.arch, TAGS[variant])] * (variant != "init-scratch")
