# SPDX-License-Identifier: Apache-2.0
import copy

import numpy as np
import pytest
import torch
from fixtures.depth_methods import batch, changed, small
from PIL import Image

from flip_mm.models.losses.batch_norm_statistics import batch_norm_statistics
from flip_mm.models.rgb_to_hsv import append_hsv


def images_and_samples(unlabelled=range(4, 12)):
    images, samples = batch()
    for number in unlabelled:
        samples[number].set_metainfo(dict(role="adapt"))
    return images[:, :3].contiguous(), samples


@pytest.fixture
def model():
    return small("gda_like", generator=dict(channels=(4, 6)))


def test_hsv_is_that_of_pillow():
    colours = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    colours[0, :3] = [[0, 0, 0], [7, 7, 7], [255, 255, 255]]
    want = np.asarray(Image.fromarray(colours).convert("HSV")) / 255
    rgb = torch.tensor(colours / 255).permute(2, 0, 1)[None].requires_grad_()
    got = append_hsv(rgb)
    assert torch.equal(got[:, :3], rgb)
    # Pillow rounds down.
    assert np.abs(got[0, 3:].detach().permute(1, 2, 0).numpy() - want).max() <= 1.001 / 255
    got.sum().backward()
    assert rgb.grad.isfinite().all()


def test_losses_of_a_generator_that_changes_nothing(model):
    images, samples = images_and_samples()
    losses = {name: value.item() for name, value in model.loss(images, samples).items()}
    assert losses["loss_perceptual"] == pytest.approx(0, abs=1e-12)
    assert losses["loss_phase"] == pytest.approx(-1, abs=1e-6)
    with batch_norm_statistics(model) as distances:
        maps = model.source_maps(images[4:])[1]
        p = model.embedder(maps)[1].sigmoid()
    # 10 layers of the extractor, 3 of the embedder.
    assert len(distances) == 13
    assert losses["loss_statistics"] == pytest.approx(sum(distances).item())
    entropy = -(p * p.log() + (1 - p) * (1 - p).log()).mean().item()
    assert losses["loss_entropy"] == pytest.approx(0.1 * entropy)


@pytest.mark.parametrize("consistency", ["scores", "images"])
def test_without_mixup_the_predictions_are_consistent(consistency):
    model = small("gda_like", generator=dict(channels=(4, 6)), largest_share=0.0, consistency=consistency)
    assert model.loss(*images_and_samples())["loss_consistency"].item() < 1e-25
    model.largest_share = 1.0
    assert model.loss(*images_and_samples())["loss_consistency"].item() > 1e-20


def test_only_the_generator_is_trained_on_unlabelled_images_alone(model):
    images, samples = images_and_samples()
    model.generator.last.weight.data.normal_()
    before = copy.deepcopy(model.state_dict())
    torch.manual_seed(0)
    first = model.loss(images, samples)
    torch.manual_seed(0)
    again = model.loss(torch.cat([images[:4] * 0, images[4:]]), samples)
    assert {name: value.item() for name, value in first.items()} == {name: value.item() for name, value in again.items()}
    sum(first.values()).backward()
    assert {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None} == {"generator"}
    # The running statistics stay, also in training mode.
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert changed(model, before) == set()


def test_a_prediction_is_that_of_the_generated_image(model):
    images, _ = images_and_samples()
    model.eval().generator.last.bias.data.fill_(0.3)
    plain = small("gda_source")
    plain.load_state_dict({name: value for name, value in model.state_dict().items() if not name.startswith("generator")})
    assert torch.allclose(model(images), plain.eval()(append_hsv((images + 0.3).clamp(0, 1))))


def test_other_features_for_the_perceptual_distance():
    net = dict(_delete_=True, type="ResNet", depth=18, stem_channels=4, base_channels=4, init_cfg=None)
    model = small("gda_like", generator=dict(channels=(4, 6)), perceptual=net)
    assert not any(p.requires_grad for p in model.perceptual.parameters())
    assert not model.train().perceptual.training
    assert model.loss(*images_and_samples())["loss_perceptual"].item() == pytest.approx(0, abs=1e-12)


def test_bad_input(model):
    with pytest.raises(
        ValueError, match="needs labelled images and unlabelled images of the target in every batch: add --unlabelled train"
    ):
        model.loss(*images_and_samples(unlabelled=()))
    with pytest.raises(ValueError, match="consistency must be 'scores' or 'images', got 'x'"):
        small("gda_like", consistency="x")
