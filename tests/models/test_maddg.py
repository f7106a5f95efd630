# SPDX-License-Identifier: Apache-2.0
"""MADDG; its losses are compared with golden values in tests/golden."""

import pytest
import torch
from fixtures.configs import CONFIGS
from fixtures.depth_methods import NARROW, batch
from mmengine.config import Config
from mmpretrain.registry import MODELS

from flip_mm.engine import MultiOptimWrapperConstructor
from flip_mm.models.losses import cross_domain_triplets, hard_triplets

EMBEDDER = dict(in_channels=6, channels=(6, 8, 10), hidden=4)


def build(stem="maddg", **changes):
    cfg = Config.fromfile(CONFIGS / f"_base_/models/{stem}.py")
    parts = dict(NARROW, embedder=EMBEDDER)
    cfg.merge_from_dict(dict(model={**{name: part for name, part in parts.items() if name in cfg.model}, **changes}))
    torch.manual_seed(0)
    return MODELS.build(cfg.model).train()


def data():
    images, samples = batch()
    return dict(inputs=images.float() * 255, data_samples=samples)


def optimizers(model, **changes):
    cfg = Config.fromfile(CONFIGS / "_base_/schedules/maddg_30k.py").optim_wrapper
    del cfg["constructor"]
    return MultiOptimWrapperConstructor({**cfg, **changes})(model)


@pytest.fixture
def model():
    # Maps of 4 x 4 have room for one convolution of stride 2.
    return build(num_domains=3, critic_channels=(4,))


def test_hardest_triplets():
    x, labels = torch.tensor([[0.0], [1.0], [3.0]]), torch.tensor([0, 1, 0])
    # 3 - 1, 0 - 1 and 3 - 2, each with the margin; the distance to itself is 1e-6.
    assert hard_triplets(x, labels, margin=0.5).item() == pytest.approx((2.5 + 0 + 1.5) / 3)
    assert hard_triplets(x, labels, margin=2.0).item() == pytest.approx((4 + 1 + 3) / 3)
    with pytest.raises(ValueError, match="both classes of every domain"):
        hard_triplets(x, torch.zeros(3), margin=0.5)


def test_pairs_of_domains():
    angles = torch.rand(12, generator=torch.Generator().manual_seed(0)) * 6
    x, labels, domains = torch.stack([angles.cos(), angles.sin()], 1), torch.tensor([1, 1, 0, 0] * 3), torch.arange(12) // 4
    want = sum(hard_triplets(x[domains != k], labels[domains != k], 0.5) for k in range(3))
    want = want + 0.1 * sum(hard_triplets(x[domains == k], labels[domains == k], 0.1) for k in range(3))
    assert torch.allclose(cross_domain_triplets(5 * x, labels, domains), want)


def test_a_step_of_three_optimizers(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    terms = model.train_step(data(), optimizers(model))
    names = {"loss_depth", "loss_triplet", "loss_cls", "loss_adversarial", *(f"loss_critic_{k}" for k in range(3))}
    assert terms.keys() == names | {"loss"}
    assert all(parameter.grad is None for parameter in model.parameters())
    changed = {name.split(".")[0] for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"backbone", "depth_estimator", "embedder", "critics"}
    # Once for the depth, once for the generator; critics for the generator, for real and generated maps.
    counts = [model.backbone.stem.norm.num_batches_tracked, model.critics[0][1].num_batches_tracked]
    assert [int(count) for count in counts] == [2, 3]


def test_critics_compare_with_the_encoder_of_their_source(model):
    real, seen = [], []
    for encoder, critic in zip(model.source_encoders, model.critics, strict=True):
        encoder.register_forward_hook(lambda _, __, outputs: real.append(outputs[1]))
        critic.register_forward_hook(lambda _, inputs, __: seen.append(inputs[0]))
    assert not any(part.training for part in model.source_encoders.modules())
    images, samples = data().values()
    maps = torch.rand(12, 6, 4, 4)
    model.critic_losses(images / 255, samples, maps)
    for number in range(3):
        assert torch.equal(seen[2 * number], torch.cat([real[number]] * 3))
        assert torch.equal(seen[2 * number + 1], maps)


def test_the_first_stage_trains_one_encoder_of_each_source():
    first = build("maddg_extractors", num_domains=3)
    images, samples = data().values()
    terms = first.loss(images / 255, samples)
    terms["loss_depth_1"].backward()
    assert {name.split(".")[1] for name, p in first.named_parameters() if p.grad is not None} == {"1"}
    scores = torch.stack([sample.pred_score for sample in first.eval().predict(images / 255, samples)])
    assert torch.allclose(scores.sum(dim=1), torch.ones(12))
    second = build(num_domains=3, critic_channels=(4,)).state_dict()
    encoders = {name for name in second if name.startswith("source_encoders.")}
    assert encoders == {name for name in first.state_dict() if name.startswith("source_encoders.")}


def test_invalid_settings(model):
    with pytest.raises(ValueError, match=r"model\.num_domains is missing"):
        build(num_domains=None)
    with pytest.raises(ValueError, match="accumulative_counts: backbone has several optimizers"):
        optimizers(model, accumulative_counts=2)
