# SPDX-License-Identifier: Apache-2.0
"""RfMeta and ANRL; their losses are compared with golden values in tests/golden."""

import pytest
import torch
from fixtures.depth_methods import batch, small
from mmengine.optim import OptimWrapper

from flip_mm.engine import Bf16OptimWrapper
from flip_mm.models.classifiers.anrl import mixtures
from flip_mm.models.classifiers.depth_classifier import DepthBatch
from flip_mm.models.meta_learning import call_with, inner_step

ANRL = dict(num_domains=3, embedder=dict(in_channels=18, channels=(6, 8, 10)), epoch_iters=2)


@pytest.fixture(params=["rfmeta", "anrl"])
def make(request):
    """make(**options): a small model of each method, with a fixed order of the domains."""

    def build(**options):
        torch.manual_seed(0)
        model = small(request.param, **(ANRL if request.param == "anrl" else {}), **options)
        model.domain_order = lambda count: [1, 2, 0][:count]
        return model

    build.name = request.param
    return build


def total(model, **options):
    return sum(model.loss(*batch(**options)).values())


def test_inner_step():
    x = torch.tensor(3.0, requires_grad=True, dtype=torch.float64)
    # d (0.8 x)^2 / dx = 2 * 2.4 * 0.8; without second derivatives 2 * 2.4.
    for order, gradient in ((2, 3.84), (1, 4.8)):
        fast = inner_step(x**2, {"x": x}, rate=0.1, order=order)["x"]
        assert fast.item() == pytest.approx(2.4)
        assert torch.autograd.grad(fast**2, x)[0].item() == pytest.approx(gradient)


def test_a_call_with_other_parameters_does_not_move_running_statistics():
    norm = torch.nn.BatchNorm1d(2)
    out = call_with(norm, {"weight": torch.full((2,), 2.0), "bias": norm.bias}, torch.tensor([[1.0, 2], [3, 6]]))
    assert torch.allclose(out, torch.tensor([[-2.0, -2], [2, 2]]), atol=1e-4)
    assert norm.num_batches_tracked == 0
    assert not norm.running_mean.any()


@pytest.mark.parametrize("order", [1, 2])
def test_second_derivatives(make, order):
    # A large rate, so that they matter.
    model = make(order=order, inner_rate=0.5, **({} if make.name == "rfmeta" else dict(first_order_path=True)))
    name = "embedder.fc.weight" if make.name == "rfmeta" else "backbone.stem.norm.attention.weight"
    parameter, state = model.get_parameter(name), {k: v.clone() for k, v in model.state_dict().items()}
    total(model).backward()
    gradient, values = parameter.grad.flatten()[0].item(), []
    for step in (1e-5, -1e-5):
        model.load_state_dict(state)
        parameter.data.view(-1)[0] += step
        values.append(total(model).item())
    difference = (values[0] - values[1]) / 2e-5
    assert (gradient == pytest.approx(difference, rel=1e-4)) == (order == 2)


def test_two_domains_are_enough_and_one_is_refused(make):
    model = make()
    model.domain_order = lambda count: list(range(count))
    assert total(model, domains=2).isfinite()
    with pytest.raises(ValueError, match="needs at least 2 training domains in"):
        total(model, domains=1)


def test_the_order_is_drawn_from_torchs_generator(make):
    model = make()
    del model.domain_order
    torch.manual_seed(1)
    drawn = [tuple(model.domain_order(3)) for _ in range(20)]
    torch.manual_seed(1)
    assert drawn == [tuple(model.domain_order(3)) for _ in range(20)]
    assert {order[-1] for order in drawn} == {0, 1, 2}


def test_what_the_data_lacks_is_refused(make):
    images, samples = batch()
    samples[0].set_field("adapt", "role", field_type="metainfo")
    with pytest.raises(ValueError, match=r"does not use unlabelled images of the target: remove run\.unlabelled"):
        make().loss(images, samples)
    images, samples = batch()
    for sample in samples:
        sample.set_field(torch.zeros(1, 8, 8), "depth")
    with pytest.raises(ValueError, match=r"predicts depth maps of \(4, 4\), the data has \(8, 8\): set LoadDepth's size"):
        make().loss(images, samples)


@pytest.mark.parametrize("wrapper", [OptimWrapper, Bf16OptimWrapper])
def test_a_training_lowers_the_loss(make, wrapper):
    model = make(data_preprocessor=dict(mean=[0.0] * 6, std=[1.0] * 6)).float()
    optimizer = wrapper(torch.optim.Adam(model.parameters(), lr=3e-3))
    images, samples = batch()
    data = dict(inputs=images.float() * 255, data_samples=samples)
    losses = [model.train_step(data, optimizer)["loss"].item() for _ in range(8)]
    assert min(losses[4:]) < losses[0]
    assert all(parameter.grad is None for parameter in model.parameters())


def test_rfmeta_keeps_the_statistics_of_the_last_meta_train_domain():
    model = small("rfmeta")
    model.domain_order = lambda count: [1, 2, 0]
    images, samples = batch()
    maps = model.extract_feat(images[8:12])[1].detach()
    model.loss(images, samples)
    first = model.embedder.blocks[0]
    assert torch.allclose(first.norm.running_mean, first.conv(maps).mean(dim=(0, 2, 3)))
    assert first.norm.num_batches_tracked == 2


def anrl(**options):
    torch.manual_seed(0)
    model = small("anrl", **ANRL, **options)
    model.domain_order = lambda count: [1, 2, 0]
    return model


def test_centres_are_moving_averages_that_start_again_every_epoch():
    model, seen = anrl(mixed_meta_train=False), []
    model.backbone.register_forward_hook(lambda *args: seen.append(args[2][0].mean(dim=(2, 3)).detach()))
    total(model)
    # The first pass has domain 1, two real images first.
    assert torch.allclose(model.centres[1, 1], 0.9 + 0.1 * seen[0][:2].mean(dim=0))
    assert torch.allclose(model.centres[0, 0], 0.9 + 0.1 * seen[2][2:].mean(dim=0))
    total(model)
    assert torch.allclose(model.centres[1, 1], 0.81 + 0.09 * seen[0][:2].mean(dim=0) + 0.1 * seen[3][:2].mean(dim=0))
    total(model)
    assert torch.allclose(model.centres[1, 1], 0.9 + 0.1 * seen[6][:2].mean(dim=0))


def test_anrl_resumes_exactly():
    model, resumed = anrl(), anrl()
    total(model)
    resumed.load_state_dict(model.state_dict())
    assert total(resumed).item() == total(model).item()
    assert torch.equal(resumed.centres, model.centres)


def test_the_first_order_path_reaches_the_attention_only():
    gradients = []
    for path in (False, True):
        model = anrl(first_order_path=path)
        total(model).backward()
        gradients.append({name: parameter.grad for name, parameter in model.named_parameters()})
    different = {name for name, value in gradients[0].items() if not torch.allclose(value, gradients[1][name], atol=1e-12)}
    assert different == {name for name in gradients[0] if ".attention." in name}


def test_mixtures_of_domains():
    # Domains 10 and 20, real images 1 and 2, spoof 3 and 4.
    labels = torch.tensor([1, 1, 0, 0])
    domains = [DepthBatch(torch.tensor([1, 2, 3, 4]) + add, labels, labels) for add in (10, 20)]
    mixed = mixtures(domains)
    assert [part.images.tolist() for part in mixed] == [[11, 21, 13, 23], [12, 22, 14, 24]]
    assert [part.labels.tolist() for part in mixed] == [[1, 1, 0, 0]] * 2
    with pytest.raises(ValueError, match="as many images of every domain and class"):
        mixtures([domains[0], DepthBatch(*(field[:3] for field in domains[1]))])


@pytest.mark.parametrize(
    ("options", "message"),
    [(dict(order=3), "order must be 1 .* or 2, got 3"), (dict(order=1), "order=1 needs first_order_path=True")],
)
def test_invalid_settings(options, message):
    with pytest.raises(ValueError, match=message):
        small("anrl", **ANRL, **options)
