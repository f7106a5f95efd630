# SPDX-License-Identifier: Apache-2.0
"""Divide training images into pseudo-domains by their features (D2AM, AAAI 2021)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans

from flip_mm.labels import REAL, SPOOF

PAIRINGS = ("hungarian", "size")


def pseudo_domains(
    features: np.ndarray,
    labels: np.ndarray,
    count: int,
    previous: np.ndarray | None = None,
    pairing: str = "hungarian",
    seed: int = 0,
) -> np.ndarray:
    """Cluster real and spoof images separately with K-means, and pair their clusters to domains.

    Args:
        features: (N, d), not scaled here.
        labels: (N,): 1 real, 0 spoof.
        count: Number of domains.
        previous: (N,), the domains of the last time: the new ones are numbered so that most images keep their number.
        pairing: ``'hungarian'``: the smallest sum of distances between the centres of paired clusters; ``'size'``: the largest
            with the largest, and so on.
        seed: Seed of K-means.

    Returns:
        (N,) int64, the domain of each image, 0..count - 1.

    Raises:
        ValueError: ``pairing`` is none of these, or a class has fewer different features than domains.

    Example:
        >>> x = np.array([[0.0], [9.0], [10.0], [1.0]])
        >>> first = pseudo_domains(x, np.array([1, 1, 0, 0]), 2)
        >>> bool(first[0] == first[3] != first[1] == first[2])
        True
    """
    if pairing not in PAIRINGS:
        raise ValueError(f"pairing must be one of {', '.join(map(repr, PAIRINGS))}, got {pairing!r}.")
    real, spoof = (labels == label for label in (REAL, SPOOF))
    for name, chosen in (("real", real), ("spoof", spoof)):
        if len(np.unique(features[chosen], axis=0)) < count:
            raise ValueError(
                f"There are fewer than {count} different {name} images, too few for {count} pseudo-domains: use more data or "
                "fewer pseudo-domains."
            )
    domains = np.zeros(len(labels), np.int64)
    domains[real], real_centres = _cluster(features[real], count, seed)
    clusters, spoof_centres = _cluster(features[spoof], count, seed)
    if pairing == "hungarian":
        _, of_real = linear_sum_assignment(cdist(real_centres, spoof_centres))
    else:
        by_size = [np.argsort(-np.bincount(own, minlength=count), kind="stable") for own in (domains[real], clusters)]
        of_real = by_size[1][np.argsort(by_size[0])]
    # `of_real` is the spoof cluster of each real one, its inverse the domain of each spoof cluster.
    domains[spoof] = np.argsort(of_real)[clusters]
    return domains if previous is None else renumber(domains, previous, count)


def renumber(domains: np.ndarray, previous: np.ndarray, count: int) -> np.ndarray:
    """Number domains (N,) so that most images have the number of ``previous`` (N,).

    Example:
        >>> renumber(np.array([0, 0, 1, 1, 1]), np.array([1, 1, 0, 0, 1]), 2).tolist()
        [1, 1, 0, 0, 0]
    """
    overlap = np.zeros((count, count), np.int64)
    np.add.at(overlap, (domains, previous), 1)
    return linear_sum_assignment(overlap, maximize=True)[1][domains]


def _cluster(features: np.ndarray, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Cluster of each row, and the centres."""
    found = KMeans(count, n_init=10, random_state=seed).fit(features)
    return found.labels_.astype(np.int64), found.cluster_centers_
