# SPDX-License-Identifier: Apache-2.0
"""How the faces of the training data were found, from the manifests of the converters."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flip_mm.datasets.protocols import DOMAINS
from flip_mm.datasets.recorded_sums import manifest_path
from flip_mm.faces.detectors import DETECTORS

# Of manifests without face detection.
NONE = "none"
ADVICE = "say with --faces which detector predictions use, or --faces given for pictures that are face crops"


def face_facts(root: str | Path | None, domains: Iterable[str], faces: str | None) -> dict[str, Any]:
    """Return the facts about faces for a card.

    Args:
        root: Data root.
        domains: Training domains.
        faces: Detector of ``--faces``; None takes the one that prepared the data.

    Returns:
        ``detector`` and ``source``; empty if nothing is known.

    Raises:
        ValueError: The data sets were prepared in different ways, or in a way that cannot be repeated for a new picture.
    """
    found = detectors_of(root, domains) if root else {}
    ways = sorted({name for counts in found.values() for name in counts})
    if faces:
        facts = dict(detector=faces, source="given at the export")
        return facts | (dict(training_data=ways) if ways else {})
    if not ways:
        return {}
    if ways == [NONE]:
        return dict(detector="given", source="manifests of the training data: whole frames, no face detection")
    if len(ways) > 1 or ways[0] not in DETECTORS:
        listed = "; ".join(f"{domain}: {', '.join(counts)}" for domain, counts in found.items())
        raise ValueError(f"The faces of the training data were found by {listed}: {ADVICE}.")
    return dict(detector=ways[0], source="manifests of the training data")


def detectors_of(root: str | Path, domains: Iterable[str]) -> Mapping[str, Mapping[str, int]]:
    """Count the images of each detector in the manifests of a data root: domain -> detector -> images.

    Raises:
        OSError: A manifest cannot be read.
        ValueError: A manifest is damaged.
    """
    found = {}
    for domain in domains:
        if domain in DOMAINS and (path := manifest_path(Path(root), domain)).is_file():
            with path.open(encoding="utf-8", newline="") as file:
                try:
                    found[domain] = Counter(row["detector"] for row in csv.DictReader(file))
                except (csv.Error, KeyError, UnicodeDecodeError) as error:
                    raise ValueError(f"'{path}' is no manifest of a conversion: {error}. Restore it.") from error
    return found
