# SPDX-License-Identifier: Apache-2.0
"""How well embeddings separate classes and domains, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, silhouette_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from flip_mm.labels import CLASSES

FOLDS = 5
# Images of which silhouettes are computed; their time grows with the square.
MOST = 4000
DOMAIN_PROBE = "domain probe, balanced accuracy"


@dataclass(frozen=True)
class Separation:
    """A number about embeddings.

    Attributes:
        name: What was computed.
        value: Silhouette in -1..1, or balanced accuracy in 0..1; None if it cannot be computed.
        chance: What embeddings without this information have.
        images: Number of images.
        note: How it was computed, or why there is no value.
    """

    name: str
    value: float | None
    chance: float | None
    images: int
    note: str


def separation(
    embeddings: np.ndarray, domains: Sequence[str], labels: Sequence[int], videos: Sequence[str], seed: int = 0
) -> list[Separation]:
    """Compute silhouettes and probes.

    Args:
        embeddings: (N, d).
        domains: (N,).
        labels: (N,).
        videos: (N,), unique over all domains: a probe is never tested on a video that it was fitted on.
        seed: Of the folds.

    Returns:
        Silhouette by label and by domain, also within each class; accuracy of a linear probe for the domain; and of one for
        the label, for each domain after fitting on all others.
    """
    domains, labels, videos = np.asarray(domains), np.asarray(labels), np.asarray(videos)
    found = [_silhouette("silhouette by label", embeddings, labels, seed)]
    found.append(_silhouette("silhouette by domain", embeddings, domains, seed))
    for label, name in reversed([*enumerate(CLASSES)]):
        own = labels == label
        found.append(_silhouette(f"silhouette by domain, {name} images", embeddings[own], domains[own], seed))
    found.append(_domain_probe(embeddings, domains, videos, seed))
    return found + [_label_probe(embeddings, domains, labels, domain) for domain in dict.fromkeys(domains.tolist())]


def _silhouette(name: str, embeddings: np.ndarray, groups: np.ndarray, seed: int) -> Separation:
    count = np.unique(groups).size
    if not 2 <= count < len(groups):
        return Separation(name, None, 0.0, len(groups), "needs two groups of images")
    size = MOST if len(groups) > MOST else None
    value = silhouette_score(embeddings, groups, sample_size=size, random_state=seed)
    return Separation(name, float(value), 0.0, size or len(groups), "Euclidean distance of l2-normalised embeddings")


def _domain_probe(embeddings: np.ndarray, domains: np.ndarray, videos: np.ndarray, seed: int) -> Separation:
    names = np.unique(domains)
    name = DOMAIN_PROBE
    folds = min([FOLDS, *(np.unique(videos[domains == own]).size for own in names)])
    if names.size < 2 or folds < 2:
        return Separation(name, None, None, len(domains), "needs two domains of two videos each")
    split = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    predicted = cross_val_predict(_probe(), embeddings, domains, groups=videos, cv=split)
    note = f"logistic regression, {folds} folds without a common video"
    return Separation(name, float(balanced_accuracy_score(domains, predicted)), 1 / names.size, len(domains), note)


def _label_probe(embeddings: np.ndarray, domains: np.ndarray, labels: np.ndarray, domain: str) -> Separation:
    name = f"label probe on {domain}, balanced accuracy"
    own = domains == domain
    if any(np.unique(labels[rows]).size < 2 for rows in (own, ~own)):
        return Separation(name, None, 0.5, int(own.sum()), "needs both classes here and in another domain")
    predicted = _probe().fit(embeddings[~own], labels[~own]).predict(embeddings[own])
    others = ", ".join(dict.fromkeys(domains[~own].tolist()))
    value = float(balanced_accuracy_score(labels[own], predicted))
    return Separation(name, value, 0.5, int(own.sum()), f"logistic regression fitted on {others}")


def _probe():  # noqa: ANN202
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight="balanced"))
