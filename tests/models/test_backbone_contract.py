# SPDX-License-Identifier: Apache-2.0
"""FLIP on a vision-language model without CLIP."""

import math

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import nn

from flip_mm.models import VisionLanguageBackbone

WIDTH, CONTEXT = 12, 60


class LetterTower(nn.Module):
    """The mean of the embeddings of a text's letters, projected."""

    def __init__(self, dims):
        super().__init__()
        self.letters = nn.Embedding(128, WIDTH)
        self.project = nn.Linear(WIDTH, dims)
        self.calls = 0

    def forward(self, embeddings, ends):
        self.calls += 1
        inside = torch.arange(embeddings.shape[1]) < ends[:, None]
        return self.project((embeddings * inside[..., None]).sum(1) / ends[:, None])


class Letters(VisionLanguageBackbone):
    """Mean colours in four bands, and letters."""

    def __init__(self, text=True):
        super().__init__()
        self.feature_dims, self.embed_dims, self.image_size, self.context_length = 12, 6, (32, 32), CONTEXT
        self.image_mean = self.image_std = (0.5, 0.5, 0.5)
        self.with_text = text
        self.image_tower = nn.Linear(12, 12)
        if text:
            self.image_projection = nn.Linear(12, 6)
            self.logit_scale = nn.Parameter(torch.tensor([math.log(10)]))
            self.text_tower = LetterTower(6)

    def encode_image(self, images):
        bands = images.unflatten(2, (4, 8)).mean((3, 4)).flatten(1)
        features = self.image_tower(bands).relu()
        return features, self.image_projection(features) if self.with_text else None

    def tokenize(self, prompts):
        rows = [[ord(letter) for letter in prompt] for prompt in prompts]
        return torch.tensor([row + [0] * (CONTEXT - len(row)) for row in rows])

    def embed_tokens(self, tokens):
        return self.text_tower.letters(tokens), (tokens != 0).sum(1)

    def encode_tokens(self, tokens):
        return self.text_tower(*self.embed_tokens(tokens))

    def encode_token_embeddings(self, embeddings, ends):
        return self.text_tower(embeddings, ends)


@pytest.fixture
def letters(model_config):
    def make(method, **kwargs):
        return MODELS.build(model_config(method, **kwargs) | dict(backbone=dict(type=Letters, text=method != "v")))

    return make


def samples(n=4):
    return [DataSample().set_gt_label(i % 2) for i in range(n)]


@pytest.mark.parametrize("method", ["v", "it", "mcl"])
def test_flip_trains_and_predicts(letters, method):
    model = letters(method).train()
    optimizer = OptimWrapper(torch.optim.SGD(model.parameters(), lr=0.1))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    data = dict(inputs=list(torch.randint(0, 256, (3, 4, 3, 32, 32)).float()), data_samples=samples())
    terms = model.loss(list(torch.randn(3, 4, 3, 32, 32)), samples())
    assert set(terms) == {"loss_ce"} | ({"loss_simclr", "loss_mse"} if method == "mcl" else set())
    sum(terms.values()).backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []
    model.train_step(data, optimizer)
    assert not torch.equal(model.backbone.image_tower.weight, before["backbone.image_tower.weight"])
    model.eval()
    images = torch.randn(4, 3, 32, 32)
    scores = torch.stack([sample.pred_score for sample in model.predict(images)])
    torch.testing.assert_close(scores, model(images).softmax(1))
    assert model.extract_feat(images, "backbone")[0].shape == (4, 12)


def test_prompts_are_encoded_once_in_evaluation_and_never_when_deployed(letters):
    model, images = letters("it").eval(), torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        want, _ = model(images), model(images)
    assert model.backbone.text_tower.calls == 1
    model.switch_to_deploy()
    with torch.no_grad():
        torch.testing.assert_close(model(images), want)
    assert model.backbone.text_tower is None
    with pytest.raises(RuntimeError, match=r"no text tower: set model\.backbone\.text=True"):
        model.backbone.encode_text(["a face"])


def test_sentences_ids_and_token_embeddings_give_the_same(letters):
    backbone = letters("it").backbone
    tokens = backbone.tokenize(["a face", "a mask"])
    want = backbone.encode_text(tokens)
    assert torch.equal(backbone.encode_text(["a face", "a mask"]), want)
    assert torch.equal(backbone.encode_text(*backbone.embed_tokens(tokens)), want)
    with pytest.raises(ValueError, match="need `ends`"):
        backbone.encode_text(backbone.embed_tokens(tokens)[0])


def test_mean_backbone_uses_the_backbones_normalisation(letters):
    preprocessor = letters("it", data_preprocessor=dict(mean="backbone", std="backbone")).data_preprocessor
    assert (preprocessor.mean.flatten() / 255).tolist() == [0.5, 0.5, 0.5]


def test_another_backbone_is_refused(model_config):
    config = model_config("v") | dict(backbone=dict(type="ResNet", depth=18))
    with pytest.raises(ValueError, match=r"model\.backbone\.type='ResNet' is no vision-language backbone: use OpenCLIP"):
        MODELS.build(config)


def test_methods_that_a_backbone_lacks_are_named():
    class ImagesAlone(VisionLanguageBackbone):
        def encode_image(self, images):
            return images, None

    backbone = ImagesAlone()
    for use in (backbone.tokenize, backbone.encode_tokens, backbone.embed_tokens):
        with pytest.raises(NotImplementedError, match="ImagesAlone"):
            use([])
