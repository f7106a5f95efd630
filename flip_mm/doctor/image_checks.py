# SPDX-License-Identifier: Apache-2.0
"""Images that cannot be read, are too small, black, white or blurred, hold metadata, or give their class away."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from .finding import Finding, finding
from .frame_names import ImageName
from .image_facts import ImageFacts

SMALLEST = 32
# Luma in 0..1 below and above which nothing can be seen, and values between which nothing differs.
BLACK, WHITE, FLAT = 0.02, 0.98, 2
# An image is called blurred where the logarithm of its sharpness lies so many robust standard deviations below the median of
# its data set and class, and its sharpness below a tenth of it: cameras differ, and so do data sets in how much theirs do.
DEVIATIONS, TENTH = 2.5, 1 / 10
# Median absolute deviation -> standard deviation, for a normal distribution.
MAD = 1.4826
# Values such as sizes reveal the class where guessing by them is right with this rate, both classes counting the same; data
# sets with more than so many values are not judged.
REVEALED, FEW = 0.75, 20


def check_pictures(facts: Mapping[str, ImageFacts], names: Mapping[str, ImageName], used: Collection[str]) -> list[Finding]:
    """Look at each image for itself.

    Args:
        facts: Path -> what was read.
        names: Path -> domain, class, and what the name says.
        used: Paths that the lists of training and test make a run read.

    Returns:
        Findings by domain and class.
    """
    groups: dict[tuple[str, str], dict[str, ImageFacts]] = defaultdict(dict)
    for path, own in facts.items():
        groups[names[path][:2]][path] = own
    found: list[Finding] = []
    for (domain, name), images in groups.items():
        where = f"{domain} {name}".strip()
        broken = {path: f"{path}: {own.error}" for path, own in images.items() if own.error}
        found += finding("image_unreadable", where, (text for path, text in broken.items() if path in used))
        found += finding("unused_unreadable", where, (text for path, text in broken.items() if path not in used))
        readable = {path: own for path, own in images.items() if not own.error}
        found += finding("image_doubtful", where, (path for path, own in readable.items() if own.doubtful))
        for code, paths in _unusable(readable).items():
            found += finding(code, where, paths)
        # What shows nothing is reported as that.
        sharpness = {path: own.sharpness for path, own in readable.items() if own.spread > FLAT}
        middle, least = _usual_sharpness([*sharpness.values()])
        blurred = sorted((value, path) for path, value in sharpness.items() if value < least)
        texts = (f"{path}: sharpness {value:.1f}" for value, path in blurred)
        found += finding("image_blurred", where, texts, detail=f"the median is {middle:.1f}")
    for code, kinds in (("metadata_place", {"GPS"}), ("metadata", {"EXIF", "XMP", "IPTC", "text"})):
        items = (f"{path}: {', '.join(own.metadata)}" for path, own in facts.items() if kinds & {*own.metadata})
        found += finding(code, "frame", items)
    return found + _check_classes(groups)


def _usual_sharpness(values: Sequence[float]) -> tuple[float, float]:
    """Median, and the value below which an image is called blurred."""
    if not values:
        return 0.0, 0.0
    logs = np.log(np.maximum(values, 1e-3))
    middle = np.median(logs)
    deviation = MAD * np.median(np.abs(logs - middle))
    return float(np.exp(middle)), float(np.exp(middle) * min(TENTH, np.exp(-DEVIATIONS * deviation)))


def _unusable(images: Mapping[str, ImageFacts]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for path, own in images.items():
        if min(own.width, own.height) < SMALLEST:
            found["image_tiny"].append(f"{path}: {own.width} x {own.height}")
        if own.brightness < BLACK:
            found["image_black"].append(path)
        elif own.brightness > WHITE:
            found["image_white"].append(path)
        elif own.spread <= FLAT:
            found["image_constant"].append(path)
    return found


def _check_classes(groups: Mapping[tuple[str, str], Mapping[str, ImageFacts]]) -> list[Finding]:
    """Sizes and formats of files that differ by class."""
    found: list[Finding] = []
    for domain in dict.fromkeys(domain for domain, _ in groups):
        real, spoof = (
            {path: own for path, own in groups.get((domain, name), {}).items() if not own.error} for name in ("real", "spoof")
        )
        if not real or not spoof:
            continue
        sizes = [Counter(f"{own.width} x {own.height}" for own in images.values()) for images in (real, spoof)]
        formats = [Counter(PurePosixPath(path).suffix.lower() for path in images) for images in (real, spoof)]
        for code, counts in (("class_size", sizes), ("class_format", formats)):
            if share_guessed(*counts) >= REVEALED:
                texts = (f"{name}: {_most(own)}" for name, own in zip(("real", "spoof"), counts, strict=True))
                found += finding(code, domain, [", ".join(texts)])
    return found


def share_guessed(real: Counter[str], spoof: Counter[str]) -> float:
    """How often the class is guessed from a value, both classes counting the same; 0.5 by chance or where values are many.

    Example:
        >>> share_guessed(Counter(png=4), Counter(png=2, jpg=2))
        0.75
    """
    values = real.keys() | spoof.keys()
    if len(values) > FEW:
        return 0.5
    return sum(max(real[value] / real.total(), spoof[value] / spoof.total()) for value in values) / 2


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{count} of {value}" for value, count in counts.most_common(2))
