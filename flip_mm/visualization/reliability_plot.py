# SPDX-License-Identifier: Apache-2.0
"""Plot how well scores are calibrated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from flip_mm.evaluation.calibration import ReliabilityBin

from .colours import GREY, REAL, SPOOF


def reliability_figure(series: Mapping[str, Sequence[ReliabilityBin]]) -> Figure:
    """Draw the share of real samples against the score, with 95 % Wilson intervals, and the number of samples below.

    Args:
        series: Label -> bins. One or two, such as before and after a calibration.
    """
    figure = Figure(figsize=(5.4, 5.4), layout="constrained")
    ax, counts = figure.subplots(2, 1, height_ratios=(4, 1), sharex=True)
    ax.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=":", label="perfectly calibrated")
    for (label, bins), colour, marker in zip(series.items(), (REAL, SPOOF), "os", strict=False):
        score, share = (np.array([getattr(own, name) for own in bins]) for name in ("score", "share"))
        low, high = np.array([own.interval for own in bins]).T
        # An interval of 0 of n reaches from 0, but rounding must not give a negative length.
        lengths = np.maximum([share - low, high - share], 0)
        ax.errorbar(score, share, lengths, fmt=f"{marker}-", color=colour, markersize=5, linewidth=1, capsize=2, label=label)
        edges = [own.low for own in bins], [own.high - own.low for own in bins]
        counts.bar(*edges[:1], [own.total for own in bins], edges[1], align="edge", color=colour, alpha=0.5)
    ax.set(xlim=(0, 1), ylim=(-0.02, 1.02), ylabel="share of real samples")
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.grid(alpha=0.25)
    ax.legend(loc="upper left", frameon=False, fontsize=9)
    counts.set(xlabel="probability of being real, as the model says", ylabel="samples")
    counts.grid(alpha=0.25)
    return figure
