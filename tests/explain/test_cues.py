# SPDX-License-Identifier: Apache-2.0
"""Classical cues."""

import numpy as np
import pytest

from flip_mm.explain.cues import classical_cues

pytest.importorskip("skimage")


def stripes(period, side=128):
    wave = 128 + 60 * np.sin(2 * np.pi * np.arange(side) / period)
    return np.repeat(np.tile(wave, (side, 1))[..., None], 3, 2).astype(np.uint8)


@pytest.mark.parametrize("period", [8, 16])
def test_stripes_are_a_peak_at_their_frequency(period):
    cues = classical_cues(stripes(period))
    row, column = np.unravel_index(cues.spectrum.argmax(), cues.spectrum.shape)
    assert (row, abs(column - 64)) == (64, 128 / period)
    assert 3 + cues.radial[3:].argmax() == 128 / period


def test_the_spectrum_of_a_rectangle_has_round_rings():
    crop = stripes(8, 128)[:64]
    cues = classical_cues(crop)
    assert cues.spectrum.shape == (64, 128)
    assert len(cues.radial) == 33
    # One cycle in 8 pixels, in steps of the shorter side.
    assert 3 + cues.radial[3:].argmax() == 8


def test_an_even_crop_has_no_cues():
    cues = classical_cues(np.full((32, 32, 3), 77, np.uint8))
    assert not cues.spectrum.any()
    assert np.abs(cues.high_pass).max() < 1e-9
    assert len(np.unique(cues.lbp[1:-1, 1:-1])) == 1


def test_the_high_pass_keeps_detail_and_removes_shading():
    shade = np.repeat(np.tile(np.linspace(50, 200, 64), (64, 1))[..., None], 3, 2).astype(np.uint8)
    assert np.abs(classical_cues(shade).high_pass[:, 10:-10]).max() < 1.5
    shade[32, 32] = 255
    assert classical_cues(shade).high_pass[32, 32] > 50


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 40, 3), (3, 3, 3)])
def test_tiny_crops_have_cues(shape):
    cues = classical_cues(np.zeros(shape, np.uint8))
    assert cues.spectrum.shape == cues.lbp.shape == shape[:2]
    assert np.isfinite(cues.radial).all()
