# SPDX-License-Identifier: Apache-2.0
"""How the faces of the training data were found and cropped, from the manifests of the converters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flip_mm.datasets.data_roots import parse_roots
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.datasets.recorded_sums import manifest_path
from flip_mm.faces.detectors import DETECTORS
from flip_mm.preparation.ways import Way, count_ways

# Of manifests without face detection.
NONE = "none"
GIVEN = "given"
EXPORT, MANIFESTS = "given at the export", "manifests of the training data"
ADVICE = "say with --faces which detector predictions use, or --faces given for pictures that are face crops"


def face_facts(root: str | Path | None, domains: Iterable[str], faces: str | None, margin: float | None) -> dict[str, Any]:
    """Return the facts about faces for a card.

    Args:
        root: Data root.
        domains: Training domains.
        faces: Detector of ``--faces``; None takes the one that prepared the data.
        margin: Of ``--margin``; None takes the one of the data.

    Returns:
        ``detector`` and ``source``, and for a face detector ``margin`` and ``margin_source``; empty if nothing is known.

    Raises:
        ValueError: The data sets were prepared in different ways, or in a way that cannot be repeated for a new picture; or the
            margin is unknown.
    """
    found = preparation_of(root, domains) if root else {}
    facts = _detector(found, faces)
    if facts.get("detector") in (None, GIVEN):
        return facts
    if margin is not None:
        return facts | dict(margin=margin, margin_source=EXPORT)
    margins = sorted({way.margin for ways in found.values() for way in ways if way.detector != NONE})
    if len(margins) != 1 or not margins[0]:
        known = f"is {' and '.join(text or 'unknown' for text in margins)} in their manifests" if margins else "is unknown"
        raise ValueError(
            f"The margin around the faces of the training data {known}: give --margin, 0.1 for the default of the converters."
        )
    return facts | dict(margin=float(margins[0]), margin_source=MANIFESTS)


def _detector(found: Mapping[str, Mapping[Way, int]], faces: str | None) -> dict[str, Any]:
    names = sorted({way.detector for ways in found.values() for way in ways})
    if faces:
        facts = dict(detector=faces, source=EXPORT)
        return facts | (dict(training_data=names) if names else {})
    if not names:
        return {}
    if names == [NONE]:
        return dict(detector=GIVEN, source=f"{MANIFESTS}: whole frames, no face detection")
    if len(names) > 1 or names[0] not in DETECTORS:
        listed = "; ".join(f"{domain}: {', '.join(dict.fromkeys(w.detector for w in ways))}" for domain, ways in found.items())
        raise ValueError(f"The faces of the training data were found by {listed}: {ADVICE}.")
    return dict(detector=names[0], source=MANIFESTS)


def preparation_of(root: str | Path, domains: Iterable[str]) -> Mapping[str, Mapping[Way, int]]:
    """Count the images of each way of preparation in the manifests of a data root: domain -> way -> images.

    Raises:
        OSError: A manifest cannot be read.
        ValueError: A manifest is damaged.
    """
    return {
        domain: count_ways(path)
        for domain in domains
        if domain in DOMAINS and (path := manifest_path(parse_roots(root), domain)).is_file()
    }
