# SPDX-License-Identifier: Apache-2.0
"""Classical cues of a face as pictures. They show what a person may look for; no model uses them here."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

# Standard deviation of the blur that the high-pass subtracts, in pixels.
BLUR = 2.0


@dataclass(frozen=True)
class Cues:
    """Cues of a crop with h x w pixels.

    Attributes:
        lbp: (h, w) in 0..9: uniform local binary patterns of 8 neighbours (Ojala et al., 2002); 9 are all others.
        spectrum: (h, w) float: log10 of the magnitude of the Fourier transform; frequency 0 in the middle.
        radial: (r,) float: mean of ``spectrum`` over rings of a width of 1, from frequency 0 to half a cycle per pixel.
        high_pass: (h, w) float: grey levels minus their blurred copy.
    """

    lbp: np.ndarray
    spectrum: np.ndarray
    radial: np.ndarray
    high_pass: np.ndarray


def classical_cues(crop: np.ndarray) -> Cues:
    """Compute the cues.

    Args:
        crop: (h, w, 3) uint8 RGB, at the resolution of the picture: resizing removes what the cues show.

    Raises:
        ImportError: scikit-image is not installed.
    """
    try:
        from skimage.feature import local_binary_pattern
    except ImportError as error:
        raise ImportError('The classical cues need scikit-image: pip install "flip_mm[prepare]"') from error
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    levels = grey.astype(np.float64)
    spectrum = _spectrum(levels)
    return Cues(
        local_binary_pattern(grey, 8, 1, "uniform"),
        spectrum,
        _ring_means(spectrum),
        levels - cv2.GaussianBlur(levels, (0, 0), BLUR),
    )


def _spectrum(levels: np.ndarray) -> np.ndarray:
    # Without a window, the difference between opposite edges would draw a bright cross.
    window = np.outer(*(np.hanning(side + 2)[1:-1] for side in levels.shape))
    return np.log10(1 + np.abs(np.fft.fftshift(np.fft.fft2((levels - levels.mean()) * window))))


def _ring_means(spectrum: np.ndarray) -> np.ndarray:
    height, width = spectrum.shape
    y, x = np.ogrid[:height, :width]
    # In units of the shorter side's frequency step, so that the rings are round in cycles per pixel.
    side = min(height, width)
    ring = np.hypot((y - height // 2) * side / height, (x - width // 2) * side / width).astype(int)
    inside = ring <= side // 2
    return np.bincount(ring[inside], spectrum[inside]) / np.maximum(np.bincount(ring[inside]), 1)
