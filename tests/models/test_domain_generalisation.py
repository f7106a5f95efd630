# SPDX-License-Identifier: Apache-2.0
"""SSDG and SSAN: their losses, statistics and errors; exact resume. Whole steps are in tests/golden."""

import itertools
from pathlib import Path

import pytest
import torch
from fixtures.comparison import equal
from mmengine.config import Config
from mmpretrain.registry import MODELS
from torch import nn

from flip_mm.golden.training import samples
from flip_mm.models.batch_norm import counted_twice
from flip_mm.models.losses import batch_all_triplet
from flip_mm.models.necks import ResidualStage

CONFIGS = Path(__file__).parents[2] / "configs"


def small(name, **options):
    """The model of a demo config, for three domains."""
    cfg = Config.fromfile(CONFIGS / name, import_custom_modules=False).model
    return MODELS.build(cfg | dict(num_domains=3) | options)


def triplets_in_a_loop(points, labels, margin=0.1):
    distance = lambda i, j: (points[i] - points[j]).norm()  # noqa: E731
    values = [
        distance(i, j) - distance(i, k) + margin
        for i, j, k in itertools.permutations(range(len(labels)), 3)
        if labels[i] == labels[j] != labels[k]
    ]
    active = [value for value in values if value > 0]
    return sum(active) / max(len(active), 1)


@pytest.mark.parametrize("labels", [[0, 0, 1, 1, 2], [0, 0, 0, 1, 2], [0, 0, 0, 0, 0], [0, 1, 2, 3, 4]])
def test_triplets_equal_a_loop(labels):
    points = torch.randn(5, 3, generator=torch.Generator().manual_seed(0), dtype=torch.double)
    assert float(batch_all_triplet(points, torch.tensor(labels))) == pytest.approx(float(triplets_in_a_loop(points, labels)))


def test_equal_images_have_a_finite_gradient():
    points = torch.ones(4, 2, requires_grad=True)
    loss = batch_all_triplet(points, torch.tensor([0, 0, 1, 1]))
    loss.backward()
    assert loss.item() == pytest.approx(0.1)
    assert points.grad.abs().max() == 0


def test_only_attacks_are_separated_by_domain():
    label, domain = torch.tensor([1, 1, 0, 0, 0]), torch.tensor([0, 2, 0, 1, 1])
    assert small("ssdg/ssdg_r_demo.py").clusters(label, domain).tolist() == [0, 0, 1, 2, 2]


def test_the_discriminator_of_ssdg_sees_real_faces_only():
    model = small("ssdg/ssdg_r_demo.py")
    seen = []
    model.discriminator.register_forward_hook(lambda _, inputs, output: seen.append(len(inputs[0])))
    model.loss(torch.randn(6, 3, 32, 32), samples([1, 0, 1, 0, 0, 0], [0, 0, 1, 1, 2, 2]))
    assert seen == [2]
    assert model.discriminator.reversal.count == 1


def test_the_fourth_stage_of_ssdg_has_the_initial_weights_of_torchvision():
    cfg = Config.fromfile(CONFIGS / "ssdg/ssdg_r.py", import_custom_modules=False).model
    cfg.backbone.init_cfg = None
    model = MODELS.build(cfg | dict(num_domains=3))
    assert not hasattr(model.backbone, "layer4")
    torch.manual_seed(0)
    model.neck.init_weights()
    block = model.neck.layer4[1]
    assert float(block.conv1.weight.detach().std()) == pytest.approx((2 / (9 * 512)) ** 0.5, rel=0.01)
    assert block.bn2.weight.unique().tolist() == [1.0]


def test_the_fourth_stage_takes_weights_of_a_resnet(tmp_path):
    resnet = MODELS.build(dict(type="ResNet", depth=18, base_channels=4))
    path = tmp_path / "resnet.pth"
    torch.save({f"backbone.{key}": value for key, value in resnet.state_dict().items()}, path)
    stage = ResidualStage(16, 32, init_cfg=dict(type="Pretrained", checkpoint=str(path), prefix="backbone"))
    stage.init_weights()
    assert equal(stage.layer4.state_dict(), resnet.layer4.state_dict())


def test_statistics_of_one_pass_that_counts_twice():
    torch.manual_seed(0)
    one, two, frozen = (nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)) for _ in range(3))
    two.load_state_dict(one.state_dict())
    frozen[1].eval()
    before = {key: value.clone() for key, value in frozen.state_dict().items()}
    x = torch.randn(2, 3, 8, 8)
    with counted_twice(one, frozen):
        one(x), frozen(x)
    two(x), two(x)
    assert one[1].momentum == 0.1
    assert all(torch.allclose(value, two.state_dict()[key]) for key, value in one.state_dict().items())
    assert one[1].num_batches_tracked == 2
    assert equal(before, dict(frozen.state_dict()))


@pytest.mark.parametrize(("grl", "sign"), [(False, 1), (True, -1)])
def test_ssan_reverses_only_if_asked(grl, sign):
    model = small("ssan/ssan_r_demo.py", grl=grl, reversal_iters=1).eval()
    model.train()
    model.discriminator.dropout.p = 0.0
    x, own = torch.randn(4, 3, 64, 64), samples([0, 1, 0, 1], [0, 1, 2, 0])
    losses = model.loss(x, own, order=torch.arange(4))
    assert losses["loss_contrast"].item() == pytest.approx(-1)
    weight = model.backbone.conv1.weight
    (gradient,) = torch.autograd.grad(losses["loss_adv"], weight, retain_graph=True)
    feature = model.neck.content(model.backbone(x)).mean(dim=(2, 3))
    plain = model.discriminator.fc2(model.discriminator.fc1(feature).relu())
    loss = nn.functional.cross_entropy(plain, torch.tensor([0, 1, 2, 0]))
    (straight,) = torch.autograd.grad(loss, weight)
    # The coefficient of the reversal is 1 after its only iteration, up to 1e-4.
    assert torch.allclose(gradient, sign * straight, rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("name", ["ssdg/ssdg_r_demo.py", "ssan/ssan_r_demo.py"])
@pytest.mark.parametrize(("domains", "problem"), [(None, " is missing"), (1, "=1 must be at least 2: train on more domains")])
def test_one_domain_is_refused(name, domains, problem):
    with pytest.raises(ValueError, match=f"model.num_domains{problem}"):
        small(name, num_domains=domains)


@pytest.mark.parametrize("name", ["ssdg/ssdg_r_demo.py", "ssan/ssan_r_demo.py"])
def test_resumes_exactly(run_tool, shrunk, shared_mcio, tmp_path, name):
    cfg = shrunk(CONFIGS / name)
    if "ssan" in name:
        cfg.model.grl = True
    cfg.train_cfg.update(max_iters=2, val_interval=2)
    cfg.default_hooks.checkpoint.interval = 1
    config = tmp_path / "config.json"
    cfg.dump(config)
    common = (config, "--target", "O", "--data-root", shared_mcio, "--no-validate")
    run_tool("train.py", *common, "--work-dir", tmp_path / "work")
    run_tool("train.py", *common, "--work-dir", tmp_path / "again", "--resume", tmp_path / "work/iter_1.pth")
    first, last, again = (
        torch.load(tmp_path / path, weights_only=False)["state_dict"]
        for path in ("work/iter_1.pth", "work/iter_2.pth", "again/iter_2.pth")
    )
    assert equal(last, again)
    assert not equal(first, last)
    assert last["discriminator.reversal.count"] == 2
