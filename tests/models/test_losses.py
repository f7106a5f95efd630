# SPDX-License-Identifier: Apache-2.0
import copy
import math

import numpy as np
import pytest
import torch
from mmpretrain.registry import MODELS
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from flip_mm.models.losses import nt_xent, view_consistency


def slow_nt_xent(a, b, temperature):
    """The paper's equation as a loop over rows, in float64."""
    rows = np.concatenate([a, b]).astype(float)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    n, total = len(a), 0.0
    for i in range(2 * n):
        similarity = [math.exp(rows[i] @ rows[k] / temperature) for k in range(2 * n)]
        total -= math.log(similarity[(i + n) % (2 * n)] / (sum(similarity) - similarity[i]))
    return total / (2 * n)


@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0])
def test_nt_xent_equals_the_equation(temperature):
    a, b = torch.randn(2, 5, 7)
    assert nt_xent(a, b, temperature).item() == pytest.approx(slow_nt_xent(a.numpy(), b.numpy(), temperature), rel=1e-5)


def test_nt_xent_known_value_for_orthogonal_pairs():
    a = torch.eye(4)
    expected = math.log(math.exp(10) + 6) - 10
    assert nt_xent(a, a, 0.1).item() == pytest.approx(expected, abs=1e-6)


def test_nt_xent_ignores_length_order_and_which_view_is_first():
    a, b = torch.randn(2, 6, 4)
    order = torch.randperm(6)
    want = nt_xent(a, b)
    for got in (nt_xent(3 * a, 0.1 * b), nt_xent(b, a), nt_xent(a[order], b[order])):
        torch.testing.assert_close(got, want)


def test_nt_xent_gradient_by_finite_differences():
    a, b = torch.randn(2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x, y: nt_xent(x, y, 0.5), (a, b))


def test_nt_xent_keeps_its_precision_under_autocast():
    a, b = torch.randn(2, 6, 4)
    with torch.autocast("cpu", torch.bfloat16):
        torch.testing.assert_close(nt_xent(a, b), nt_xent(a.double(), b.double()).float())
        assert nt_xent(a.bfloat16(), b.bfloat16()).dtype == torch.float32


def test_simclr_loss_weight_and_temperature():
    a, b = torch.randn(2, 4, 4)
    loss = MODELS.build(dict(type="SimCLRLoss", temperature=0.3, loss_weight=0.25))
    torch.testing.assert_close(loss(a, b), 0.25 * nt_xent(a, b, 0.3))


def test_simclr_refuses_invalid_inputs():
    with pytest.raises(ValueError, match="at least two images"):
        nt_xent(torch.ones(1, 4), torch.ones(1, 4))
    with pytest.raises(ValueError, match="one shape"):
        nt_xent(torch.ones(2, 4), torch.ones(2, 5))
    with pytest.raises(ValueError, match="temperature must be above 0"):
        MODELS.build(dict(type="SimCLRLoss", temperature=0.0))


@pytest.mark.parametrize("world", [1, 2, 4])
def test_nt_xent_on_several_processes_equals_the_total_batch(processes, world):
    x, y = torch.randn(2, 8, 5, dtype=torch.float64)
    project = nn.Linear(5, 3, dtype=torch.float64)
    views = project(x), project(y)
    joined = nt_xent(*views, 0.3)
    embedding_gradients = torch.cat(torch.autograd.grad(joined, views, retain_graph=True))
    joined.backward()

    def step(rank):
        a, b = x.chunk(world)[rank], y.chunk(world)[rank]
        model = DistributedDataParallel(copy.deepcopy(project))
        model.zero_grad()
        own = [project(view).detach().requires_grad_() for view in (a, b)]
        gradients = torch.autograd.grad(nt_xent(*own, 0.3), own)
        loss = nt_xent(*model(torch.cat([a, b])).chunk(2), 0.3)
        loss.backward()
        return loss.detach(), gradients, model.module.weight.grad

    losses, gradients, weights = zip(*processes(world, step), strict=True)
    torch.testing.assert_close(torch.stack(losses).mean(), joined.detach(), rtol=1e-12, atol=0)
    for weight in weights:
        torch.testing.assert_close(weight, project.weight.grad, rtol=1e-9, atol=1e-12)
    by_view = torch.cat([torch.cat([own[view] for own in gradients]) for view in (0, 1)]) / world
    torch.testing.assert_close(by_view, embedding_gradients, rtol=1e-9, atol=1e-12)


def test_nt_xent_needs_equal_numbers_of_images_per_process(processes):
    x, y = torch.randn(2, 3, 4)

    def uneven(rank):
        with pytest.raises(ValueError, match=r"shapes, \[\(2, 1, 4\), \(2, 2, 4\)\]: give each the same number of images"):
            nt_xent(x[: rank + 1], y[: rank + 1])
        return nt_xent(x[rank : rank + 1], y[rank : rank + 1])

    torch.testing.assert_close(sum(processes(2, uneven)) / 2, nt_xent(x[:2], y[:2]))


def test_view_consistency_equals_the_equation():
    x1, x2, z1, z2 = torch.randn(4, 5, 6)

    def cosine(a, b):
        return float(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))

    arrays = [t.numpy() for t in (x1, z1, x2, z2)]
    rows = [(cosine(*row[:2]) - cosine(*row[2:])) ** 2 for row in zip(*arrays, strict=True)]
    assert view_consistency(x1, x2, z1, z2).item() == pytest.approx(np.mean(rows), rel=1e-5)


def test_view_consistency_is_zero_for_equal_views_and_four_at_worst():
    x, z = torch.randn(2, 5, 6)
    assert view_consistency(x, 2 * x, z, 3 * z).item() == pytest.approx(0, abs=1e-12)
    assert view_consistency(z, -z, z, z).item() == pytest.approx(4, rel=1e-5)


def test_view_consistency_gradient_by_finite_differences():
    inputs = torch.randn(4, 3, 4, dtype=torch.float64, requires_grad=True).unbind()
    assert torch.autograd.gradcheck(view_consistency, inputs)


def test_view_consistency_keeps_its_precision_under_autocast():
    tensors = torch.randn(4, 6, 4).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        assert view_consistency(*tensors).item() == pytest.approx(view_consistency(*tensors.double()).item(), rel=1e-5)


def test_view_consistency_weight_and_shapes():
    x = torch.randn(4, 5, 6)
    loss = MODELS.build(dict(type="ViewConsistencyLoss", loss_weight=5.0))
    torch.testing.assert_close(loss(*x), 5 * view_consistency(*x))
    with pytest.raises(ValueError, match="one shape"):
        view_consistency(x[0], x[1], x[2], x[3][:2])


@pytest.mark.parametrize("name", ["SimCLRLoss", "ViewConsistencyLoss"])
def test_unknown_key_is_an_error(name):
    with pytest.raises(TypeError, match="wieght"):
        MODELS.build(dict(type=name, wieght=1.0))
