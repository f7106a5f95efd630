# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of the official release become flip_mm's and come back bit by bit; converted ones give the golden values."""

import hashlib
import json
import re
from pathlib import Path

import open_clip
import pytest
import torch
from mmpretrain.registry import MODELS

from flip_mm.compat import load_checkpoint_file
from flip_mm.golden import flip
from flip_mm.golden.rows import compare

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "tests/data/flip_a.json").read_text(encoding="utf-8"))
TOOL = "model_converters/flip_release.py"
METHODS = ["v", "it", "mcl"]


@pytest.fixture
def clip(arch):
    return open_clip.CLIP(**arch).eval()


def same(a, b):
    return a.keys() == b.keys() and all(a[k].dtype == b[k].dtype and torch.equal(a[k], b[k]) for k in a)


@pytest.fixture
def convert(end_tool, capsys):
    """convert(source, out, *flags) -> (exit code, what was printed)."""

    def call(*arguments):
        code = end_tool(TOOL, *arguments)
        said = capsys.readouterr()
        return code, said.out + said.err

    return call


@pytest.mark.parametrize("method", METHODS)
def test_converting_there_and_back(convert, release, clip, tmp_path, method):
    there, here, again = (tmp_path / name for name in ("flip.pth.tar", "flip_mm.pth", "again.pth.tar"))
    torch.save(release(method, clip), there)
    code, said = convert(there, here)
    assert (code, f"FLIP-{method.upper()} of the official release -> flip_mm" in said) == (0, True)
    code, said = convert(here, again)
    assert (code, f"FLIP-{method.upper()} of flip_mm -> official release" in said) == (0, True)
    before, after = (load_checkpoint_file(path) for path in (there, again))
    assert same(before["state_dict"], after["state_dict"])
    assert {k: v for k, v in before.items() if k != "state_dict"} == {k: v for k, v in after.items() if k != "state_dict"}


@pytest.mark.parametrize("method", METHODS)
def test_a_model_of_ours_takes_the_weights_and_goes_back(convert, release, build, clip, tmp_path, method):
    torch.save(release(method, clip), tmp_path / "flip.pth")
    convert(tmp_path / "flip.pth", tmp_path / "flip_mm.pth")
    model = build(method)
    model.load_state_dict(load_checkpoint_file(tmp_path / "flip_mm.pth")["state_dict"], strict=True)
    torch.save(dict(meta=dict(iter=5), state_dict=model.state_dict()), tmp_path / "trained.pth")
    convert(tmp_path / "trained.pth", tmp_path / "back.pth")
    back = load_checkpoint_file(tmp_path / "back.pth")
    wanted = release(method, clip)["state_dict"].keys()
    assert back["state_dict"].keys() == wanted
    assert back["epoch"] == 0
    source = load_checkpoint_file(tmp_path / "flip.pth")["state_dict"]
    if method == "v":
        # The release's classes refuse a file without it, and never use it; ViT-B/16 has (768, 512).
        assert torch.equal(back["state_dict"].pop("backbone.vit.proj"), torch.zeros(64, 512))
        del source["backbone.vit.proj"]
    assert same(back["state_dict"], source)


def golden_content(release, method):
    """The release's checkpoint of the golden model, made without flip_mm's names."""
    data = GOLDEN["flip_v"] if method == "v" else GOLDEN["models"]
    arch = flip.model_config(data["arch"], GOLDEN["prompts"], method)["backbone"]["arch"]
    content = release(method, open_clip.CLIP(**arch), data["arch"]["ssl_mlp_dim"], data["arch"]["ssl_emb_dim"])
    for name, value in content["state_dict"].items():
        if "running" in name or name.endswith("num_batches_tracked"):
            value.copy_(torch.ones_like(value) if "var" in name else torch.zeros_like(value))
        else:
            value.copy_(flip.rule_weight(name.replace("bottleneck_layer.0", "bottleneck_layer_fc"), value.shape))
    return data, content


@pytest.mark.parametrize("method", METHODS)
def test_converted_weights_give_the_golden_values(convert, release, tmp_path, method):
    data, content = golden_content(release, method)
    torch.save(content, tmp_path / "flip.pth.tar")
    assert convert(tmp_path / "flip.pth.tar", tmp_path / "flip_mm.pth")[0] == 0
    model = MODELS.build(flip.model_config(data["arch"], GOLDEN["prompts"], method))
    model.load_state_dict(load_checkpoint_file(tmp_path / "flip_mm.pth")["state_dict"], strict=True)
    rows = []
    if method == "mcl":
        batch = data["mcl"] | dict(labels=data["labels"])
        terms, _ = flip.loss(model.train(), batch, data["base_seed"], data["arch"]["image_size"])
        rows = [compare(name, term, data["mcl"][name], 1e-5) for name, term in terms.items()]
        assert len(rows) == 3
    wanted = data["logits"] if method == "v" else data[method]["logits" if method == "it" else "eval_logits"]
    x = flip.images(data["base_seed"], data["n"], data["arch"]["image_size"])
    with torch.no_grad():
        rows.append(compare("logits", model.eval()(x), wanted, 1e-5))
    assert [row for row in rows if not row.ok] == []


def test_meta_stores_origin_and_run(convert, release, clip, tmp_path):
    source = tmp_path / "flip.pth.tar"
    torch.save(release("mcl", clip) | dict(optimizer=dict(state={})), source)
    code, said = convert(source, tmp_path / "a.pth", "--protocol", "p1", "--target", "O")
    assert (code, "left out: optimizer" in said) == (0, True)
    meta = torch.load(tmp_path / "a.pth", weights_only=True)["meta"]
    assert meta["origin"] == "FLIP-MCL of the official FLIP release"
    assert meta["origin_file"] == "flip.pth.tar"
    assert meta["origin_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert meta["flip_release"]["threshold"] == 0.4321
    assert meta["quick_gelu"] is True
    assert meta["dataset_meta"]["run"]["target"] == "O"
    assert "CelebA" in meta["dataset_meta"]["run"]["aux"]
    assert not {"cfg", "config"} & meta.keys()
    assert "does not contain the training domains" in convert(source, tmp_path / "b.pth")[1]


@pytest.fixture
def evaluate(run_tool, shared_mcio, tmp_path):
    """Run tools/test.py on a converted checkpoint with the demo's data."""
    config = tmp_path / "tiny.py"
    config.write_text(
        f'_base_ = ["{ROOT}/configs/flip_mcl_demo.py"]\n'
        "tower = dict(image_size=64, layers=1, width=64, patch_size=16)\n"
        "words = dict(context_length=20, width=64, heads=1, layers=1)\n"
        "arch = dict(_delete_=True, embed_dim=24, vision_cfg=tower, text_cfg=words, quick_gelu=True)\n"
        "model = dict(backbone=dict(arch=arch), head=dict(projector=dict(hid_channels=32, out_channels=8)))\n"
    )

    def call(checkpoint, name, target="O"):
        flags = ("--target", target, "--data-root", shared_mcio, "--work-dir", tmp_path / name)
        settings = ("--cfg-options", "test_dataloader.num_workers=0", f"experiment_name={name}")
        run_tool("test.py", config, checkpoint, *flags, *settings)
        return json.loads(next((tmp_path / name).glob("*/*.json")).read_text())

    return call


def test_converted_checkpoints_are_tested_and_guarded(convert, release, evaluate, arch, tmp_path):
    arch["vision_cfg"]["image_size"], arch["text_cfg"]["context_length"] = 64, 20
    torch.save(release("mcl", open_clip.CLIP(**arch)), tmp_path / "flip.pth.tar")
    convert(tmp_path / "flip.pth.tar", tmp_path / "flip_O.pth", "--protocol", "p1", "--target", "O")
    figures = evaluate(tmp_path / "flip_O.pth", "released")
    assert 0 <= figures["target/HTER"] <= 100
    with pytest.raises(ValueError, match=r"trained on I, C, M, CelebA and the target of this run is M"):
        evaluate(tmp_path / "flip_O.pth", "seen", target="M")


def rename_key(old, new):
    return lambda content: content["state_dict"].update({new: content["state_dict"].pop(old)})


DAMAGE = {
    "no projector bias": (
        "mcl",
        lambda c: c["state_dict"].pop("image_mlp.layer1.bias"),
        r"missing: image_mlp.layer1.bias",
    ),
    "no running mean": ("mcl", lambda c: c["state_dict"].pop("image_mlp.bn2.running_mean"), r"missing: image_mlp.bn2"),
    "no text": ("it", lambda c: c["state_dict"].pop("model.text_projection"), r"missing: model.text_projection"),
    "a gap in a block": (
        "v",
        lambda c: c["state_dict"].pop("backbone.vit.transformer.resblocks.0.ln_1.bias"),
        r"FLIP-V with a CLIP ViT; missing: backbone.vit.transformer.resblocks.0.ln_1.bias",
    ),
    "no classifier": ("v", lambda c: c["state_dict"].pop("classifier.classifier_layer.bias"), r"missing: classifier"),
    "one too many": ("it", lambda c: c["state_dict"].update({"model.extra": torch.ones(1)}), r"unknown: model.extra"),
    "another block name": (
        "it",
        rename_key("model.transformer.resblocks.0.ln_1.bias", "model.transformer.resblocks.x.ln_1.bias"),
        r"unknown: model.transformer.resblocks.x.ln_1.bias",
    ),
    "two hidden layers": (
        "v",
        lambda c: c["state_dict"].update({"embedder.bottleneck_layer.0.bias": torch.zeros(512)}),
        r"must equal 'embedder.bottleneck_layer_fc.*damaged",
    ),
    "timm ViT": (
        "v",
        rename_key("backbone.vit.class_embedding", "backbone.vit.cls_token"),
        "it is neither a checkpoint of the FLIP release",
    ),
    "CLIP alone": (
        "it",
        lambda c: c.update(state_dict={"visual.proj": torch.ones(1)}),
        "For weights of CLIP set model.backbone.pretrained",
    ),
    "no state dict": ("it", lambda c: c.pop("state_dict"), "has no `state_dict` of tensors"),
    "no tensors": ("it", lambda c: c["state_dict"].update(x=3), "has no `state_dict` of tensors"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_incomplete_releases_are_refused(convert, release, clip, tmp_path, case):
    method, damage, message = DAMAGE[case]
    content = release(method, clip)
    damage(content)
    torch.save(content, tmp_path / "flip.pth")
    code, said = convert(tmp_path / "flip.pth", tmp_path / "out.pth")
    assert code == 2
    assert re.search(message, said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flip.pth"]


def test_other_backbones_and_heads_have_no_place_in_the_release(convert, build, tmp_path):
    tower = dict(
        embed_dim=24, vision_cfg=dict(image_size=32, layers=[1, 1, 1, 1], width=8), text_cfg=dict(width=64, heads=1, layers=1)
    )
    torch.save(dict(state_dict=build("it", backbone=dict(arch=tower)).state_dict()), tmp_path / "resnet.pth")
    torch.save(dict(state_dict=build("it").state_dict() | {"head.context": torch.ones(4)}), tmp_path / "learned.pth")
    for name, message in {"resnet": "FLIP-IT with a CLIP ViT", "learned": "unknown: head.context"}.items():
        code, said = convert(tmp_path / f"{name}.pth", tmp_path / "out.pth")
        assert (code, message in said) == (2, True)


def test_a_clip_of_another_program_is_no_release(convert, clip, tmp_path):
    state = {f"model.{k}": v for k, v in clip.state_dict().items()}
    torch.save({"state_dict": state, "epoch": 3, "pytorch-lightning_version": "2.5.0"}, tmp_path / "lightning.ckpt")
    code, said = convert(tmp_path / "lightning.ckpt", tmp_path / "out.pth")
    assert code == 2
    assert "it is neither a checkpoint of the FLIP release" in said
    assert "For weights of CLIP set model.backbone.pretrained" in said


def test_a_training_of_this_project_goes_there_and_back(convert, build, tmp_path):
    torch.save(dict(state_dict=build("it").state_dict()), tmp_path / "trained.pth")
    assert convert(tmp_path / "trained.pth", tmp_path / "there.pth")[0] == 0
    code, said = convert(tmp_path / "there.pth", tmp_path / "back.pth")
    assert (code, "FLIP-IT of the official release -> flip_mm (" in said) == (0, True)


def test_existing_files_are_kept_and_no_file_is_incomplete(convert, release, clip, tmp_path, monkeypatch):
    source, out = tmp_path / "flip.pth", tmp_path / "out.pth"
    torch.save(release("it", clip), source)
    out.write_text("mine")
    code, said = convert(source, out)
    assert (code, out.read_text(), "--overwrite" in said) == (2, "mine", True)
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        code, said = convert(source, out, "--overwrite")
    assert (code, out.read_text(), "disk full" in said) == (2, "mine", True)
    assert convert(source, out, "--overwrite")[0] == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["flip.pth", "out.pth"]


class Payload:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_refused_and_missing_files(convert, release, clip, tmp_path):
    torch.save(release("it", clip) | dict(hook=Payload(tmp_path / "trap")), tmp_path / "bad.pth")
    for name, message in {
        "bad.pth": "was not converted: .* it needs io.open",
        "none.pth": "argument source: .*none.pth' does not exist",
    }.items():
        code, said = convert(tmp_path / name, tmp_path / "out.pth")
        assert code == 2
        assert re.search(message, said)
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize("flags", [["--target", "O"], ["--protocol", "p1"], ["--shots", "5"]])
def test_an_incomplete_run_is_refused(convert, tmp_path, flags):
    (tmp_path / "a").touch()
    code, said = convert(tmp_path / "a", tmp_path / "b", *flags)
    assert (code, "--protocol and --target" in said) == (2, True)


def test_an_unknown_run_is_refused(convert, release, clip, tmp_path):
    torch.save(release("it", clip), tmp_path / "flip.pth")
    code, said = convert(tmp_path / "flip.pth", tmp_path / "out.pth", "--protocol", "p1", "--target", "X")
    assert (code, "no run of protocol p1 matches" in said) == (2, True)
