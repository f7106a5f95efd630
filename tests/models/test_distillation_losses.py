# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
import torch
from mmpretrain.registry import MODELS

from flip_mm.models.losses import distill_embeddings, distill_logits


def softmax(logits):
    exponents = np.exp(logits - logits.max(1, keepdims=True))
    return exponents / exponents.sum(1, keepdims=True)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_logits_equal_the_equation(temperature):
    student, teacher = 5 * torch.randn(2, 6, 2)
    p, q = (softmax(logits.double().numpy() / temperature) for logits in (teacher, student))
    want = temperature**2 * np.mean(np.sum(p * (np.log(p) - np.log(q)), axis=1))
    assert distill_logits(student, teacher, temperature).item() == pytest.approx(want, rel=1e-5)


def test_logits_count_up_to_a_constant():
    student, teacher = torch.randn(2, 6, 2)
    assert distill_logits(teacher + 3, teacher).item() == pytest.approx(0, abs=1e-6)
    torch.testing.assert_close(distill_logits(student - 2, teacher + 1), distill_logits(student, teacher))


def test_the_gradient_of_logits_does_not_depend_on_a_large_temperature():
    teacher = torch.randn(6, 2, dtype=torch.float64)
    student = torch.zeros(6, 2, dtype=torch.float64, requires_grad=True)
    gradients = [torch.autograd.grad(distill_logits(student, teacher, t), student)[0] for t in (100.0, 200.0)]
    torch.testing.assert_close(*gradients, rtol=1e-2, atol=1e-4)


def test_embeddings_equal_the_equation():
    student, teacher = torch.randn(2, 3, 4, 7)
    a, b = (x.double().numpy() / np.linalg.norm(x.double().numpy(), axis=-1, keepdims=True) for x in (student, teacher))
    want = np.mean(1 - np.sum(a * b, axis=-1))
    assert distill_embeddings(student, teacher).item() == pytest.approx(want, rel=1e-5)
    assert 0.5 * np.mean(np.sum((a - b) ** 2, axis=-1)) == pytest.approx(want, rel=1e-9)
    torch.testing.assert_close(distill_embeddings(0.1 * student, 9 * teacher), distill_embeddings(student, teacher))


@pytest.mark.parametrize(("loss", "shape"), [(lambda x, y: distill_logits(x, y, 2.0), (4, 2)), (distill_embeddings, (2, 4, 3))])
def test_gradients_by_finite_differences(loss, shape):
    student, teacher = torch.randn(2, *shape, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda x: loss(x, teacher), student.requires_grad_())


@pytest.mark.parametrize("loss", [distill_logits, distill_embeddings])
def test_half_precision(loss):
    student, teacher = torch.randn(2, 6, 2).bfloat16()
    with torch.autocast("cpu", torch.bfloat16):
        found = loss(student, teacher)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, loss(student.double(), teacher.double()).float())


def test_weights_and_temperature_of_the_terms():
    student, teacher = torch.randn(2, 6, 2)
    logits = MODELS.build(dict(type="LogitDistillationLoss", temperature=2.0, loss_weight=0.5))
    torch.testing.assert_close(logits(student, teacher), 0.5 * distill_logits(student, teacher, 2.0))
    embeddings = MODELS.build(dict(type="EmbeddingDistillationLoss", loss_weight=3.0))
    torch.testing.assert_close(embeddings(student, teacher), 3.0 * distill_embeddings(student, teacher))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: distill_logits(torch.zeros(2, 2), torch.zeros(3, 2)), r"one shape, got \(2, 2\) and \(3, 2\)"),
        (lambda: distill_embeddings(torch.zeros(2, 2), torch.zeros(2, 3)), r"one shape, got \(2, 2\) and \(2, 3\)"),
        (lambda: MODELS.build(dict(type="LogitDistillationLoss", temperature=0)), "temperature must be above 0, got 0"),
        (lambda: MODELS.build(dict(type="EmbeddingDistillationLoss", num_views=0)), "num_views must be at least 1, got 0"),
    ],
)
def test_bad_arguments(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
