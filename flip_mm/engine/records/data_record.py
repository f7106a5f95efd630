# SPDX-License-Identifier: Apache-2.0
"""Describe a data set by hashes and counts."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flip_mm.datasets.lists import list_path, nonblank_lines
from flip_mm.datasets.protocols import Run
from flip_mm.datasets.required_files import needed_lists
from flip_mm.labels import LIST_WORDS

UNKNOWN = "all"
CHUNK = 1 << 20


def data_record(dataset: Any) -> dict[str, dict[str, Any]]:
    """Describe each domain of a data set.

    Args:
        dataset: A built data set. For other classes than ``FASDataset`` only the number of images is known, and the
            annotation file if there is one.

    Returns:
        Domain -> ``lists`` (file name -> ``sha256`` and number of ``lines``), ``images``, ``videos`` and ``roles`` (role ->
        images). Samples without a domain are under ``'all'``.
    """
    if not isinstance(getattr(dataset, "run", None), Run):
        lists = _list_hashes([Path(getattr(dataset, "ann_file", None) or "")])
        size = {"images": len(dataset)} if hasattr(dataset, "__len__") else {}
        return {UNKNOWN: ({"lists": lists} if lists else {}) | size}
    roles: dict[str, Counter] = defaultdict(Counter)
    videos: dict[str, set[str]] = defaultdict(set)
    for number in range(len(dataset)):
        sample = dataset.get_data_info(number)
        roles[sample["domain"]][sample["role"]] += 1
        videos[sample["domain"]].add(sample["video_id"])
    lists = list_record(dataset)
    return {
        domain: ({"lists": lists[domain]} if domain in lists else {})
        | dict(images=counts.total(), videos=len(videos[domain]), roles=dict(sorted(counts.items())))
        for domain, counts in roles.items()
    }


def list_record(dataset: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """Describe the lists that a ``FASDataset`` read: domain -> file name -> ``sha256`` and number of ``lines``."""
    root, lists = Path(dataset.data_root), defaultdict(list)
    for domain, kind in needed_lists(dataset.run, dataset.split):
        lists[domain] += [list_path(root, domain, name, kind) for name in LIST_WORDS]
    return {domain: _list_hashes(paths) for domain, paths in lists.items()}


def run_record(run: Run) -> dict[str, Any]:
    """Return a run's fields and its name as JSON values.

    Example:
        >>> run_record(Run("p3", ("C",), (), "I"))["name"]
        'C->I'
    """
    fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(run).items()}
    return dict(name=run.name) | fields


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _list_hashes(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Hash and number of lines of each list that exists."""
    return {path.name: dict(sha256=file_sha256(path), lines=len(nonblank_lines(path))) for path in paths if path.is_file()}
