# SPDX-License-Identifier: Apache-2.0
"""MMPretrain's functions and classes around our models: the second table of docs/mmpretrain.md."""

import re
from pathlib import Path

import mmcv
import mmpretrain
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import default_collate, pseudo_collate
from mmengine.model import is_model_wrapper
from mmengine.registry import DefaultScope
from mmengine.runner import Runner, load_checkpoint
from mmpretrain import FeatureExtractor, ImageClassificationInferencer, get_model, inference_model, list_models
from mmpretrain.registry import DATASETS, HOOKS, MODELS, TRANSFORMS
from PIL import Image
from torch import nn

from flip_mm.apis.model_index import register_models
from flip_mm.compat import load_checkpoint_file
from flip_mm.compat.pending_checkpoint import checkpoint_follows
from flip_mm.datasets import LoadFrame
from flip_mm.evaluation import read_scores

pytestmark = pytest.mark.usefixtures("small_vocabulary")

ROOT = Path(__file__).parents[1]
DOCS = (ROOT / "docs/mmpretrain.md").read_text(encoding="utf-8")
NAMES = [f"flip_{method}_{protocol}" for method in ("it", "mcl", "v") for protocol in ("p1", "p2", "p3")]
HOOK = dict(type="CheckpointGuardHook")


@pytest.fixture(autouse=True)
def no_scope():
    """As in a program that calls MMPretrain's functions alone."""
    DefaultScope._instance_dict.clear()


@pytest.fixture(scope="module")
def paths(trained):
    return [str(path) for path in trained]


@pytest.fixture(scope="module")
def model(paths):
    return get_model(*paths)


@pytest.fixture(scope="module")
def inferencer(paths):
    return ImageClassificationInferencer(paths[0], pretrained=paths[1])


@pytest.fixture(scope="module")
def samples(paths):
    """The frames of the test through the test pipeline."""
    return [*DATASETS.build(Config.fromfile(paths[0]).test_dataloader.dataset)]


@pytest.fixture(scope="module")
def scores(model, samples):
    """(N, 2), what the model predicts of the frames."""
    with torch.no_grad():
        predictions = model.test_step(default_collate(samples))
    return np.array([sample.pred_score.numpy() for sample in predictions])


def test_the_inferencer_predicts_as_a_test_does(inferencer, samples, scores):
    files = [sample["data_samples"].img_path for sample in samples]
    arrays = [mmcv.imread(file) for file in files]
    for images, batch in ((files, 1), (files, 7), (arrays, 30)):
        results = inferencer(images, batch_size=batch)
        assert np.array([r["pred_scores"] for r in results]) == pytest.approx(scores, abs=1e-6)
        assert [r["pred_class"] for r in results] == [("spoof", "real")[row.argmax()] for row in scores]
    assert inferencer(files[0])[0]["pred_scores"] == pytest.approx(scores[0], abs=1e-6)
    swapped = inferencer(arrays[0][..., ::-1].copy())[0]["pred_scores"]
    assert np.abs(swapped - scores[0]).max() > 1e-5


def test_the_inferencer_saves_what_it_shows(inferencer, samples, tmp_path):
    file = samples[0]["data_samples"].img_path
    inferencer(file, show_dir=str(tmp_path))
    shown = np.array(Image.open(tmp_path / Path(file).with_suffix(".png").name).convert("RGB")).astype(float)
    # Below the caption; the colours are those of the file.
    file = np.array(Image.open(file).convert("RGB")).astype(float)[20:]
    assert np.abs(shown[20:] - file).mean() < 0.7 * np.abs(shown[20:] - file[..., ::-1]).mean()


def test_the_documented_way_to_read_as_training_does(paths, samples, scores, tmp_path):
    (code,) = (block for block in re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL) if "result = inferencer" in block)
    jpeg = tmp_path / "frame.jpg"
    Image.open(samples[0]["data_samples"].img_path).resize((99, 99)).save(jpeg, quality=60)
    names = dict(config=paths[0], checkpoint=paths[1], file=str(jpeg))
    exec(compile(code, "docs/mmpretrain.md", "exec"), names)
    pipeline = names["inferencer"].config.test_dataloader.dataset.pipeline
    sample = dict(img_path=str(jpeg))
    for step in pipeline:
        sample = TRANSFORMS.build(step)(sample)
    with torch.no_grad():
        (wanted,) = names["inferencer"].model.test_step(default_collate([sample]))
    assert names["result"]["pred_scores"] == pytest.approx(wanted.pred_score.numpy(), abs=1e-6)


def test_load_frame_takes_an_image_only_without_a_path(samples):
    file = samples[0]["data_samples"].img_path
    image = np.zeros((4, 5, 3), np.uint8)
    assert LoadFrame()(dict(img=image))["img"] is image
    assert np.array_equal(LoadFrame()(dict(img=image, img_path=file))["img"], mmcv.imread(file))
    with pytest.raises(KeyError, match="img_path"):
        LoadFrame()({})
    for bad in (image[..., 0], image / 255, np.zeros((4, 5, 4), np.uint8)):
        with pytest.raises(ValueError, match=r"must be \(H, W, 3\) uint8, BGR, got \(4, 5"):
            LoadFrame()(dict(img=bad))


@pytest.mark.parametrize("stage", ["backbone", "neck", "pre_logits"])
@pytest.mark.parametrize("loader", ["LoadFrame", "LoadImageFromFile"])
def test_features(model, paths, samples, stage, loader):
    cfg = Config.fromfile(paths[0])
    cfg.test_dataloader.dataset.pipeline[0].type = loader
    files = [sample["data_samples"].img_path for sample in samples[:3]]
    got = FeatureExtractor(cfg, pretrained=paths[1])(files, batch_size=2, stage=stage)
    with torch.no_grad():
        wanted = model.extract_feat(model.data_preprocessor(default_collate(samples[:3]))["inputs"], stage=stage)
    got, wanted = ([f[0] for f in got], wanted[0]) if stage != "pre_logits" else (got, wanted)
    assert torch.allclose(torch.stack(got), wanted, atol=1e-5)


def test_a_model_without_a_head_gives_features(model, paths, samples, build):
    bare = get_model(*paths, head=None)
    images = model.data_preprocessor(default_collate(samples[:2]))["inputs"]
    with torch.no_grad():
        for stage in ("backbone", "neck"):
            assert torch.equal(bare.extract_feat(images, stage=stage)[0], model.extract_feat(images, stage=stage)[0])
        assert torch.equal(bare(images)[0], model.extract_feat(images)[0])
    for use in (
        bare.predict,
        lambda x: bare.loss(x, []),
        lambda x: bare.extract_feat(x, "pre_logits"),
        lambda _: bare.switch_to_deploy(),
    ):
        with pytest.raises(ValueError, match="built with head=None"):
            use(images)
    with pytest.raises(RuntimeError, match="Prompts cannot be replaced"):
        bare.set_prompts({})
    image_tower = MODELS.build(dict(type="FLIP", backbone=dict(type="OpenCLIP", arch="FLIP-demo", text=False), head=None))
    assert image_tower.eval()(torch.zeros(1, 3, 64, 64))[0].shape == (1, 128)


def test_a_checkpoint_replaces_the_pretrained_weights(model, paths):
    """The config names weights that do not exist."""
    state = load_checkpoint_file(paths[1])["state_dict"]
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert not model.backbone.awaits_checkpoint
    cfg = Config.fromfile(paths[0])
    for call in (lambda: get_model(paths[0]), lambda: MODELS.build(cfg.model), lambda: get_model(cfg, pretrained=False)):
        with pytest.raises(FileNotFoundError, match=r"no weight file at 'nowhere/clip\.pt'"):
            call()
    assert not checkpoint_follows()


@pytest.mark.parametrize("damage", ["missing", "another shape"])
def test_a_checkpoint_must_hold_all_weights_that_it_replaces(paths, tmp_path, damage):
    content = load_checkpoint_file(paths[1])
    name = "backbone.text_tower.ln_final.weight"
    value = content["state_dict"].pop(name)
    if damage == "another shape":
        content["state_dict"][name] = value[:-1]
    torch.save(dict(state_dict=content["state_dict"]), tmp_path / "part.pth")
    with pytest.raises(ValueError, match=rf"1 weights are missing or have another shape, {re.escape(name)}\. Use the config"):
        get_model(paths[0], str(tmp_path / "part.pth"))


def test_a_runner_with_a_checkpoint_reads_no_other_weights_and_needs_it(paths, tmp_path):
    cfg = Config.fromfile(paths[0])
    cfg.work_dir, cfg.load_from, cfg.experiment_name = str(tmp_path), paths[1], "awaits"
    runner = Runner.from_cfg(cfg)
    with pytest.raises(RuntimeError, match="because a checkpoint was expected, but none was loaded"):
        runner.model.encode_images(torch.zeros(1, 3, 224, 224))
    runner.load_or_resume()
    assert runner.model.encode_images(torch.zeros(1, 3, 224, 224)).shape == (1, 24)


def test_shipped_configs_are_listed_by_name(paths, samples):
    assert list_models("flip*") == NAMES == ImageClassificationInferencer.list_models("flip")
    assert list_models("erm*") == ["erm_r18_p1", "erm_r18_p3"]
    register_models()  # a second time changes nothing
    assert list_models("flip*") == NAMES
    small = dict(arch="FLIP-demo", pretrained=None, image_size=224)
    named = get_model("flip_v_p1", backbone=small)
    assert (named._metainfo.name, type(named.head).__name__) == ("flip_v_p1", "FLIPVHead")
    assert type(get_model("erm_r18_p1").backbone).__name__ == "ResNet"
    result = inference_model(named, samples[0]["data_samples"].img_path)
    assert result["pred_scores"].sum() == pytest.approx(1, abs=1e-6)
    assert result["pred_class"] in ("spoof", "real")


def test_the_model_index_of_an_installed_package(monkeypatch, tmp_path):
    inside = tmp_path / ".mim"
    (inside / "configs").mkdir(parents=True)
    for name in ("model-index.yml", "configs/metafile.yml"):
        (inside / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr("flip_mm.utils.shipped.PACKAGE", tmp_path)
    monkeypatch.setattr(mmpretrain.apis.model.ModelHub, "_models_dict", models := {})
    register_models()
    flip = {model.config for name, model in models.items() if name.startswith("flip")}
    assert flip == {str(inside / f"configs/{name}.py") for name in NAMES}
    assert {str(inside / f"configs/erm/erm_r18_{protocol}.py") for protocol in ("p1", "p3")} < {
        m.config for m in models.values()
    }
    models.clear()
    (inside / "model-index.yml").unlink()
    register_models()
    assert models == {}


@pytest.mark.parametrize("deployed", [False, True])
@pytest.mark.parametrize("gradient", [False, True])
def test_trace(paths, samples, deployed, gradient):
    model = get_model(*paths)
    images = model.data_preprocessor(default_collate(samples[:2]))["inputs"]
    with torch.no_grad():
        wanted = model(images)
    if deployed:
        model.switch_to_deploy()
    with torch.set_grad_enabled(gradient):
        traced = torch.jit.trace(model, images)
        other = model.data_preprocessor(default_collate(samples[2:4]))["inputs"]
        assert torch.allclose(traced(images), wanted, atol=1e-5)
        assert torch.allclose(traced(other), model(other), atol=1e-5)


@pytest.mark.parametrize("views", [1, 3])
def test_batches_of_either_collate_function(views):
    torch.manual_seed(0)
    images = [[torch.randint(0, 256, (3, 4, 5), dtype=torch.uint8) for _ in range(views)] for _ in range(2)]
    batch = [dict(inputs=own if views > 1 else own[0], data_samples=number) for number, own in enumerate(images)]
    preprocessor = MODELS.build(dict(type="FASDataPreprocessor"))
    batch = [dict(inputs=sample["inputs"], data_samples=mmpretrain.structures.DataSample()) for sample in batch]
    got, wanted = (preprocessor(collate(batch))["inputs"] for collate in (pseudo_collate, default_collate))
    assert torch.equal(torch.stack(list(got)), torch.stack(list(wanted)))
    swapped = MODELS.build(dict(type="FASDataPreprocessor", to_rgb=True))
    mirrored = [dict(s, inputs=[v.flip(0) for v in s["inputs"]] if views > 1 else s["inputs"].flip(0)) for s in batch]
    assert torch.equal(torch.stack(list(swapped(default_collate(mirrored))["inputs"])), torch.stack(list(wanted)))


def test_load_image_from_file_in_its_place_trains_and_tests(run_tool, trained, samples, scores, tmp_path):
    parts = [f"{name}_dataloader.dataset.pipeline.0" for name in ("train", "val", "test")]
    options = [f"{part}.{setting}" for part in parts for setting in ("type=LoadImageFromFile", "imdecode_backend=pillow")]
    for name, given in (("train", ["model.backbone.pretrained=None"]), ("test", [])):
        checkpoint = [trained[1]] if name == "test" else []
        flags = ("--work-dir", tmp_path / name, "--cfg-options", f"experiment_name=own_{name}")
        run_tool(f"{name}.py", trained[0], *checkpoint, *flags, *options, *given)
    table = read_scores(tmp_path / "test/scores_target.csv")
    known = {sample["data_samples"].img_path: row[1] for sample, row in zip(samples, scores, strict=True)}
    assert dict(zip(table.file, table.score, strict=True)) == pytest.approx(known, abs=2e-6)
    state, wanted = (load_checkpoint_file(path)["state_dict"] for path in (tmp_path / "train/iter_4.pth", trained[1]))
    assert all(torch.equal(state[name], value) for name, value in wanted.items())


WRAPPERS = {
    "none": lambda model: model,
    "data parallel": nn.DataParallel,
    "views": lambda model: MODELS.build(dict(type="AverageClsScoreTTA", module=model)),
    "both": lambda model: nn.DataParallel(MODELS.build(dict(type="AverageClsScoreTTA", module=model))),
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_the_checkpoint_guard_looks_inside_of_wrappers(paths, model, wrapper, tmp_path):
    class Run:
        pass

    runner = Run()
    runner.model, runner.cfg = WRAPPERS[wrapper](model), Config()
    guard = HOOKS.build(HOOK)
    checkpoint = load_checkpoint_file(paths[1])
    guard.after_load_checkpoint(runner, checkpoint)
    written = dict(meta={})
    guard.before_save_checkpoint(runner, written)
    assert written["meta"]["quick_gelu"] is True
    load_checkpoint(runner.model.module if is_model_wrapper(runner.model) else runner.model, paths[1], strict=True)
    del checkpoint["state_dict"]["backbone.logit_scale"]
    with pytest.raises(
        ValueError, match=r"does not fit FLIP with FLIPMCLHead(.|\n)*1 missing in the file: backbone.logit_scale"
    ):
        guard.after_load_checkpoint(runner, checkpoint)


def test_views_in_the_config_itself(run_tool, trained, samples, scores, tmp_path):
    config = tmp_path / "views.py"
    config.write_text(
        f'_base_ = ["{trained[0]}"]\n'
        "twice = [dict(type='RandomFlip', prob=prob) for prob in (0.0, 0.0)]\n"
        "flip = dict(type='TestTimeAug', transforms=[twice, [{{_base_.pack}}]])\n"
        "pipeline = [{{_base_.load}}, {{_base_.to_pil}}, {{_base_.resize}}, dict(type='PILToNumpy'), flip]\n"
        "test_dataloader = dict(dataset=dict(pipeline=pipeline))\n"
        'inside = {{_base_.model}}\nmodel = dict(_delete_=True, type="AverageClsScoreTTA", module=inside)\n'
    )
    run_tool("test.py", config, trained[1], "--work-dir", tmp_path / "t", "--cfg-options", "experiment_name=views")
    table = read_scores(tmp_path / "t/scores_target.csv")
    known = {sample["data_samples"].img_path: row[1] for sample, row in zip(samples, scores, strict=True)}
    assert dict(zip(table.file, table.score, strict=True)) == pytest.approx(known, abs=2e-6)


def test_each_row_of_the_docs_is_tested():
    source = Path(__file__).read_text(encoding="utf-8")
    table = DOCS.split("## API")[1].split("The inferencers")[0]
    for name in re.findall(r"^\| `([\w.]+)", table, re.MULTILINE):
        assert re.search(rf"\b{re.escape(name.split('.')[-1])}\b", source), name
