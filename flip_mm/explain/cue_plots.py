# SPDX-License-Identifier: Apache-2.0
"""Draw classical cues."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from flip_mm.visualization.colours import GREY


def plot_lbp(lbp: np.ndarray, ax: Axes) -> None:
    """Draw local binary patterns (h, w) in 0..9."""
    _image(ax, lbp, "pattern", cmap="cividis", vmin=0, vmax=9)


def plot_spectrum(spectrum: np.ndarray, ax: Axes) -> None:
    """Draw the logarithm of a spectrum (h, w); the darkest 1 % and the brightest 0.1 % are clipped."""
    _image(
        ax,
        spectrum,
        "log10 of the magnitude",
        cmap="cividis",
        vmin=np.percentile(spectrum, 1),
        vmax=np.percentile(spectrum, 99.9),
    )


def plot_radial(radial: np.ndarray, ax: Axes) -> None:
    """Draw the mean of a spectrum over rings."""
    ax.plot(np.linspace(0, 0.5, len(radial)), radial, color=GREY, linewidth=1.5)
    ax.set(xlim=(0, 0.5), ylim=(0, None))
    ax.set_xlabel("cycles per pixel", fontsize=8)
    ax.set_ylabel("log10 of the magnitude", fontsize=8)
    ax.tick_params(labelsize=8)
    ax.grid(alpha=0.25)


def plot_high_pass(high_pass: np.ndarray, ax: Axes) -> None:
    """Draw fine detail (h, w) in grey levels; grey is none."""
    most = max(float(np.percentile(np.abs(high_pass), 99.5)), 1.0)
    _image(ax, high_pass, "grey levels", cmap="gray", vmin=-most, vmax=most)


def _image(ax: Axes, values: np.ndarray, label: str, **options: object) -> None:
    shown = ax.imshow(values, **options)
    ax.set_xticks([])
    ax.set_yticks([])
    bar = ax.figure.colorbar(shown, cax=ax.inset_axes((1.03, 0, 0.04, 1)))
    bar.set_label(label, fontsize=7)
    bar.ax.tick_params(labelsize=7)
