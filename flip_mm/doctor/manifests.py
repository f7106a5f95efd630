# SPDX-License-Identifier: Apache-2.0
"""Manifests of conversions that training could not read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flip_mm.datasets.recorded_sums import recorded_sums

from .finding import Finding, finding


def check_manifests(root: Path, domains: Iterable[str]) -> tuple[dict[str, str], list[Finding]]:
    """Read the manifests of a data root.

    Args:
        root: Data root.
        domains: Which have lists or images.

    Returns:
        Path inside ``frame/`` -> SHA-256 of the file, and what is wrong with manifests.
    """
    sums: dict[str, str] = {}
    broken = []
    for domain in sorted(domains):
        try:
            sums |= recorded_sums(root, [domain])
        except (OSError, ValueError) as error:
            broken.append(str(error))
    return sums, finding("manifest_unreadable", "preparation", broken)
