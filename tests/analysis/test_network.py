"""Scores, embeddings and maps of classifiers without text."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS

from flip_mm.analysis.network import TrainedNetwork

PIPELINE = [dict(type="LoadImageFromFile"), dict(type="Resize", scale=64), dict(type="PackInputs")]
POOLED = dict(type="ImageClassifier", neck=dict(type="GlobalAveragePooling"))
# Model, width of its embeddings, method of its maps.
CLASSIFIERS = {
    "a plain network": (
        POOLED
        | dict(
            backbone=dict(type="ResNet", depth=18),
            head=dict(type="LinearClsHead", num_classes=2, in_channels=512),
            data_preprocessor=dict(mean=[1, 2, 3], std=[4, 5, 6], to_rgb=True),
        ),
        512,
        "features",
    ),
    "a convolutional network": (
        POOLED | dict(backbone=dict(type="MobileNetV2"), head=dict(type="LinearClsHead", num_classes=2, in_channels=1280)),
        1280,
        "features",
    ),
    "another transformer": (
        dict(
            type="ImageClassifier",
            backbone=dict(type="VisionTransformer", arch="deit-t", img_size=64),
            head=dict(type="VisionTransformerClsHead", num_classes=2, in_channels=192),
        ),
        192,
        "occlusion",
    ),
}


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_scores_are_predictions_of_the_model(kind):
    settings, width, method = CLASSIFIERS[kind]
    torch.manual_seed(0)
    model = MODELS.build(settings).eval()
    cfg = Config(dict(model=settings, test_dataloader=dict(dataset=dict(pipeline=PIPELINE))))
    run = SimpleNamespace(cfg=cfg, checkpoint=Path("x.pth"), state=model.state_dict(), meta={}, folder="work")
    crops = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    network = TrainedNetwork(run)
    scores, embeddings = network.scores(crops)
    # The pipeline ends in BGR.
    images = torch.from_numpy(np.ascontiguousarray(crops[..., ::-1].transpose(0, 3, 1, 2)))
    with torch.no_grad():
        predicted = model.predict(model.data_preprocessor(dict(inputs=images))["inputs"])
    assert np.allclose(scores, [sample.pred_score[1] for sample in predicted], atol=1e-6)
    assert embeddings.shape == (3, width)
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1)
    assert network.maps(crops[0]).method == method


def test_a_device_that_is_not_there():
    settings = CLASSIFIERS["another transformer"][0]
    cfg = Config(dict(model=settings, test_dataloader=dict(dataset=dict(pipeline=PIPELINE))))
    state = MODELS.build(settings).state_dict()
    run = SimpleNamespace(cfg=cfg, checkpoint=Path("x.pth"), state=state, meta={}, folder="work")
    with pytest.raises(ValueError, match="The device 'nowhere' cannot be used"):
        TrainedNetwork(run, "nowhere")
