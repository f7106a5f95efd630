# SPDX-License-Identifier: Apache-2.0
"""Fourier spectra of images: amplitudes carry most of the style, phases most of the content."""

from __future__ import annotations

import torch
from torch import Tensor


def mix_spectra(x: Tensor, other: Tensor, share: Tensor) -> Tensor:
    r"""Return the images with the phases of ``x`` and mixed amplitudes :math:`(1 - l) |F x| + l |F other|`.

    Args:
        x: (N, C, H, W).
        other: (N, C, H, W).
        share: :math:`l`, (N,), in 0..1.

    Example:
        >>> x = torch.rand(1, 3, 4, 4)
        >>> torch.allclose(mix_spectra(x, 3 * x, torch.tensor([0.5])), 2 * x, atol=1e-5)  # equal phases
        True
    """
    spectrum = torch.fft.rfft2(x)
    share = share[:, None, None, None]
    amplitude = (1 - share) * spectrum.abs() + share * torch.fft.rfft2(other).abs()
    return torch.fft.irfft2(torch.polar(amplitude, spectrum.angle()), s=x.shape[-2:])


def phase_consistency(x: Tensor, y: Tensor, eps: float = 1e-8) -> Tensor:
    r"""Return minus the mean cosine of the difference of the phases, over images, channels and frequencies.

    This is the negative inner product of the spectra of amplitude 1: -1 for equal phases, 1 for opposite ones. The gradient of
    a phase grows as its amplitude vanishes; frequencies with a product of amplitudes below ``eps`` hardly count.

    Args:
        x: (N, C, H, W).
        y: (N, C, H, W).
        eps: Smallest product of two amplitudes.

    Example:
        >>> x = torch.rand(2, 3, 4, 4)
        >>> round(phase_consistency(x, 2 * x).item(), 4), round(phase_consistency(x, -x).item(), 4)
        (-1.0, 1.0)
    """
    first, second = torch.fft.fft2(x), torch.fft.fft2(y)
    inner = first.real * second.real + first.imag * second.imag
    # The root of a sum: abs() of a complex 0 has no gradient.
    product = (first.abs().square() * second.abs().square() + eps**2).sqrt()
    return -(inner / product).mean()
