# SPDX-License-Identifier: Apache-2.0
"""Lists against files: what is named and missing, what is there and not named."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from flip_mm.datasets.lists import LIST_KINDS
from flip_mm.datasets.protocols import DOMAINS, TESTED
from flip_mm.labels import LIST_WORDS

from .disk import Disk
from .finding import ERROR, WARNING, Finding, finding
from .frame_names import NameReader
from .list_files import ListFile, ListKey, contradicts_folder

Lists = dict[ListKey, ListFile]


def check_lists_exist(root: Path, lists: Lists, disk: Disk, needed: Collection[ListKey]) -> list[Finding]:
    """Lists that are missing: those that a run needs, and the others of a data set that is there.

    Args:
        root: Data root.
        lists: Those that are there.
        disk: Its images.
        needed: By the chosen runs.

    Returns:
        Findings; errors where a run needs a list.
    """
    here = {key.domain for key in lists} | set(disk.images)
    expected = [
        ListKey(domain, name, kind)
        for domain in DOMAINS
        if domain in here
        for name in LIST_WORDS
        for kind in (LIST_KINDS if domain in TESTED else ("train",))
    ]
    missing = [key for key in dict.fromkeys([*needed, *expected]) if key not in lists]
    names = {key: key.path(root).name for key in missing}
    return [
        *finding("list_missing", "txt", [names[key] for key in missing if key in needed], ERROR),
        *finding("list_missing", "txt", [names[k] for k in missing if k not in needed and k.kind != "shot"], WARNING),
        *finding("shot_missing", "txt", [names[key] for key in missing if key.kind == "shot"]),
    ]


def check_shots(root: Path, lists: Lists) -> list[Finding]:
    """Shots that are frames of the test."""
    found = []
    for key, shots in lists.items():
        tested = lists.get(key._replace(kind="test"))
        if key.kind == "shot" and tested:
            found += finding("shot_tested", key.path(root).name, (line for line in shots.lines if line in tested.frames))
    return found


def check_images_listed(root: Path, lists: Lists, disk: Disk, names: NameReader) -> list[Finding]:
    """Images that are named and not there, and the other way round.

    Args:
        root: Data root.
        lists: Its lists.
        disk: Its images.
        names: Parses the paths that no list has.

    Returns:
        Findings by list, and by domain for what no list names.
    """
    found: list[Finding] = []
    there = {path for images in disk.images.values() for path in images}
    spellings = {path.casefold(): path for path in there}
    named = {path for own in lists.values() for path in own.frames}
    known = there | named
    for key, own in lists.items():
        severity = WARNING if key.kind == "shot" else None
        missing = [path for path in own.frames if path not in there]
        renamed = [f"{path} (there as {other})" for path in missing if (other := spellings.get(path.casefold()))]
        absent = [path for path in missing if path.casefold() not in spellings]
        second = [path for path in own.second if path not in known] if key.kind == "train" else []
        where = key.path(root).name
        found += finding("image_case", where, renamed, severity)
        found += finding("image_missing", where, absent, severity, f"it names {len(own.frames)}")
        found += finding("frame_missing", where, second)
    listed = named.union(*(own.second for own in lists.values()))
    for domain, images in disk.images.items():
        official, contradicting, strange = [], [], []
        for path in (path for path in images if path not in listed):
            if names.read(domain, path):
                official.append(path)
            else:
                (contradicting if contradicts_folder(domain, path, names) else strange).append(path)
        found += finding("image_unlisted", domain, official)
        found += finding("image_polarity", domain, contradicting)
        found += finding("image_name", domain, strange)
    return found
