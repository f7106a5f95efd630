# SPDX-License-Identifier: Apache-2.0
"""Embeddings in the plane by t-SNE (van der Maaten & Hinton, JMLR 2008), coloured by domain and by label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.manifold import TSNE

from flip_mm.labels import REAL as REAL_LABEL
from flip_mm.visualization.colours import MARKERS, REAL, SERIES, SPOOF
from flip_mm.visualization.figure_file import draw_title, plain_label, title_height

PERPLEXITY = 30
WIDE = 10.0
LAYERS = 20
NO_AXES = "The axes of t-SNE have no unit, and distances between groups mean nothing: compare the numbers."


def embed_in_plane(embeddings: np.ndarray, seed: int = 0) -> np.ndarray:
    """Return t-SNE coordinates (N, 2), the same for the same input.

    Args:
        embeddings: (N, d), N at least 5.
        seed: Of the optimisation.
    """
    perplexity = min(PERPLEXITY, (len(embeddings) - 1) / 3)
    return TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=1).fit_transform(embeddings)


def embedding_figure(
    points: np.ndarray, domains: Sequence[str], labels: Sequence[int], title: str, by_domain: str, by_label: str
) -> Figure:
    """Draw the points twice, coloured by domain and by label. Markers say the domain in both.

    Args:
        points: (N, 2).
        domains: (N,), such as ``'O (target)'``.
        labels: (N,).
        title: Above both.
        by_domain: Above the left one.
        by_label: Above the right one.
    """
    domains, labels = np.asarray(domains), np.asarray(labels)
    figure = Figure(figsize=(WIDE, 5.0 + title_height(title, WIDE)), layout="constrained")
    left, right = figure.subplots(1, 2)
    # Drawn in a random order and in layers: otherwise the last domain hides the others.
    order = np.random.default_rng(0).permutation(len(points))
    names = list(dict.fromkeys(domains.tolist()))
    for ax, panel in ((left, by_domain), (right, by_label)):
        for part in np.array_split(order, LAYERS):
            for number, name in enumerate(names):
                own = part[domains[part] == name]
                colours = np.where(labels[own] == REAL_LABEL, REAL, SPOOF) if ax is right else SERIES[number % len(SERIES)]
                marker = MARKERS[number % len(MARKERS)]
                ax.scatter(*points[own].T, s=14, c=colours, marker=marker, alpha=0.65, linewidths=0)
        ax.set(xticks=[], yticks=[])
        ax.set_title(panel, fontsize=8.5)

    def key(colour: str, marker: str, name: str) -> Line2D:
        return Line2D([], [], color=colour, marker=marker, linestyle="", markersize=6, label=plain_label(name))

    of_domains = [key(SERIES[n % len(SERIES)], MARKERS[n % len(MARKERS)], name) for n, name in enumerate(names)]
    left.legend(handles=of_domains, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=4, fontsize=8, frameon=False)
    of_labels = [key(REAL, "s", "real"), key(SPOOF, "s", "spoof")]
    right.legend(handles=of_labels, loc="upper center", bbox_to_anchor=(0.5, -0.01), ncols=2, fontsize=8, frameon=False)
    draw_title(figure, title)
    return figure
