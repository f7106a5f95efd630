# SPDX-License-Identifier: Apache-2.0
"""Describe a data set by hashes and counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from flip_mm.datasets.data_roots import parse_roots
from flip_mm.datasets.lists import list_path, nonblank_lines
from flip_mm.datasets.protocols import ROLES, Run
from flip_mm.datasets.required_files import needed_lists
from flip_mm.datasets.sample_table import SampleTable
from flip_mm.labels import LIST_WORDS
from flip_mm.utils.files import file_sha256

from .preparation_record import preparation_record

UNKNOWN = "all"


def data_record(dataset: Any) -> dict[str, dict[str, Any]]:
    """Describe each domain of a data set.

    Args:
        dataset: A built data set. For other classes than ``FASDataset`` only the number of images is known, and the
            annotation file if there is one; of samples without a role or video these fields are left out.

    Returns:
        Domain -> ``lists`` (file name -> ``sha256`` and number of ``lines``), ``images``, ``videos``, ``roles`` (role ->
        images), and how the images were made, see :func:`~flip_mm.engine.records.preparation_record.preparation_record`.
        Samples without a domain are under ``'all'``.
    """
    if not isinstance(getattr(dataset, "run", None), Run):
        lists = _list_hashes([Path(getattr(dataset, "ann_file", None) or "")])
        size = {"images": len(dataset)} if hasattr(dataset, "__len__") else {}
        return {UNKNOWN: ({"lists": lists} if lists else {}) | size}
    images, roles, videos = _counts(dataset)
    lists, root = list_record(dataset), parse_roots(dataset.data_root or "")
    return {
        domain: ({"lists": lists[domain]} if domain in lists else {})
        | dict(images=count)
        | (dict(videos=videos[domain]) if domain in videos else {})
        | (dict(roles=dict(sorted(roles[domain].items()))) if domain in roles else {})
        | preparation_record(root, domain)
        for domain, count in images.items()
    }


def _counts(dataset: Any) -> tuple[Counter[str], dict[str, Counter[str]], dict[str, int]]:
    """Count images, roles and videos of each domain."""
    images: Counter = Counter()
    roles: dict[str, Counter] = defaultdict(Counter)
    if isinstance(samples := dataset.data_list, SampleTable):
        for group, count in samples.sizes().items():
            images[group.domain] += count
            roles[group.domain][group.role] += count
        return images, roles, {domain: count for (domain,), count in samples.videos_of("domain").items()}
    videos: dict[str, set[str]] = defaultdict(set)
    for number in range(len(dataset)):
        sample = dataset.get_data_info(number)
        # A subclass of FASDataset may load samples with other fields.
        domain = sample.get("domain", UNKNOWN)
        images[domain] += 1
        if "role" in sample:
            roles[domain][sample["role"]] += 1
        if "video_id" in sample:
            videos[domain].add(sample["video_id"])
    return images, roles, {domain: len(names) for domain, names in videos.items()}


def list_record(dataset: Any) -> dict[str, dict[str, dict[str, Any]]]:
    """Describe the lists that a ``FASDataset`` read: domain -> file name -> ``sha256`` and number of ``lines``."""
    root, lists = parse_roots(dataset.data_root or ""), defaultdict(list)
    for domain, kind in needed_lists(dataset.run, dataset.split, getattr(dataset, "roles", ROLES)):
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


def _list_hashes(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Hash and number of lines of each list that exists."""
    return {path.name: dict(sha256=file_sha256(path), lines=len(nonblank_lines(path))) for path in paths if path.is_file()}
