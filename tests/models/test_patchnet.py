# SPDX-License-Identifier: Apache-2.0
"""PatchNet: places of patches, classes of cameras and materials, margins. Whole steps are in tests/golden."""

import math
import re

import pytest
import torch
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from flip_mm.datasets.fine_classes import KINDS, fine_class, fine_classes, is_live
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.models.classifiers.patchnet import grid_patches
from flip_mm.models.heads import AMSoftmaxHead

SMALL = dict(type="ResNet", depth=18, base_channels=4, stem_channels=4)


def build(**options):
    cfg = dict(type="PatchNet", backbone=SMALL, neck=dict(type="GlobalAveragePooling"), patch_size=32)
    classes = fine_classes("I") + fine_classes("CelebA")
    return MODELS.build(cfg | dict(head=dict(type="AMSoftmaxHead", in_channels=32), fine_classes=classes) | options)


def sample(domain, device, medium, attack_type):
    return DataSample(metainfo=dict(domain=domain, device=device, medium=medium, attack_type=attack_type))


def test_patches_are_cut_row_by_row_up_to_the_borders():
    image = torch.arange(2 * 5 * 6.0).reshape(2, 1, 5, 6)
    patches = grid_patches(image, size=3, grid=3)
    assert patches.shape == (18, 1, 3, 3)
    corners = patches[:9, 0, 0, 0].reshape(3, 3).tolist()
    assert corners == [[0, 2, 3], [6, 8, 9], [12, 14, 15]]
    assert patches[9:].equal(patches[:9] + 30)


def test_the_score_is_the_mean_over_the_patches():
    model = build().eval()
    x = torch.randn(2, 3, 40, 40)
    with torch.no_grad():
        each = model.live_probabilities(x)
        logits = model(x)
        scores = torch.stack([one.pred_score for one in model.predict(x)])
    assert each.shape == (2, 9)
    assert torch.allclose(scores[:, 1], each.mean(dim=1))
    assert torch.allclose(logits.softmax(dim=1), scores)
    with pytest.raises(ValueError, match=re.escape("Images of 31 x 40 px are smaller than model.patch_size=32.")):
        model(x[:, :, :31])


def test_every_name_of_the_four_sets_has_a_class():
    """Each class of the table has a name, and each name a class of the table."""
    for domain in KINDS:
        data_set, found = DATA_SETS[domain], set()
        for folder, split in zip(data_set.synthetic, ("train", "test"), strict=True):
            for real in (True, False):
                for _, name in folder.names(real):
                    stem = f"{data_set.stem}/{split}/{'real' if real else 'fake'}/{name.format(s=1, g=1, n=1, k=1)}"
                    parts = data_set.parse(stem + folder.endings[0])
                    found.add(fine_class(domain, parts.device, parts.medium, parts.attack_type))
        assert found == set(fine_classes(domain))


def test_live_classes():
    names = fine_classes("O")
    assert len(names) == 30
    assert [is_live(name) for name in names] == [True] * 6 + [False] * 24
    assert fine_classes("CelebA") == ["CelebA//bonafide", "CelebA//spoof"]
    assert fine_class("W", "", "paper", "print") == "W//spoof"


def test_margins_of_live_and_spoof_classes():
    head = AMSoftmaxHead(2, live=[True, False], scale=2.0, live_margin=0.5, spoof_margin=0.25)
    head.weight.data = torch.tensor([[2.0, 0.0], [0.0, 3.0]])
    # cos = (1, 0) for both features.
    features = torch.tensor([[4.0, 0.0], [5.0, 0.0]])
    live = math.log(1 + math.exp(2 * 0 - 2 * (1 - 0.5)))
    spoof = math.log(1 + math.exp(2 * 1 - 2 * (0 - 0.25)))
    assert head.loss(features, torch.tensor([0, 1])).item() == pytest.approx((live + spoof) / 2)
    assert head.live_probability(features).tolist() == pytest.approx([1 / (1 + math.exp(-2))] * 2)


@pytest.mark.parametrize(("similarity", "value"), [("l2", 0), ("squared", 0), ("mean_squared", 0)])
def test_equal_patches_are_similar(similarity, value):
    model = build(similarity=similarity).eval()
    patch = torch.randn(2, 3, 32, 32)
    own = [sample("I", "webcam", "print", "print_photo_hand"), sample("CelebA", "", "", "bonafide")]
    losses = model.loss([patch, patch], own)
    assert losses["loss_similarity"].item() == value
    assert model.classes(own).tolist() == [1, 4]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(fine_classes=None), "model.fine_classes: PatchNet needs the classes of its run"),
        (dict(similarity="cosine"), "model.similarity='cosine' must be one of l2, squared, mean_squared"),
        (dict(fine_classes=["O/phone1/bonafide"]), "AMSoftmaxHead needs live and spoof classes"),
    ],
)
def test_wrong_settings(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        build(**options)


def test_wrong_batches():
    model, patch = build(), torch.randn(1, 3, 32, 32)
    with pytest.raises(ValueError, match="two patches of each image"):
        model.loss(patch, [sample("I", "webcam", "", "bonafide")])
    with pytest.raises(ValueError, match=r"\['M/android/bonafide'\] of training images are not in model.fine_classes"):
        model.loss([patch, patch], [sample("M", "android", "", "bonafide")])
