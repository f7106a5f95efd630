# SPDX-License-Identifier: Apache-2.0
import json
import math
from pathlib import Path

import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch.nn import functional as F

from flip_mm.synthetic import pairs
from flip_mm.synthetic.make import make_synthetic

COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1), "white": (1, 1, 1), "black": (0, 0, 0), "yellow": (1, 1, 0)}


@pytest.fixture
def clip(arch):
    return MODELS.build(dict(type="CLIPPretraining", backbone=dict(type="OpenCLIP", arch=arch)))


def batch(side=32):
    """Six plain images, captions of their colours."""
    images = torch.stack([torch.tensor(colour).float().reshape(3, 1, 1).expand(3, side, side) for colour in COLOURS.values()])
    samples = []
    for name in COLOURS:
        samples.append(DataSample())
        samples[-1].gt_caption = f"a {name} image"
    return 4 * images - 2, samples


def test_the_loss_is_clips(clip):
    images, samples = batch()
    with torch.no_grad():
        image = F.normalize(clip.backbone.encode_image(images)[1], dim=1)
        text = F.normalize(clip.backbone.encode_text([sample.gt_caption for sample in samples]), dim=1)
        logits = clip.backbone.logit_scale.exp() * image @ text.T
        own = logits.diagonal()
        expected = (logits.logsumexp(0) - own + logits.logsumexp(1) - own).mean() / 2
        assert clip.loss(images, samples)["loss"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_a_scale_above_100_counts_as_100(clip):
    images, samples = batch()
    with torch.no_grad():
        losses = [
            clip.loss(images, samples)["loss"] for _ in (clip.backbone.logit_scale.fill_(math.log(s)) for s in (100, 1e4))
        ]
    assert losses[0] == losses[1]


def test_it_learns_which_caption_belongs_to_which_image(clip):
    images, samples = batch()
    optimizer = torch.optim.Adam(clip.parameters(), lr=3e-4)
    first = clip.loss(images, samples)["loss"].item()
    for _ in range(25):
        optimizer.zero_grad()
        loss = clip.loss(images, samples)["loss"]
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.2 * math.log(len(COLOURS)) < first
    clip.eval()
    with torch.no_grad():
        found = clip.predict(images, samples)
    assert [int(sample.pred_label) for sample in found] == [int(sample.gt_label) for sample in found] == list(range(6))
    assert found[0].pred_score.sum().item() == pytest.approx(1)


def test_a_backbone_without_text_is_refused(arch):
    with pytest.raises(ValueError, match="text=True"):
        MODELS.build(dict(type="CLIPPretraining", backbone=dict(type="OpenCLIP", arch=arch, text=False)))


def test_an_unknown_mode_is_refused(clip):
    with pytest.raises(ValueError, match="'tensor', 'loss' or 'predict'"):
        clip(batch()[0], mode="embed")
    assert clip(batch()[0]).shape == (6, 24)


@pytest.mark.usefixtures("small_vocabulary")
@pytest.mark.parametrize("method", ["v", "it"])
def test_the_shipped_pretraining_gives_weights_for_flip(run_tool, shrunk, tmp_path, monkeypatch, model_config, method):
    monkeypatch.setattr(pairs, "VALIDATION", 4)
    make_synthetic(tmp_path / "data", "captions", 8, 32, 0, 1)
    cfg = shrunk(Path(__file__).parents[2] / "configs/clip_pretrain_demo.py")
    cfg.train_dataloader.batch_size = cfg.val_dataloader.batch_size = 4
    cfg.val_evaluator.topk = cfg.test_evaluator.topk = (1,)
    cfg.dump(tmp_path / "clip.json")
    work = tmp_path / "work"
    run_tool("train.py", tmp_path / "clip.json", "--work-dir", work, "--data-root", tmp_path / "data")
    (validation,) = json.loads((work / "record.json").read_text())["validations"]
    assert validation["iteration"] == 3
    weights = torch.load(work / "iter_3.pth", weights_only=False)["state_dict"]
    backbone = dict(arch=cfg.model.backbone.arch, pretrained=str(work / "iter_3.pth"), text=method != "v")
    flip = MODELS.build(model_config(method, backbone=backbone)).state_dict()
    shared = [name for name in weights if name in flip]
    assert len(shared) == sum(name.startswith("backbone.") for name in flip) > 10
    assert all(torch.equal(weights[name], flip[name]) for name in shared)
