# SPDX-License-Identifier: Apache-2.0
"""Loss terms by name. A new term needs one file and one config line."""

import re
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from flip_mm.config_checks.check_config import check_config
from flip_mm.models.losses import LossTerm, TrainingBatch

ROOT = Path(__file__).parents[2]
SIMCLR = dict(type="SimCLRLoss", temperature=0.2)
CONSISTENCY = dict(type="ViewConsistencyLoss", loss_weight=0.5)


def samples(n=4):
    return [DataSample().set_gt_label(i % 2) for i in range(n)]


def views(n=4, side=32):
    return list(torch.randn(3, n, 3, side, side))


@pytest.mark.parametrize("method", ["it", "mcl"])
def test_the_loss_in_the_docs_needs_one_file_and_one_config_line(tmp_path, monkeypatch, method):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs/options.md").read_text(encoding="utf-8"), re.DOTALL)
    (file,) = (block for block in blocks if "class ViewDistance" in block)
    (line,) = (block for block in blocks if "view_distance.ViewDistance" in block)
    (tmp_path / "view_distance.py").write_text(file)
    (tmp_path / "own.py").write_text(f'_base_ = ["{ROOT}/configs/flip_{method}_demo.py"]\n{line}')
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "view_distance", raising=False)
    cfg = Config.fromfile(tmp_path / "own.py")
    check_config(cfg)
    model = MODELS.build(cfg.model).eval()
    data = views(side=64)
    terms = model.loss(data, samples())
    first, second = (model.encode_images(view) for view in data[1:])
    torch.testing.assert_close(terms["loss_distance"], 0.25 * (first - second).square().mean())
    total, logged = model.parse_losses(terms)
    assert logged["loss_distance"] == terms["loss_distance"]
    torch.testing.assert_close(total, sum(terms.values()))
    (gradient,) = torch.autograd.grad(terms["loss_distance"], model.backbone.visual.conv1.weight)
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize("method", ["v", "it", "mcl"])
@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("losses.more", dict(type="SimCLRLoss", temprature=1), r"losses\.more\.temprature=1: SimCLRLoss has no such setting"),
        ("losses.more", dict(type="SimCLRLos"), r"losses\.more\.type='SimCLRLos' is not registered, did you mean SimCLRLoss"),
        ("losses.more", dict(type="SimCLRLoss", loss_weight=-1), r"losses\.more\.loss_weight=-1 must be at least 0"),
        ("loses", dict(), r"model\.head\.loses=\{\}: FLIP\w+Head has no such setting, did you mean loss"),
    ],
)
def test_misspelt_terms_are_found_in_the_config(method, setting, value, message):
    cfg = Config.fromfile(ROOT / f"configs/flip_{method}_demo.py")
    cfg.merge_from_dict({f"model.head.{setting}": value})
    with pytest.raises(ValueError, match=message):
        check_config(cfg)


def test_flip_mcl_is_flip_it_with_two_more_terms(build, prompts):
    projector = dict(hid_channels=32, out_channels=8)
    mcl = build("mcl", head=dict(simclr=SIMCLR, consistency=CONSISTENCY, loss=dict(type="FocalLoss")))
    terms = dict(ce=dict(type="FocalLoss"), simclr=SIMCLR, mse=CONSISTENCY)
    it = build("it", head=dict(losses=terms, projector=projector))
    it.load_state_dict(mcl.state_dict())
    assert it.state_dict().keys() == mcl.state_dict().keys() >= {"head.projector.fc0.weight"}
    assert it.head.num_views == mcl.head.num_views == 3
    data, got = views(), []
    for model in (it, mcl):
        torch.manual_seed(7)
        got.append(model.loss(data, samples()))
    assert list(got[0]) == list(got[1]) == ["loss_ce", "loss_simclr", "loss_mse"]
    for name in got[0]:
        assert torch.equal(got[0][name], got[1][name]), name


def test_a_default_of_flip_mcl_can_be_replaced_by_name(build):
    model = build("mcl", head=dict(losses=dict(mse=dict(type="ViewConsistencyLoss", loss_weight=0), other=SIMCLR)))
    assert list(model.head.losses) == ["ce", "simclr", "other"]
    terms = model.loss(views(), samples())
    assert list(terms) == ["loss_ce", "loss_simclr", "loss_other"]


def test_two_terms_share_one_pass_of_the_projector(build):
    model, calls = build("mcl", head=dict(losses=dict(other=SIMCLR))).train(), []
    model.head.projector.register_forward_hook(lambda _, inputs, __: calls.append(inputs[0][0]))
    model.loss(views(), samples())
    assert len(calls) == 2


def test_a_term_with_parameters_is_trained_and_not_deployed(build):
    class Centres(LossTerm):
        def __init__(self, loss_weight=1.0):
            super().__init__(loss_weight)
            self.centres = torch.nn.Parameter(torch.zeros(2, 24))

        def inputs(self, batch):
            return batch.images[0], batch.labels

        def forward(self, images, labels):
            return self.loss_weight * F.mse_loss(images, self.centres[labels])

    model = build("it", head=dict(losses=dict(centres=dict(type=Centres))))
    model.loss(views()[0], samples())["loss_centres"].backward()
    assert model.head.losses["centres"].centres.grad.abs().sum() > 0
    assert "head.losses.centres.centres" in model.state_dict()
    model.switch_to_deploy()
    assert not [name for name in model.state_dict() if name.startswith("head.")]


def test_losses_of_mmpretrain_get_logits_and_labels(build):
    model = build("v", head=dict(dropout=0.0, losses=dict(smooth=dict(type="LabelSmoothLoss", label_smooth_val=0.1))))
    image = views()[0]
    got = model.loss(image, samples())
    want = F.cross_entropy(model(image), torch.tensor([0, 1, 0, 1]), label_smoothing=0.1)
    torch.testing.assert_close(got["loss_smooth"], want)


def test_flip_v_supports_terms_on_features(build):
    model = build("v", head=dict(losses=dict(simclr=SIMCLR), projector=dict(hid_channels=16, out_channels=4)))
    assert model.head.projector.fc0.in_features == 64
    terms = model.loss(views(), samples())
    terms["loss_simclr"].backward()
    assert model.backbone.visual.conv1.weight.grad.abs().sum() > 0


def test_the_classification_loss_is_computed_with_weight_0(build):
    model = build("it", head=dict(losses=dict(ce=dict(type="CrossEntropyLoss", loss_weight=0.0))))
    terms = model.loss(views()[0], samples())
    assert terms["loss_ce"].item() == 0
    terms["loss_ce"].backward()
    assert model.backbone.logit_scale.grad is not None


@pytest.mark.parametrize(
    ("method", "head", "message"),
    [
        ("mcl", dict(simclr=SIMCLR, losses=dict(simclr=SIMCLR)), r"head\.simclr and model\.head\.losses\.simclr are the same"),
        ("it", dict(loss=dict(type="FocalLoss"), losses=dict(ce=dict(type="FocalLoss"))), r"head\.loss and .*losses\.ce are"),
        (
            "it",
            dict(losses=dict(mine="SimCLRLoss")),
            r"losses\.mine must be a dict with the `type` of a loss, got 'SimC",
        ),
        ("it", dict(losses=[SIMCLR]), r"losses must be a dict of losses by name, got \["),
        ("v", dict(losses=dict(mse=CONSISTENCY)), r"losses\.mse: ViewConsistencyLoss needs prompts, FLIPVHead has none"),
    ],
)
def test_invalid_terms_are_refused(build, method, head, message):
    with pytest.raises(ValueError, match=message):
        build(method, head=head)


def test_a_projector_needs_in_channels(prompts):
    with pytest.raises(ValueError, match=r"in_channels must be given: the loss simclr needs a projector"):
        MODELS.build(dict(type="FLIPITHead", prompts=prompts, losses=dict(simclr=SIMCLR)))


def test_batch_values_are_computed_only_if_a_term_uses_them(build):
    head = build("mcl").head
    state = torch.get_rng_state()
    batch = TrainingBatch(
        head, torch.randn(3, 2, 24, generator=torch.Generator()), torch.ones(8, 24), torch.ones(1), samples(2)
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert batch.logits is batch.logits
    assert batch.text_views is batch.text_views
    assert batch.projected(1) is batch.projected(1)
    assert not torch.equal(torch.get_rng_state(), state)
