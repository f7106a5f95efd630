# SPDX-License-Identifier: Apache-2.0
"""Describe how the images of a data root were made: drawn, or cropped by a face detector."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from flip_mm.datasets.data_roots import SYNTHETIC_MARKER, DataRoots, root_of
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.datasets.recorded_sums import manifest_path
from flip_mm.preparation.ways import count_ways


def preparation_record(root: Path | DataRoots, domain: str) -> dict[str, Any]:
    """Describe the images of a domain.

    Args:
        root: Data root, or several.
        domain: A key of ``DOMAINS``.

    Returns:
        ``synthetic``: whether they were drawn by ``flip_mm synth``. With a manifest also ``faces``: ``detectors`` (name ->
        images) and ``margins`` (share of the face box that was added on each side -> images). Nothing for other domains.
    """
    if domain not in DOMAINS:
        return {}
    try:
        ways = count_ways(manifest_path(root, domain))
    except (OSError, ValueError):
        # Data of other programs have none.
        ways = Counter()
    detectors: Counter[str] = Counter()
    margins: Counter[str] = Counter()
    for way, images in ways.items():
        detectors[way.detector] += images
        margins[way.margin] += images
    faces = dict(detectors=dict(sorted(detectors.items())), margins=dict(sorted(margins.items())))
    return dict(synthetic=(root_of(root, domain) / SYNTHETIC_MARKER).is_file()) | (dict(faces=faces) if ways else {})
