# SPDX-License-Identifier: Apache-2.0
"""List the files in ``frame/``."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from flip_mm.datasets.protocols import DOMAINS
from flip_mm.media.file_types import is_image_name
from flip_mm.utils.tree import Kind, walk_tree

from .finding import Finding, make_findings


@dataclass
class Disk:
    """Files in ``frame/``.

    Attributes:
        images: Domain -> sorted paths of images relative to ``frame/``, with ``/``.
        findings: Findings about files and folders that should not be there.
    """

    images: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    findings: list[Finding] = field(default_factory=list)


def scan_disk(root: Path) -> Disk:
    """List ``frame/`` and its subfolders; links to folders are followed, but each folder is read only once."""
    disk = Disk()
    domains = {stem: domain for domain, stem in DOMAINS.items()}
    others, special, unreadable, loops = [], [], [], []
    unknown: Counter[str] = Counter()
    for entry in walk_tree(root / "frame", once=True):
        if entry.kind is Kind.UNREADABLE:
            unreadable.append(f"{entry.path or '.'}: {entry.reason}")
        elif entry.kind is Kind.LOOP:
            loops.append(entry.path)
        elif entry.kind is Kind.FOLDER:
            continue
        elif not is_image_name(entry.name):
            others.append(entry.path)
        elif entry.kind is Kind.SPECIAL:
            special.append(entry.path)
        elif domain := domains.get(entry.path.split("/")[0]):
            disk.images[domain].append(entry.path)
        else:
            unknown[entry.path.split("/")[0]] += 1
    disk.images = {domain: sorted(disk.images[domain]) for domain in DOMAINS if domain in disk.images}
    disk.findings = [
        *make_findings("folder_unknown", "frame", (f"{name}: {count} images" for name, count in sorted(unknown.items()))),
        *make_findings("file_other", "frame", sorted(others)),
        *make_findings("file_special", "frame", sorted(special)),
        *make_findings("folder_unreadable", "frame", sorted(unreadable)),
        *make_findings("link_loop", "frame", sorted(loops)),
    ]
    return disk
