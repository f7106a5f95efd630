# SPDX-License-Identifier: Apache-2.0
"""Distributions of sharpness, brightness and size, by domain and class."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from flip_mm.datasets.protocols import DOMAINS

from .frame_names import ImageName
from .image_facts import ImageFacts

BINS = 24
CLASSES = ("real", "spoof", "")
# Logarithmic bins; values outside count in the first or last bin.
SHARPNESS_EDGES = np.geomspace(1, 10_000, BINS + 1)
BRIGHTNESS_EDGES = np.linspace(0, 1, BINS + 1)


@dataclass(frozen=True)
class Distribution:
    """Distributions of one class of a domain.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        name: ``'real'``, ``'spoof'``, or '' if neither name nor folder contains the class.
        images: Number of readable images.
        sharpness: Images per bin; 24 bins, logarithmic, from 1 to 10,000.
        brightness: Images per bin; 24 bins from 0 to 1.
        median_sharpness: Median at 224 x 224.
        median_brightness: Median in 0..1.
        sizes: ``'width x height'`` -> images, for the five most frequent sizes.
        size_kinds: Number of different sizes.
    """

    domain: str
    name: str
    images: int
    sharpness: list[int]
    brightness: list[int]
    median_sharpness: float
    median_brightness: float
    sizes: dict[str, int]
    size_kinds: int


def distributions(facts: Mapping[str, ImageFacts], names: Mapping[str, ImageName]) -> list[Distribution]:
    """Compute the distributions of all readable images."""
    groups = defaultdict(list)
    for path, image in facts.items():
        if not image.error:
            groups[names[path][:2]].append(image)
    result = []
    for (domain, name), images in sorted(
        groups.items(), key=lambda item: (list(DOMAINS).index(item[0][0]), CLASSES.index(item[0][1]))
    ):
        sharp, bright = np.array([image.sharpness for image in images]), np.array([image.brightness for image in images])
        sizes = Counter(f"{image.width} x {image.height}" for image in images)
        result.append(
            Distribution(
                domain,
                name,
                len(images),
                _histogram(sharp, SHARPNESS_EDGES),
                _histogram(bright, BRIGHTNESS_EDGES),
                round(float(np.median(sharp)), 2),
                round(float(np.median(bright)), 4),
                dict(sizes.most_common(5)),
                len(sizes),
            )
        )
    return result


def _histogram(values: np.ndarray, edges: np.ndarray) -> list[int]:
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].tolist()
