# SPDX-License-Identifier: Apache-2.0
"""What a data set consists of, as hashes and counts."""

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
    """The parts of a data set.

    Args:
        dataset: One that has been built. Of other classes than ``FASDataset`` only the number of images is known, and the
            annotation file where it has one.

    Returns:
        Domain -> ``lists`` (file name -> ``sha256`` and number of ``lines``), ``images``, ``videos`` and ``roles`` (role ->
        images). Samples without a domain are under ``'all'``.
    """
    if not isinstance(getattr(dataset, "run", None), Run):
        lists = _described([Path(getattr(dataset, "ann_file", None) or "")])
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
        | dict(images=own.total(), videos=len(videos[domain]), roles=dict(sorted(own.items())))
        for domain, own in roles.items()
    }


def list_record(dataset: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """The lists that a ``FASDataset`` read: domain -> file name -> ``sha256`` and number of ``lines``."""
    root, found = Path(dataset.data_root), defaultdict(list)
    for domain, kind in needed_lists(dataset.run, dataset.split):
        found[domain] += [list_path(root, domain, name, kind) for name in LIST_WORDS]
    return {domain: _described(paths) for domain, paths in found.items()}


def run_record(run: Run) -> dict[str, Any]:
    """A run's fields and its name, as JSON has them.

    Example:
        >>> run_record(Run("p3", ("C",), (), "I"))["name"]
        'C->I'
    """
    fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(run).items()}
    return dict(name=run.name) | fields


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _described(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Hash and length of each list that there is."""
    return {path.name: dict(sha256=file_sha256(path), lines=len(nonblank_lines(path))) for path in paths if path.is_file()}
