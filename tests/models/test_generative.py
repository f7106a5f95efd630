# SPDX-License-Identifier: Apache-2.0
"""DRCN, DupGAN, CDFTN-L, LGSC and the method like MDDR; golden values of DupGAN are in tests/golden."""

from copy import deepcopy
from itertools import permutations
from pathlib import Path

import pytest
import torch
from fixtures.comparison import equal
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch.nn import functional as F

from flip_mm.models.classifiers.dupgan import cross_entropy
from flip_mm.models.last_side import last_side

CONFIGS = Path(__file__).parents[2] / "configs"
DEMOS = {
    "drcn": "drcn/drcn_demo",
    "dupgan": "dupgan/dupgan_demo",
    "cdftn": "cdftn/cdftn_demo",
    "cdftn_l": "cdftn/cdftn_l_demo",
    "mddr": "mddr/mddr_like_demo",
}
# Other settings, with which each state matters.
OPTIONS = {"drcn": dict(phase_iters=1), "dupgan": dict(epoch_iters=2, threshold=0.5), "mddr": dict(num_domains=2)}


def config(name, **options):
    cfg = Config.fromfile(CONFIGS / f"{DEMOS.get(name, name)}.py", import_custom_modules=False)
    cfg.model.update({**OPTIONS.get(name, {}), **options})
    return cfg


def build(name, **options):
    """A model of a demo and its optimizers."""
    torch.manual_seed(0)
    cfg = config(name, **options)
    model = MODELS.build(cfg.model).train()
    return model, build_optim_wrapper(model, cfg.optim_wrapper)


def batch(step=0, unlabelled=4, side=32):
    """Eight labelled images of two domains and four subjects, and unlabelled ones, as pixels."""
    generator = torch.Generator().manual_seed(step)
    samples = []
    for number in range(8):
        fields = dict(role="train", domain="MC"[number // 4], domain_index=number // 4, subject=f"s{number % 2}")
        samples.append(DataSample(metainfo=fields).set_gt_label(number % 2))
    samples += [DataSample(metainfo=dict(role="adapt", domain_index=2)).set_gt_label(-1) for _ in range(unlabelled)]
    images = torch.randint(0, 256, (len(samples), 3, side, side), generator=generator, dtype=torch.uint8)
    return dict(inputs=images, data_samples=samples)


def train(name, model, optimizers, steps):
    terms = None
    for step in steps:
        torch.manual_seed(step)
        terms = model.train_step(batch(step, 0 if name == "mddr" else 4), optimizers)
    return terms


@pytest.mark.parametrize("name", DEMOS)
def test_a_training_continues_exactly_and_leaves_no_gradient(name):
    model, optimizers = build(name)
    train(name, model, optimizers, range(1))
    state, steps = deepcopy(model.state_dict()), deepcopy(optimizers.state_dict())
    terms = train(name, model, optimizers, range(1, 3))
    assert all(torch.as_tensor(value).isfinite() for value in terms.values())
    assert [key for key, parameter in model.named_parameters() if parameter.grad is not None] == []
    again, own = build(name)
    again.load_state_dict(state)
    own.load_state_dict(steps)
    train(name, again, own, range(1, 3))
    assert equal(again.state_dict(), model.state_dict())


@pytest.mark.parametrize("name", ["drcn", "dupgan", "cdftn", "cdftn_l"])
def test_a_batch_without_target_images_is_refused(name):
    model, optimizers = build(name)
    with pytest.raises(ValueError, match="add --unlabelled train"):
        model.train_step(batch(unlabelled=0), optimizers)


@pytest.mark.parametrize("name", [*DEMOS, "dupgan/dupgan_source_demo", "lgsc/lgsc_demo"])
def test_scores_are_probabilities(name):
    model, _ = build(name)
    samples = model.eval().val_step(batch(unlabelled=0))
    scores = torch.stack([sample.pred_score for sample in samples])
    assert scores.shape == (8, 2)
    assert scores.sum(1).tolist() == pytest.approx([1] * 8)


def changed(before, model, prefix):
    after = model.state_dict()
    return any(not torch.equal(value, after[key]) for key, value in before.items() if key.startswith(prefix))


def test_phases_of_drcn():
    model, optimizers = build("drcn", phase_iters=2)
    for step, reconstructs in enumerate((True, True, False, False, True)):
        before = deepcopy(model.state_dict())
        terms = train("drcn", model, optimizers, [step])
        assert ("loss_reconstruction" in terms, "loss_classification" in terms) == (reconstructs, not reconstructs)
        assert (changed(before, model, "decoder"), changed(before, model, "head")) == (reconstructs, not reconstructs)
        assert changed(before, model, "backbone")


def test_each_loss_of_drcn_has_its_own_moments_of_the_encoder():
    model, optimizers = build("drcn", phase_iters=None)
    train("drcn", model, optimizers, [0])
    weight = model.backbone.fc1.weight
    moments = [optimizers[name].optimizer.state[weight]["exp_avg"] for name in ("autoencoder", "classifier")]
    assert not torch.equal(*moments)


def test_the_trade_off_of_drcn_weights_its_losses():
    plain, weighted = (train("drcn", *build("drcn", phase_iters=None, trade_off=value), [0]) for value in (None, 0.4))
    assert weighted["loss_reconstruction"].item() == pytest.approx(0.6 * plain["loss_reconstruction"].item())
    for options in (dict(trade_off=1.5), dict(keep=-1.0), dict(phase_iters=0)):
        with pytest.raises(ValueError, match=rf"model\.{next(iter(options))} must be"):
            build("drcn", **options)


def test_pseudo_labels_are_those_of_the_beginning_of_an_epoch():
    model, optimizers = build("dupgan", epoch_iters=2, threshold=0.5)
    images = torch.rand(16, 3, 32, 32) * 2 - 1
    copies = []
    for step in range(3):
        train("dupgan", model, optimizers, [step])
        copies.append(model.labeller(images))
    assert torch.equal(copies[0], copies[1])
    assert not torch.equal(copies[1], copies[2])
    assert model.pseudo_labels(images).tolist() == copies[2].argmax(1).tolist()
    model.threshold = 1.1
    assert model.pseudo_labels(images).tolist() == [-1] * 16
    # Nothing is certain enough: the other losses train.
    assert train("dupgan", model, optimizers, [3])["pseudo_labelled"] == 0


def test_cross_entropy_of_samples_with_a_label():
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0], [5.0, -5.0]], requires_grad=True)
    expected = (F.cross_entropy(logits[:1], torch.tensor([1])) + F.cross_entropy(logits[1:2], torch.tensor([1]))) / 2
    assert cross_entropy(logits, torch.tensor([1, 1, -1])).item() == pytest.approx(expected.item())
    nothing = cross_entropy(logits, torch.tensor([-1, -1, -1]))
    nothing.backward()
    assert nothing.item() == logits.grad.abs().sum().item() == 0


def test_sides_that_cannot_be_halved_are_refused():
    assert last_side(96, 3) == 12
    with pytest.raises(ValueError, match=r"image_size=36 must be divisible by 8"):
        last_side(36, 3)


def test_losses_of_lgsc():
    model, _ = build("lgsc/lgsc_demo", dropout=0.0)
    model.eval()
    images, labels = torch.randn(6, 3, 40, 40), torch.tensor([1, 0, 1, 1, 0, 1])
    *maps, cue = model.extract_feat(images)
    assert [tuple(one.shape[1:]) for one in maps] == [(64, 2, 2), (32, 3, 3), (16, 5, 5), (8, 10, 10), (8, 20, 20)]
    assert cue.shape == images.shape
    expected = 0.0
    for one in maps:
        feature = F.normalize(one.mean((2, 3)))
        values = [
            max((feature[i] - feature[j]).norm() - (feature[i] - feature[k]).norm() + 0.5, torch.zeros(()))
            for i, j in permutations((0, 2, 3, 5), 2)
            for k in (1, 4)
        ]
        expected += sum(values) / sum(value > 0 for value in values)
    terms = model.losses(images, labels)
    assert terms["loss_triplet"].item() == pytest.approx(expected.item(), rel=1e-4)
    assert terms["loss_cue"].item() == pytest.approx(5 * cue[labels == 1].abs().mean().item())
    assert model.losses(images, torch.zeros(6, dtype=torch.long))["loss_cue"] == 0


def test_scores_of_lgsc():
    model, _ = build("lgsc/lgsc_demo", score="cue")
    images = torch.randn(4, 3, 32, 32)
    cue = model.eval().extract_feat(images)[-1]
    scores = torch.stack([sample.pred_score for sample in model.predict(images)])
    assert scores[:, 1].tolist() == pytest.approx((1 - cue.abs().mean((1, 2, 3))).tolist(), abs=1e-6)
    model.score = "classifier"
    assert model(images).tolist() == model.classify(images, cue).tolist()
    with pytest.raises(ValueError, match=r"model\.score must be 'cue' or 'classifier'"):
        build("lgsc/lgsc_demo", score="mean")


def test_the_stages_of_cdftn_share_the_translator():
    first, _ = build("cdftn")
    second, optimizer = build("cdftn_l")
    shapes = [
        {key: value.shape for key, value in model.state_dict().items() if key.startswith("translator.")}
        for model in (first, second)
    ]
    assert shapes[0] == shapes[1]
    before = deepcopy(second.state_dict())
    train("cdftn_l", second, optimizer, [0])
    assert not changed(before, second, "translator.")
    assert changed(before, second, "neck.")


def test_cdftn_l_translates_images_in_its_own_normalisation():
    model, _ = build("cdftn_l")
    pixels = torch.tensor([0.0, 100.0, 255.0]).view(1, 1, 1, 3).expand(2, 3, 4, 3)
    normal = (pixels - 100) / 80
    seen = []
    model.translator.forward = lambda source, target: seen.append((source, target)) or source
    assert torch.allclose(model.translate(normal, normal), normal, atol=1e-5)
    assert seen[0][0][0, 0, 0].tolist() == pytest.approx([-1, 100 / 127.5 - 1, 1], abs=1e-5)


def test_numbers_of_subjects():
    model, _ = build("mddr", num_subjects=4)
    samples = batch(unlabelled=0)["data_samples"]
    assert model.subject_labels(samples[4:]).tolist() == [0, 1, 0, 1]
    assert model.subject_labels(samples).tolist() == [2, 3, 2, 3, 0, 1, 0, 1]
    with pytest.raises(ValueError, match=r"more than model\.num_subjects=4"):
        model.subject_labels([DataSample(metainfo=dict(domain="M", subject="s9"))])
    with pytest.raises(ValueError, match="has none"):
        model.subject_labels([DataSample(metainfo=dict(domain="M", subject=""))])


def test_one_source_has_no_cross_domain_loss():
    model, _ = build("mddr", num_domains=1)
    codes = torch.randn(4, 64, requires_grad=True)
    model._cross_domain(codes, torch.tensor([0, 1, 0, 1]), torch.zeros(4)).backward()
    assert codes.grad.abs().sum() == 0
    two, _ = build("mddr", num_domains=2)
    two._cross_domain(codes, torch.tensor([0, 1, 0, 1]), torch.tensor([0, 0, 1, 1])).backward()
    assert codes.grad.abs().sum() > 0
