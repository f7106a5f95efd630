# SPDX-License-Identifier: Apache-2.0
"""Losses on distributions, spectra and BatchNorm statistics, computed by hand."""

import math

import pytest
import torch
from torch import nn

from flip_mm.models.losses.batch_norm_statistics import batch_norm_statistics
from flip_mm.models.losses.rbf_mmd import rbf_mmd
from flip_mm.models.losses.spectrum import mix_spectra, phase_consistency


@pytest.mark.parametrize(
    ("x", "y", "bandwidths", "want"),
    [
        ([[0.0, 0.0]], [[3.0, 4.0]], [1.0], 2 - 2 * math.exp(-0.5)),
        ([[0.0, 0.0]], [[3.0, 4.0]], [1.0, 5.0], 2 - math.exp(-0.5) - math.exp(-0.02)),
        # Distances 2 (x), 1, 1 and 3, 1 between, 2 (y); sorted pairs 1, 1, 1, 2, 2, 3: the lower median is 1.
        (
            [[0.0], [2.0]],
            [[1.0], [3.0]],
            [1.0],
            2 * (2 + 2 * math.exp(-2)) / 4 - 2 * (3 * math.exp(-0.5) + math.exp(-4.5)) / 4,
        ),
        ([[1.0], [2.0]], [[2.0], [1.0]], [1.0], 0.0),
        ([[1.0]], [[1.0]], [1.0], 0.0),
    ],
)
def test_mmd(x, y, bandwidths, want):
    x, y = (torch.tensor(values, dtype=torch.float64, requires_grad=True) for values in (x, y))
    value = rbf_mmd(x, y, bandwidths)
    assert value.item() == pytest.approx(want, abs=1e-12)
    value.backward()
    assert x.grad.isfinite().all()


def test_mixed_spectra_have_the_phases_of_the_first_and_both_amplitudes():
    x, other = torch.rand(2, 2, 3, 8, 6, dtype=torch.float64)
    mixed = mix_spectra(x, other, torch.tensor([0.0, 0.25]))
    assert torch.allclose(mixed[0], x[0])
    first, second, got = (torch.fft.fft2(images[1]) for images in (x, other, mixed))
    assert torch.allclose(got.abs(), 0.75 * first.abs() + 0.25 * second.abs())
    assert torch.allclose(got / got.abs(), first / first.abs())


def test_phase_consistency():
    x = torch.rand(2, 3, 4, 4, dtype=torch.float64)
    assert phase_consistency(x, x).item() == pytest.approx(-1, abs=1e-6)
    assert phase_consistency(x, -x).item() == pytest.approx(1, abs=1e-6)
    # A shift by one of four pixels turns the phase of frequency k by k / 4 of a circle: cosines 1, 0, -1, 0.
    assert phase_consistency(x, x.roll(1, dims=3)).item() == pytest.approx(0, abs=1e-6)
    flat = torch.full((1, 1, 4, 4), 0.5, dtype=torch.float64, requires_grad=True)
    phase_consistency(flat, torch.rand(1, 1, 4, 4, dtype=torch.float64)).backward()
    assert flat.grad.isfinite().all()


def test_batch_norm_statistics():
    first, second = nn.BatchNorm2d(2), nn.BatchNorm2d(2)
    net = nn.Sequential(first, nn.Identity(), second).double().eval()
    first.eps = second.eps = 0.0
    # Channel means 2 and 5, variances 2 and 8.
    x = torch.tensor([[1.0, 3.0], [3.0, 7.0]], dtype=torch.float64)[:, :, None, None]
    first.running_mean.copy_(torch.tensor([2.0, 5.0]))
    first.running_var.copy_(torch.tensor([2.0, 8.0]))
    second.running_mean.copy_(torch.tensor([3.0, 4.0]))
    second.running_var.fill_(1.0)
    with batch_norm_statistics(net) as distances:
        net(x)
    # The second layer gets (x - mean) / std: mean 0 and variance 1 in each channel.
    assert [round(value.item(), 12) for value in distances] == [0.0, 5.0]
    net(x)
    assert len(distances) == 2
