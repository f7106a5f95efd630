# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from flip_mm.models.prompts.prompt_split import split_prompts

WIDTHS = ((4096, 6), (4096,), (4096, 4096), (4096,), (256, 4096))


def samples(*labels):
    return [DataSample().set_gt_label(label) for label in labels]


def it_head(prompts, **kwargs):
    return MODELS.build(dict(type="FLIPITHead", prompts=prompts, **kwargs))


def mcl_head(prompts, **kwargs):
    projector = dict(hid_channels=16, out_channels=4)
    return MODELS.build(dict(type="FLIPMCLHead", prompts=prompts, in_channels=6, projector=projector) | kwargs)


def test_it_logits_equal_the_equation(prompts):
    head, x, z = it_head(prompts), torch.randn(3, 6), torch.randn(8, 6)
    scale = torch.tensor([2.0])
    classes = torch.stack([z[:4].mean(0), z[4:].mean(0)])
    want = scale.exp() * torch.stack([F.cosine_similarity(x, c[None]) for c in classes], 1)
    torch.testing.assert_close(head(x, z, scale), want)


def test_normalised_prompts_ignore_the_length_of_a_prompt_embedding(prompts):
    z, factor = torch.randn(8, 6), torch.tensor([9.0, 1, 1, 1, 1, 1, 1, 1])[:, None]
    plain, normalised = it_head(prompts), it_head(prompts, normalize_prompts=True)
    torch.testing.assert_close(normalised.class_embeddings(z), normalised.class_embeddings(factor * z))
    assert (plain.class_embeddings(z) - plain.class_embeddings(factor * z)).abs().max() > 0.05


def test_class_embeddings_replace_prompt_embeddings(prompts):
    head, x, z, scale = it_head(prompts), torch.randn(3, 6), torch.randn(8, 6), torch.ones(1)
    torch.testing.assert_close(head(x, head.class_embeddings(z), scale), head(x, z, scale))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_scores_keep_their_precision_under_autocast(prompts, dtype):
    head, scale = it_head(prompts), torch.tensor([100.0]).log()
    x, z = F.normalize(torch.randn(500, 6), dim=1).to(dtype), torch.randn(8, 6).to(dtype)
    want = head(x.float(), z.float(), scale)
    with torch.autocast("cpu", dtype):
        got = head(x, z, scale)
    assert got.dtype == torch.float32
    torch.testing.assert_close(got, want)


def test_double_precision_is_kept(prompts):
    x, z, scale = (torch.randn(*size, dtype=torch.float64) for size in ((3, 6), (8, 6), (1,)))
    assert it_head(prompts)(x, z, scale).dtype == torch.float64


def test_max_logit_scale_bounds_the_temperature(prompts):
    x, z, scale = torch.randn(3, 6), torch.randn(8, 6), torch.tensor([6.0])
    free, bounded = it_head(prompts)(x, z, scale), it_head(prompts, max_logit_scale=100.0)(x, z, scale)
    torch.testing.assert_close(bounded, free * 100 / scale.exp())


@pytest.mark.parametrize("bound", [0, -1, float("nan")])
def test_max_logit_scale_must_be_positive(prompts, bound):
    with pytest.raises(ValueError, match=r"model\.head\.max_logit_scale must be above 0 or None, got"):
        it_head(prompts, max_logit_scale=bound)


def test_predict_gives_probability_of_spoof_then_real(prompts):
    head, z = it_head(prompts), torch.cat([torch.eye(6)[:1].repeat(4, 1), torch.eye(6)[1:2].repeat(4, 1)])
    real = head.predict(torch.eye(6)[1:2], z, torch.zeros(1))[0]
    assert real.pred_label.item() == 1
    torch.testing.assert_close(real.pred_score, torch.tensor([0.0, 1.0]).softmax(0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(real=[]), r"'real'. is empty"),
        (dict(real="a real face"), "list of non-empty sentences"),
        (dict(real=None), "list of non-empty sentences, got None"),
        (dict(real=5), "list of non-empty sentences, got 5"),
        (dict(real=["", "a", "b", "c"]), "list of non-empty sentences"),
        (dict(mask=["a mask"]), "exactly the classes"),
    ],
)
@pytest.mark.parametrize("make", [it_head, mcl_head])
def test_bad_prompts(prompts, make, change, message):
    with pytest.raises(ValueError, match=message):
        make(prompts | change)


def test_a_class_without_prompts(prompts):
    del prompts["real"]
    with pytest.raises(ValueError, match=r"exactly the classes 'real' and 'spoof', got .'spoof'"):
        it_head(prompts)


def test_flip_mcl_needs_the_same_number_of_prompts_for_both_classes(prompts):
    with pytest.raises(ValueError, match=r"4 prompts for 'spoof' and 1 for 'real'.*the loss 'mse' splits"):
        mcl_head(prompts | dict(real=["one"]))


def test_mcl_averages_the_prompts_of_the_samples_class(prompts):
    head, z = mcl_head(prompts), torch.randn(8, 6)
    one_hot = torch.eye(4)[[0, 3]]
    first, second = head.average_prompts(z, torch.tensor([0, 1]), (one_hot, one_hot.flip(0)))
    torch.testing.assert_close(first, z[[0, 7]])
    torch.testing.assert_close(second, z[[3, 4]])


def test_mcl_losses_equal_the_single_losses(prompts):
    head, views, z, scale = mcl_head(prompts), torch.randn(3, 4, 6), torch.randn(8, 6), torch.ones(1)
    weights = split_prompts(4, 4)
    got = head.loss(views, z, scale, samples(0, 1, 1, 0), prompt_views=weights)
    torch.testing.assert_close(got["loss_ce"], F.cross_entropy(head(views[0], z, scale), torch.tensor([0, 1, 1, 0])))
    projected = [head.projector((view,))[0] for view in views[1:]]
    torch.testing.assert_close(got["loss_simclr"], head.losses["simclr"](*projected))
    text = head.average_prompts(z, torch.tensor([0, 1, 1, 0]), weights)
    torch.testing.assert_close(got["loss_mse"], head.losses["mse"](views[1], views[2], *text))


def test_released_projector_by_default(prompts):
    head = mcl_head(prompts, projector=None)
    shapes = {k: tuple(v.shape) for k, v in head.projector.named_parameters() if k.endswith("weight")}
    assert shapes == dict(zip(("fc0.weight", "bn0.weight", "fc1.weight", "bn1.weight", "fc2.weight"), WIDTHS, strict=True))
    assert head.losses["simclr"].temperature == 0.1
    assert (head.losses["simclr"].loss_weight, head.losses["mse"].loss_weight) == (1, 1)


@pytest.mark.parametrize("rule", ["released", "paper"])
def test_prompt_split_selects_the_rule(prompts, monkeypatch, rule):
    rules = []

    def split(samples, count, rule):
        rules.append(rule)
        return torch.ones(samples, count) / count, torch.ones(samples, count) / count

    monkeypatch.setattr("flip_mm.models.heads.flip_it_head.split_prompts", split)
    head = mcl_head(prompts, prompt_split=rule, normalize_prompts=True, max_logit_scale=5.0)
    head.average_prompts(torch.randn(8, 6), torch.tensor([0, 1]))
    assert rules == [rule]
    assert (head.normalize_prompts, head.max_logit_scale) == (True, 5.0)


@pytest.mark.parametrize("make", [it_head, mcl_head])
def test_the_config_sets_the_classification_loss(prompts, make):
    views, z, batch = torch.randn(3, 4, 6), torch.randn(8, 6), samples(0, 1, 1, 0)
    one, half = (
        make(prompts, loss=dict(type="CrossEntropyLoss", loss_weight=weight)).loss(views, z, torch.ones(1), batch)["loss_ce"]
        for weight in (1.0, 0.5)
    )
    torch.testing.assert_close(half, one / 2)


def test_projector_equals_the_released_layers(prompts):
    from torch import nn

    head, x = mcl_head(prompts), torch.randn(5, 6)
    plain = nn.Sequential(
        nn.Linear(6, 16),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Linear(16, 16),
        nn.BatchNorm1d(16),
        nn.ReLU(),
        nn.Linear(16, 4),
    )
    values = list(head.projector.state_dict().values())
    order = ["fc0", "bn0", "fc1", "bn1", "fc2"]
    named = head.projector.state_dict()
    values = [v for name in order for k, v in named.items() if k.startswith(name + ".")]
    plain.load_state_dict(dict(zip(plain.state_dict(), values, strict=True)))
    torch.testing.assert_close(head.projector((x,))[0], plain(x))


@pytest.mark.parametrize(
    ("off", "left", "views", "has_projector"),
    [
        (["simclr"], {"loss_ce", "loss_mse"}, 3, False),
        (["consistency"], {"loss_ce", "loss_simclr"}, 3, True),
        (["simclr", "consistency"], {"loss_ce"}, 1, False),
    ],
)
def test_a_term_of_weight_zero_is_not_computed_or_built(prompts, off, left, views, has_projector):
    types = dict(simclr="SimCLRLoss", consistency="ViewConsistencyLoss")
    head = mcl_head(prompts, **{k: dict(type=types[k], loss_weight=0.0) for k in off})
    losses = head.loss(torch.randn(3, 4, 6), torch.randn(8, 6), torch.ones(1), samples(0, 1, 1, 0))
    assert set(losses) == left
    assert head.num_views == views
    assert hasattr(head, "projector") == has_projector


def test_v_head_without_norm_is_a_plain_mlp():
    head = MODELS.build(dict(type="FLIPVHead", in_channels=6, norm=False, dropout=0.0))
    x = torch.randn(4, 6)
    before = head.classifier.weight.clone()
    want = F.linear(F.relu(F.linear(x, head.fc.weight, head.fc.bias)), head.classifier.weight, head.classifier.bias)
    torch.testing.assert_close(head(x), want)
    assert torch.equal(head.classifier.weight, before)


def test_v_head_normalises_over_the_two_classes_in_place():
    head = MODELS.build(dict(type="FLIPVHead", in_channels=6, dropout=0.0))
    head(torch.randn(4, 6))
    torch.testing.assert_close(head.classifier.weight.norm(dim=0), torch.ones(512))
    feature = head.pre_logits(10 * torch.randn(4, 6))
    raw = F.relu(head.fc(torch.zeros(1, 6)))
    torch.testing.assert_close(head.pre_logits(torch.zeros(1, 6)), raw / (2 * raw.norm()).sqrt())
    assert feature.shape == (4, 512)


def test_v_head_init_and_zero_feature():
    torch.manual_seed(1)
    head = MODELS.build(dict(type="FLIPVHead", in_channels=768))
    assert head.fc.weight.std().item() == pytest.approx(0.005, rel=0.02)
    assert head.classifier.weight.std().item() == pytest.approx(0.01, rel=0.1)
    assert torch.equal(head.fc.bias, torch.full((512,), 0.1))
    head.fc.weight.data.zero_(), head.fc.bias.data.fill_(-1)
    assert torch.isfinite(head(torch.randn(2, 768))).all()


def test_v_head_defaults_and_sizes():
    head = MODELS.build(dict(type="FLIPVHead", in_channels=768))
    assert (head.dropout.p, head.norm, tuple(head.fc.weight.shape)) == (0.5, True, (512, 768))
    small = MODELS.build(dict(type="FLIPVHead", in_channels=6, hidden_channels=16, dropout=0.25))
    assert (small.dropout.p, tuple(small.classifier.weight.shape)) == (0.25, (2, 16))


def test_v_head_clamps_the_norm_before_the_square_root():
    head = MODELS.build(dict(type="FLIPVHead", in_channels=1, hidden_channels=1, dropout=0.0))
    head.fc.weight.data.fill_(1), head.fc.bias.data.zero_()
    torch.testing.assert_close(head.pre_logits(torch.tensor([[1e-14]])), torch.tensor([[1e-14 / (2e-12) ** 0.5]]))


def test_v_head_uses_dropout_only_in_training():
    head = MODELS.build(dict(type="FLIPVHead", in_channels=6)).train()
    x = torch.randn(2, 6)
    assert not torch.equal(head.pre_logits(x), head.pre_logits(x))
    head.eval()
    assert torch.equal(head.pre_logits(x), head.pre_logits(x))


@pytest.mark.parametrize("kind", ["FLIPVHead", "FLIPITHead", "FLIPMCLHead"])
def test_unknown_key_is_an_error(kind, prompts):
    config = dict(type=kind, in_channels=6, prompts=prompts, tempreature=1)
    if kind == "FLIPVHead":
        del config["prompts"]
    if kind == "FLIPITHead":
        del config["in_channels"]
    with pytest.raises(TypeError, match="tempreature"):
        MODELS.build(config)
