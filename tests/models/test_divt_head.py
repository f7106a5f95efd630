# SPDX-License-Identifier: Apache-2.0
"""The head of DiVT-M: kinds of attack, concentration of real images, scores."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from flip_mm.config_checks.needs import check_samples
from flip_mm.models import DiVTHead

HEAD = Config.fromfile(Path(__file__).parents[2] / "configs/_base_/models/divt_m.py").model.head
# Two images, two channels, 1 x 2 positions; the first image is real.
MAP = torch.tensor([[[[1.0, -3.0]], [[2.0, 0.0]]], [[[1.0, 1.0]], [[4.0, 4.0]]]])


def sample(attack_type):
    return DataSample(metainfo=dict(attack_type=attack_type, domain="M"))


def head(**settings):
    return MODELS.build({**HEAD, "in_channels": 2, **settings})


PRINT = ["warped_photo", "cut_photo", "printed_photo", "print_1", "print_2", "print_photo_fixed", "print_photo_hand"]
REPLAY = ["video_replay", "ipad_video", "iphone_video", "replay_1", "replay_2", "mobile_photo_hand", "highdef_video_fixed"]


def test_the_kinds_of_attack_in_mcio():
    kinds = head().kinds([sample(name) for name in ("bonafide", *PRINT, *REPLAY)])
    assert kinds.tolist() == [0, *[1] * len(PRINT), *[2] * len(REPLAY)]


@pytest.mark.parametrize("name", ["", "spoof", "rigidmask"])
def test_an_unknown_attack(name):
    with pytest.raises(ValueError, match=f"no kind for attack_type='{name}' of domain 'M'"):
        head().kinds([sample(name)])
    known = dict(attack_type="print_1", domain="O")
    check_samples(dict(type="ImageClassifier", head=HEAD), [known])
    with pytest.raises(ValueError, match=f"no kind for attack_type='{name}' of domain 'M'"):
        check_samples(dict(type="ImageClassifier", head=HEAD), [known, dict(attack_type=name, domain="M")])


@pytest.mark.parametrize(
    ("reduction", "wanted"),
    # The mean feature of the real image is (-1, 1); its positions have the norms 3 and 3.
    [("batch", 2 / 2), ("real", 2.0), ("map", 3.0)],
)
def test_concentration_by_hand(reduction, wanted):
    built = head(reduction=reduction)
    losses = built.loss((MAP,), [sample("bonafide"), sample("print_1")])
    assert losses["loss_concentration"].item() == pytest.approx(0.2 * wanted)
    logits = built.fc(torch.tensor([[-1.0, 1.0], [1.0, 4.0]]))
    torch.testing.assert_close(losses["loss_ce"], torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1])))
    assert built.loss((MAP,), [sample("print_1"), sample("print_1")])["loss_concentration"] == 0
    assert head(concentration=0).loss((MAP,), [sample("bonafide")] * 2).keys() == {"loss_ce"}


def test_the_score_is_the_probability_of_the_class_real():
    built = head()
    (first, second) = built.predict((MAP,), [sample("bonafide"), sample("print_1")])
    wanted = built((MAP,)).softmax(1)
    torch.testing.assert_close(torch.stack([first.pred_score, second.pred_score])[:, 1], wanted[:, 0])
    assert first.pred_score.shape == (2,)
    assert first.pred_score.sum().item() == pytest.approx(1)


def test_an_unknown_reduction():
    with pytest.raises(ValueError, match="reduction='mean' must be"):
        DiVTHead(2, {}, reduction="mean")
