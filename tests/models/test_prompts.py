# SPDX-License-Identifier: Apache-2.0
import re

import pytest
import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample
from torch import nn

from flip_mm.models.prompts import ClassPrompts, FixedPrompts
from flip_mm.models.prompts.fixed_prompts import MARKERS, flatten_prompts
from flip_mm.models.prompts.prompt_split import split_prompts


@pytest.mark.parametrize(
    ("spoof", "real"),
    [
        ("a face", "a face"),
        ("a face", "  A  FACE "),
        ("a face.", "a face ."),
        ("a face & mask", "a face &amp; mask"),
        ("a face", "a\tface\n"),
    ],
)
def test_a_prompt_of_both_classes_is_refused(spoof, real):
    prompts = dict(spoof=["a mask", spoof], real=[real, "a person"])
    message = rf"{re.escape(repr(real))} of 'real' and {re.escape(repr(spoof))} of 'spoof' are the same text for the tokenizer"
    with pytest.raises(ValueError, match=message):
        flatten_prompts(prompts)


@pytest.mark.parametrize("marker", [*MARKERS, "<END_of_text>", "&lt;end_of_text&gt;"])
def test_a_marker_of_the_tokenizer_inside_a_prompt_is_refused(marker):
    with pytest.raises(ValueError, match=r"prompts\['real'\] holds 'a .* face': <.*> is a marker that the tokenizer adds"):
        flatten_prompts(dict(spoof=["a mask"], real=[f"a {marker} face"]))


def test_a_prompt_that_is_empty_for_the_tokenizer_is_refused():
    with pytest.raises(ValueError, match=r"prompts\['spoof'\] holds '&nbsp;', which is empty after the tokenizer"):
        flatten_prompts(dict(spoof=["&nbsp;"], real=["a face"]))


def test_a_repeated_prompt_counts_twice_with_a_warning(monkeypatch):
    said = []
    monkeypatch.setattr("flip_mm.models.prompts.fixed_prompts.print_log", lambda text, **_: said.append(text))
    prompts = dict(spoof=["a mask", "a print"], real=["a face", "a face"])
    assert flatten_prompts(prompts) == ["a mask", "a print", "a face", "a face"]
    assert said == ["model.head.prompts['real'] holds 'a face' twice: it counts twice in the average."]


def test_released_split_draws_half_with_replacement():
    torch.manual_seed(0)
    first, second = split_prompts(20000, 6)
    torch.testing.assert_close(first.sum(1), torch.ones(20000))
    torch.testing.assert_close(second.sum(1), torch.ones(20000))
    assert (first * second == 0).all()
    distinct = (first > 0).sum(1)
    assert torch.equal((second > 0).sum(1), 6 - distinct)
    # 3 draws of 6: all different 6*5*4/216, all the same 6/216.
    shares = [(distinct == k).float().mean().item() for k in (1, 2, 3)]
    assert shares == pytest.approx([6 / 216, 90 / 216, 120 / 216], abs=0.015)
    assert (first * 3).frac().abs().max() < 1e-5


def test_paper_split_is_two_halves():
    first, second = split_prompts(2000, 6, "paper")
    assert ((first > 0).sum(1) == 3).all()
    torch.testing.assert_close(first + second, torch.full((2000, 6), 1 / 3))
    torch.testing.assert_close(first.mean(0), torch.full((6,), 1 / 6), atol=0.02, rtol=0)


def test_one_prompt_is_used_in_both_views_and_unknown_rules_are_refused():
    assert torch.equal(torch.cat(split_prompts(3, 1)), torch.ones(6, 1))
    with pytest.raises(ValueError, match="prompt_split must be one of"):
        split_prompts(3, 6, "half")


class Learned(ClassPrompts):
    """CoOp: one context of learned token embeddings before the word of each class."""

    def __init__(self, words, length=3):
        super().__init__()
        self.words, self.length = words, length
        self.counts = tuple(len(words[name]) for name in ("spoof", "real"))
        self.sentences = [" ".join(["x"] * length + [word]) for name in ("spoof", "real") for word in words[name]]

    def bind(self, backbone):
        self.register_buffer("tokens", backbone.tokenize(self.sentences), persistent=False)
        embeddings, _ = backbone.embed_tokens(self.tokens)
        self.context = nn.Parameter(embeddings[0, 1 : 1 + self.length].detach().clone())

    def encode(self, backbone, image=None):
        embeddings, ends = backbone.embed_tokens(self.tokens)
        context = self.context.expand(len(embeddings), -1, -1)
        parts = [embeddings[:, :1], context, embeddings[:, 1 + self.length :]]
        return backbone.encode_text(torch.cat(parts, dim=1), ends)


class Shifted(FixedPrompts):
    """Prompts that depend on the image."""

    image_conditioned = True

    def encode(self, backbone, image=None):
        return super().encode(backbone) + 0.1 * image[:, None]


def samples(n=4):
    return [DataSample().set_gt_label(i % 2) for i in range(n)]


def test_a_prompt_dict_builds_fixed_prompts(build, prompts):
    short, long = build("it"), build("it", head=dict(prompts=dict(type="FixedPrompts", **prompts)))
    long.load_state_dict(short.state_dict())
    assert type(short.head.class_prompts) is FixedPrompts
    assert short.head.prompts == long.head.prompts == prompts["spoof"] + prompts["real"]
    assert short.head.class_prompts.counts == (4, 4)
    x = torch.randn(2, 3, 32, 32)
    assert torch.equal(short(x), long(x))
    assert not [name for name in short.state_dict() if "prompts" in name]


@pytest.mark.parametrize("count", [1, 3])
def test_flip_it_supports_different_numbers_of_prompts(build, prompts, count):
    prompts["real"] = prompts["real"][:count]
    model = build("it", head=dict(prompts=prompts)).eval()
    x = torch.randn(2, 3, 32, 32)
    means = [model.backbone.encode_text(prompts[name]).mean(0) for name in ("spoof", "real")]
    image = model.encode_images(x)
    cosines = torch.stack([F.cosine_similarity(image, mean[None]) for mean in means], dim=1)
    want = model.backbone.logit_scale.exp() * cosines
    torch.testing.assert_close(model(x), want)
    model.switch_to_deploy()
    torch.testing.assert_close(model(x), want)


def test_replaced_prompts_must_fit_the_loss(build, prompts):
    model = build("mcl")
    with pytest.raises(ValueError, match="4 prompts for 'spoof' and 1 for 'real'"):
        model.set_prompts(prompts | dict(real=["a person"]))
    without = build("mcl", head=dict(consistency=dict(type="ViewConsistencyLoss", loss_weight=0)))
    without.set_prompts(prompts | dict(real=["a person"]))
    assert without.head.class_prompts.counts == (4, 1)


@pytest.mark.parametrize("method", ["it", "mcl"])
def test_learned_prompts_are_trained_saved_and_deployed(build, method):
    words = dict(real=["real", "live"], spoof=["fake", "mask"])
    config = dict(head=dict(prompts=dict(type=Learned, words=words)))
    model = build(method, **config).train()
    views = list(torch.randn(3, 4, 3, 32, 32))
    sum(model.loss(views, samples()).values()).backward()
    assert model.head.class_prompts.context.grad.abs().sum() > 0
    with torch.no_grad():
        model.head.class_prompts.context.add_(torch.randn_like(model.head.class_prompts.context))
    again = build(method, **config).eval()
    again.load_state_dict(model.state_dict())
    model.eval()
    assert "head.class_prompts.context" in model.state_dict()
    with torch.no_grad():
        want = model(views[0])
        assert torch.equal(again(views[0]), want)
        model.switch_to_deploy()
        torch.testing.assert_close(model(views[0]), want)
    assert not [name for name in model.state_dict() if "prompts" in name]


def test_learned_prompts_start_with_the_embeddings_of_their_words(build):
    words = dict(real=["real"], spoof=["fake"])
    learned = build("it", head=dict(prompts=dict(type=Learned, words=words))).eval()
    fixed = build("it", head=dict(prompts=dict(real=["x x x real"], spoof=["x x x fake"]))).eval()
    fixed.load_state_dict(learned.state_dict(), strict=False)
    x = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(learned(x), fixed(x))


def test_prompts_that_depend_on_the_image(build, prompts):
    model = build("it", head=dict(prompts=dict(type=Shifted, **prompts))).train()
    plain = build("it").train()
    plain.load_state_dict(model.state_dict())
    x = torch.randn(3, 3, 32, 32)
    text, _ = model.encode_prompts(model.encode_images(x))
    assert text.shape == (3, 8, 24)
    one_by_one = [model.head(model.encode_images(x)[[i]], text[i], model.backbone.logit_scale) for i in range(3)]
    torch.testing.assert_close(model(x), torch.cat(one_by_one))
    assert not torch.allclose(model(x), plain(x))
    model.loss(x, samples(3))["loss_ce"].backward()
    assert model.backbone.visual.conv1.weight.grad.abs().sum() > 0
    assert len(model.eval().predict(x)) == 3
    with pytest.raises(ValueError, match="Shifted depends on the image"):
        model.switch_to_deploy()
    assert not model.deployed
    assert len(model.predict(x)) == 3
    with pytest.raises(ValueError, match="depend on the image, but the loss 'mse' needs"):
        build("mcl", head=dict(prompts=dict(type=Shifted, **prompts)))


def test_a_module_that_is_no_prompt_component_is_refused(build):
    with pytest.raises(ValueError, match=r"prompts\.type='SimCLRLoss' is no prompt component: use FixedPrompts"):
        build("it", head=dict(prompts=dict(type="SimCLRLoss")))
