# SPDX-License-Identifier: Apache-2.0
"""Read the manifests of a data root, and collect errors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from flip_mm.datasets.recorded_sums import recorded_sums


def read_manifests(root: Path, domains: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Read the manifests of a data root.

    Args:
        root: Data root.
        domains: Domains with lists or images.

    Returns:
        Path inside ``frame/`` -> SHA-256 of the file, and domain -> why its manifest cannot be read.
    """
    sums: dict[str, str] = {}
    broken: dict[str, str] = {}
    for domain in sorted(domains):
        try:
            sums |= recorded_sums(root, [domain])
        except (OSError, ValueError) as error:
            broken[domain] = str(error)
    return sums, broken
