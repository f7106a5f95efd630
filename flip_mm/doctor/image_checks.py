# SPDX-License-Identifier: Apache-2.0
"""Find images that are unreadable, too small, black, white or blurred, contain metadata, or reveal their class."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from .finding import Finding, make_findings
from .frame_names import ImageName
from .image_facts import ImageFacts

MIN_SIDE = 32
# An image is black if its mean luma (0..1) is below, white if it is above, constant if its luma range (0..255) is not above.
BLACK, WHITE, FLAT = 0.02, 0.98, 2
# An image is called blurred if its sharpness is below a tenth of the median of its data set and class, and its logarithm is
# 2.5 robust standard deviations below the median: the range of sharpness differs between data sets.
DEVIATIONS, TENTH = 2.5, 1 / 10
# Median absolute deviation -> standard deviation, for a normal distribution.
MAD = 1.4826
# A property such as the size reveals the class if guessing by it has this balanced accuracy; properties with more different
# values are not checked.
REVEALED, MAX_VALUES = 0.75, 20


def check_images(facts: Mapping[str, ImageFacts], names: Mapping[str, ImageName], used: Collection[str]) -> list[Finding]:
    """Check every image, and whether size or format reveal the class.

    Args:
        facts: Path -> measured properties of the image.
        names: Path -> domain, class and parsed name.
        used: Paths that runs read because of the training and test lists.

    Returns:
        Findings by domain and class.
    """
    groups: dict[tuple[str, str], dict[str, ImageFacts]] = defaultdict(dict)
    for path, image in facts.items():
        groups[names[path][:2]][path] = image
    findings: list[Finding] = []
    for (domain, name), images in groups.items():
        where = f"{domain} {name}".strip()
        broken = {path: f"{path}: {image.error}" for path, image in images.items() if image.error}
        findings += make_findings("image_unreadable", where, (text for path, text in broken.items() if path in used))
        findings += make_findings("unused_unreadable", where, (text for path, text in broken.items() if path not in used))
        readable = {path: image for path, image in images.items() if not image.error}
        findings += make_findings("image_doubtful", where, (path for path, image in readable.items() if image.doubtful))
        for code, paths in _unusable(readable).items():
            findings += make_findings(code, where, paths)
        # Constant images are reported above.
        sharpness = {path: image.sharpness for path, image in readable.items() if image.spread > FLAT}
        middle, least = _usual_sharpness([*sharpness.values()])
        blurred = sorted((value, path) for path, value in sharpness.items() if value < least)
        texts = (f"{path}: sharpness {value:.1f}" for value, path in blurred)
        findings += make_findings("image_blurred", where, texts, detail=f"the median is {middle:.1f}")
    for code, kinds in (("metadata_place", {"GPS"}), ("metadata", {"EXIF", "XMP", "IPTC", "text"})):
        items = (f"{path}: {', '.join(image.metadata)}" for path, image in facts.items() if kinds & {*image.metadata})
        findings += make_findings(code, "frame", items)
    return findings + _check_classes(groups)


def _usual_sharpness(values: Sequence[float]) -> tuple[float, float]:
    """Median sharpness, and the sharpness below which an image is called blurred."""
    if not values:
        return 0.0, 0.0
    logs = np.log(np.maximum(values, 1e-3))
    middle = np.median(logs)
    deviation = MAD * np.median(np.abs(logs - middle))
    return float(np.exp(middle)), float(np.exp(middle) * min(TENTH, np.exp(-DEVIATIONS * deviation)))


def _unusable(images: Mapping[str, ImageFacts]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for path, image in images.items():
        if min(image.width, image.height) < MIN_SIDE:
            found["image_tiny"].append(f"{path}: {image.width} x {image.height}")
        if image.brightness < BLACK:
            found["image_black"].append(path)
        elif image.brightness > WHITE:
            found["image_white"].append(path)
        elif image.spread <= FLAT:
            found["image_constant"].append(path)
    return found


def _check_classes(groups: Mapping[tuple[str, str], Mapping[str, ImageFacts]]) -> list[Finding]:
    """Check whether the size or the file format reveals the class."""
    findings: list[Finding] = []
    for domain in dict.fromkeys(domain for domain, _ in groups):
        real, spoof = (
            {path: facts for path, facts in groups.get((domain, name), {}).items() if not facts.error}
            for name in ("real", "spoof")
        )
        if not real or not spoof:
            continue
        sizes = [Counter(f"{facts.width} x {facts.height}" for facts in images.values()) for images in (real, spoof)]
        formats = [Counter(PurePosixPath(path).suffix.lower() for path in images) for images in (real, spoof)]
        for code, counts in (("class_size", sizes), ("class_format", formats)):
            if share_guessed(*counts) >= REVEALED:
                texts = (f"{name}: {_most(facts)}" for name, facts in zip(("real", "spoof"), counts, strict=True))
                findings += make_findings(code, domain, [", ".join(texts)])
    return findings


def share_guessed(real: Counter[str], spoof: Counter[str]) -> float:
    """Balanced accuracy of guessing the class from a value; 0.5 (chance) if there are too many values.

    Example:
        >>> share_guessed(Counter(png=4), Counter(png=2, jpg=2))
        0.75
    """
    values = real.keys() | spoof.keys()
    if len(values) > MAX_VALUES:
        return 0.5
    return sum(max(real[value] / real.total(), spoof[value] / spoof.total()) for value in values) / 2


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{count} of {value}" for value, count in counts.most_common(2))
