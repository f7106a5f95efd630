# SPDX-License-Identifier: Apache-2.0
"""Which files are under ``frame/``."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from flip_mm.datasets.protocols import DOMAINS
from flip_mm.media.images import SUFFIXES

from .finding import Finding, finding


@dataclass
class Disk:
    """What is under ``frame/``.

    Attributes:
        images: Domain -> paths of images relative to ``frame/``, with ``/``, sorted.
        findings: What is there and should not be.
    """

    images: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    findings: list[Finding] = field(default_factory=list)


def scan_disk(root: Path) -> Disk:
    """List ``frame/`` with all below it.

    Links to folders are followed, each folder once: a link back is not.

    Args:
        root: Data root.

    Returns:
        Its files.
    """
    disk = Disk()
    domains = {stem: domain for domain, stem in DOMAINS.items()}
    others, special, unreadable, loops = [], [], [], []
    unknown: Counter[str] = Counter()
    seen: set[tuple[int, int]] = set()
    # Links wait until all real folders are read, so that it is the link that counts as the second way to a folder.
    folders, links = [""], []
    while folders or links:
        link = not folders
        folder = (links if link else folders).pop()
        try:
            status = os.stat(root / "frame" / folder)
            if (status.st_dev, status.st_ino) in seen:
                loops += [folder]
                continue
            seen.add((status.st_dev, status.st_ino))
            entries = sorted(os.scandir(root / "frame" / folder), key=lambda entry: entry.name)
        except OSError as error:
            unreadable += [f"{folder or '.'}: {error.strerror}"]
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if _is_folder(entry):
                (links if entry.is_symlink() else folders).append(path)
            elif os.path.splitext(entry.name)[1].lower() not in SUFFIXES:
                others.append(path)
            elif os.path.exists(entry.path) and not os.path.isfile(entry.path):
                special.append(path)
            elif domain := domains.get(path.split("/")[0]):
                disk.images[domain].append(path)
            else:
                unknown[path.split("/")[0]] += 1
    disk.images = {domain: sorted(disk.images[domain]) for domain in DOMAINS if domain in disk.images}
    disk.findings = [
        *finding("folder_unknown", "frame", (f"{name}: {count} images" for name, count in sorted(unknown.items()))),
        *finding("file_other", "frame", sorted(others)),
        *finding("file_special", "frame", sorted(special)),
        *finding("folder_unreadable", "frame", sorted(unreadable)),
        *finding("link_loop", "frame", sorted(loops)),
    ]
    return disk


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links that lead to themselves
        return False
