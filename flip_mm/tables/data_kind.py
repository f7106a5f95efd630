# SPDX-License-Identifier: Apache-2.0
"""Whether results are those of real data: others must not look like a reproduction of published values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .known_lists import compare_lists

REAL, SYNTHETIC, UNKNOWN = "", "synthetic data", "unknown data"
# Kind -> line above its table.
HEADERS = {
    SYNTHETIC: "Synthetic data: these values say nothing about real faces, and reproduce no published result.",
    UNKNOWN: "Unknown data: no list is one of the authors', and the records do not say that the data are real.",
}


def data_kind(is_synthetic: bool | None, data: Mapping[str, Any]) -> str:
    """Return ``''`` for real data, ``'synthetic data'`` or ``'unknown data'``.

    Args:
        is_synthetic: What the record says; None in records of earlier versions. Then data are real if at least one list is
            that of the authors of FLIP.
        data: ``data`` of the record, see :func:`~flip_mm.tables.known_lists.compare_lists`.

    Example:
        >>> data_kind(True, {}), data_kind(None, {}), data_kind(False, {})
        ('synthetic data', 'unknown data', '')
    """
    if is_synthetic:
        return SYNTHETIC
    if is_synthetic is None and not any(one.is_same for one in compare_lists(data)):
        return UNKNOWN
    return REAL
