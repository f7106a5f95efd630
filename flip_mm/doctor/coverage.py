# SPDX-License-Identifier: Apache-2.0
"""Compare lists with image files: missing images, and images that no list names."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from flip_mm.datasets.lists import LIST_KINDS
from flip_mm.datasets.protocols import DOMAINS, TESTED
from flip_mm.labels import LIST_WORDS

from .disk import Disk
from .finding import ERROR, WARNING, Finding, make_findings
from .frame_names import NameReader
from .list_files import ListFile, ListKey, contradicts_folder

Lists = dict[ListKey, ListFile]


def check_lists_exist(root: Path, lists: Lists, disk: Disk, needed: Collection[ListKey]) -> list[Finding]:
    """Find missing lists: those that a run needs, and other lists of a data set that has lists or images.

    Args:
        root: Data root.
        lists: Existing lists.
        disk: Its images.
        needed: Lists that the chosen runs need.

    Returns:
        Findings; errors if a run needs the list.
    """
    present = {key.domain for key in lists} | set(disk.images)
    expected = [
        ListKey(domain, name, kind)
        for domain in DOMAINS
        if domain in present
        for name in LIST_WORDS
        for kind in (LIST_KINDS if domain in TESTED else ("train",))
    ]
    missing = [key for key in dict.fromkeys([*needed, *expected]) if key not in lists]
    names = {key: key.path(root).name for key in missing}
    return [
        *make_findings("list_missing", "txt", [names[key] for key in missing if key in needed], ERROR),
        *make_findings("list_missing", "txt", [names[k] for k in missing if k not in needed and k.kind != "shot"], WARNING),
        *make_findings("shot_missing", "txt", [names[key] for key in missing if key.kind == "shot"]),
    ]


def check_shots(root: Path, lists: Lists) -> list[Finding]:
    """Find shots that are also in the test list."""
    findings = []
    for key, shots in lists.items():
        tested = lists.get(key._replace(kind="test"))
        if key.kind == "shot" and tested:
            findings += make_findings(
                "shot_tested", key.path(root).name, (line for line in shots.lines if line in tested.frames)
            )
    return findings


def check_images_listed(root: Path, lists: Lists, disk: Disk, names: NameReader) -> list[Finding]:
    """Find images that lists name but that are missing, and images that no list names.

    Args:
        root: Data root.
        lists: Its lists.
        disk: Its images.
        names: Parses the paths.

    Returns:
        Findings by list, and by domain for images that no list names.
    """
    findings: list[Finding] = []
    on_disk = {path for images in disk.images.values() for path in images}
    spellings = {path.casefold(): path for path in on_disk}
    named = {path for list_file in lists.values() for path in list_file.frames}
    disk_or_lists = on_disk | named
    for key, list_file in lists.items():
        severity = WARNING if key.kind == "shot" else None
        missing = [path for path in list_file.frames if path not in on_disk]
        other_case = [f"{path} (exists as {other})" for path in missing if (other := spellings.get(path.casefold()))]
        absent = [path for path in missing if path.casefold() not in spellings]
        second = [path for path in list_file.second if path not in disk_or_lists] if key.kind == "train" else []
        where = key.path(root).name
        findings += make_findings("image_case", where, other_case, severity)
        findings += make_findings("image_missing", where, absent, severity, f"of {len(list_file.frames)} in the list")
        findings += make_findings("frame_missing", where, second)
    listed = named.union(*(list_file.second for list_file in lists.values()))
    for domain, images in disk.images.items():
        official, contradicting, unofficial = [], [], []
        for path in (path for path in images if path not in listed):
            if names.read(domain, path):
                official.append(path)
            else:
                (contradicting if contradicts_folder(domain, path, names) else unofficial).append(path)
        findings += make_findings("image_unlisted", domain, official)
        findings += make_findings("image_polarity", domain, contradicting)
        findings += make_findings("image_name", domain, unofficial)
    return findings
