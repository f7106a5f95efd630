# SPDX-License-Identifier: Apache-2.0
"""ViTAF*: adapters, noise, frozen parts, orthogonality."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

from flip_mm.models import TimmTower, ViTAFTower
from flip_mm.models.backbones.adapted_block import Adapter, FeatureWiseTransform

CONFIGS = Path(__file__).parents[2] / "configs"
SMALL = dict(image_size=32, options=dict(depth=2, embed_dim=24, num_heads=2))
IMAGES = torch.arange(2 * 3 * 32 * 32).reshape(2, 3, 32, 32).sin()
SAMPLES = [DataSample().set_gt_label(label) for label in (1, 0)]


@pytest.fixture
def model():
    """model(orthogonality=1.0): the shipped ViTAF* with a small tower."""

    def build(**settings):
        torch.manual_seed(0)
        cfg = Config.fromfile(CONFIGS / "vit/vitaf.py").model
        cfg.backbone.update(pretrained=None, **SMALL)
        return MODELS.build({**cfg, **settings})

    return build


def test_an_adapter_by_hand():
    adapter = Adapter(2, 1)
    weights = [[[1.0, -1.0]], [0.5], [[2.0], [0.0]], [0.0, 3.0]]
    for parameter, value in zip(adapter.parameters(), weights, strict=True):
        parameter.data = torch.tensor(value)
    # down: 1 - 0.5 + 0.5 = 1; GELU(1) = 0.841345.
    torch.testing.assert_close(adapter(torch.tensor([1.0, 0.5])), torch.tensor([2 * 0.8413447, 3.0]))


@pytest.mark.parametrize(("doubled", "factor"), [(True, 2), (False, 1)])
def test_adapters_of_zero_output(doubled, factor):
    torch.manual_seed(0)
    plain = TimmTower(**SMALL).eval()
    tower = ViTAFTower(doubled_residual=doubled, **SMALL).eval()
    tower.load_state_dict(plain.state_dict(), strict=False)
    adapters = [part for block in tower.visual.blocks for part in (*block.attn_adapters, *block.mlp_adapters)]
    assert len(adapters) == 8
    for adapter in adapters:
        adapter.up.weight.data.zero_()
    x = torch.randn(2, 5, 24)
    for ours, block in zip(tower.visual.blocks, plain.visual.blocks, strict=True):
        wanted = x + factor * block.attn(block.norm1(x))
        wanted = wanted + factor * block.mlp(block.norm2(wanted))
        torch.testing.assert_close(ours(x), wanted)
    assert torch.allclose(tower.encode_image(IMAGES)[0], plain.encode_image(IMAGES)[0], atol=1e-6) is not doubled


def test_the_noise_is_one_draw_for_all_tokens_and_images():
    transform = FeatureWiseTransform(3, gamma=0.3, beta=0.5)
    transform.noise = lambda like: (torch.tensor([1.0, -1.0, 0.0]), torch.tensor([0.0, 2.0, 0.0]))
    x = torch.ones(2, 4, 3)
    torch.testing.assert_close(transform(x), torch.tensor([1.3, 0.7 + 1.0, 1.0]).expand(2, 4, 3))
    assert transform.eval()(x) is x
    torch.manual_seed(0)
    first = torch.randn(2, 3)
    torch.manual_seed(0)
    scale, shift = FeatureWiseTransform(3, 0.3, 0.5).noise(x)
    torch.testing.assert_close(torch.stack([scale, shift]), first, rtol=0, atol=0)


def test_what_is_trained(model):
    names = {name for name, parameter in model().named_parameters() if parameter.requires_grad}
    kinds = {name.split(".")[4] if ".blocks." in name else name.split(".")[0] for name in names}
    assert kinds == {"attn_adapters", "mlp_adapters", "transform", "head"}
    assert len(names) == 2 * (4 * 4 + 2) + 4


def test_the_orthogonality_term(model):
    torch.manual_seed(1)
    assert model().loss(IMAGES, SAMPLES).keys() == {"loss_ce"}
    built = model(orthogonality=0.5)
    losses = built.loss(IMAGES, SAMPLES)
    cosines = built.backbone.squared_cosines()
    # The residual dominates: both outputs of a pair are nearly equal.
    torch.testing.assert_close(cosines, torch.ones(4), rtol=0, atol=1e-3)
    torch.testing.assert_close(losses["loss_orthogonality"], 0.5 * cosines.sum())
    losses["loss_orthogonality"].backward()
    assert built.backbone.visual.blocks[0].attn_adapters[0].up.weight.grad.abs().sum() > 0
    with pytest.raises(ValueError, match="orthogonality=-1 must not be negative"):
        model(orthogonality=-1)


def test_another_architecture_is_refused():
    with pytest.raises(ValueError, match=r"beit_base_patch16_224.*no blocks of the plain vision transformer"):
        ViTAFTower("beit_base_patch16_224", **SMALL)


@pytest.mark.parametrize(("name", "gamma", "beta", "batch"), [("vitaf", 0.3, 0.5, 3), ("vitaf_p2", 0.1, 0.1, 8)])
def test_the_stages_have_the_same_data(name, gamma, beta, batch):
    second = Config.fromfile(CONFIGS / f"vit/{name}.py")
    first = Config.fromfile(CONFIGS / "vit" / second.previous_stage)
    assert (second.model.backbone.gamma, second.model.backbone.beta) == (gamma, beta)
    assert first.train_dataloader == second.train_dataloader
    assert (first.train_dataloader.batch_size, first.train_dataloader.dataset.run.shots) == (batch, 5)
    assert (first.train_cfg.max_iters, first.model.frozen) == (101, ["backbone"])
    assert first.optim_wrapper == second.optim_wrapper
    assert first.optim_wrapper.optimizer == dict(type="Adam", lr=1e-4, weight_decay=1e-6, fused=True)
    assert first.model.backbone.pretrained == second.model.backbone.pretrained == "orig_in21k_ft_in1k"
