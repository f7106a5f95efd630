# SPDX-License-Identifier: Apache-2.0
"""The same image, or nearly the same, in two places."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from flip_mm.datasets.naming import same_recording

from .finding import Finding, finding
from .frame_names import ImageName
from .image_facts import ImageFacts
from .near_duplicates import near_pairs

# Images with less contrast all hash alike.
LEAST_SPREAD = 16


@dataclass
class Duplicates:
    """Images that are the same.

    Attributes:
        exact: Paths with the same bytes, of two recordings or more.
        near: Pairs of different recordings that look the same and whose bytes differ.
        frames: Paths of one recording with the same bytes.
        recordings: Path -> its recording.
    """

    exact: list[list[str]] = field(default_factory=list)
    near: list[tuple[str, str]] = field(default_factory=list)
    frames: list[list[str]] = field(default_factory=list)
    recordings: dict[str, tuple[str, ...]] = field(default_factory=dict)


def recording_of(path: str, image: ImageName) -> tuple[str, ...]:
    """What an image is a frame of; neighbouring frames are alike by nature.

    The same recording in another folder is the same: :func:`~flip_mm.datasets.naming.same_recording`. Where names tell
    neither video nor subject (validation images of CASIA-SURF), all images of a folder are taken for one.
    """
    domain, _, name = image
    if name is None:
        return domain, path
    if not name.subject:
        return domain, path.rsplit("/", 1)[0]
    return same_recording(domain, name.subject, name.video_id)


def find_duplicates(facts: Mapping[str, ImageFacts], names: Mapping[str, ImageName]) -> Duplicates:
    """Compare all images with all.

    Args:
        facts: Path -> what was read.
        names: Path -> domain, class, and what the name says.

    Returns:
        The duplicates.
    """
    readable = {path: own for path, own in facts.items() if not own.error}
    result = Duplicates(recordings={path: recording_of(path, names[path]) for path in readable})
    same = defaultdict(list)
    for path, own in readable.items():
        same[own.digest].append(path)
    for paths in same.values():
        recordings = {result.recordings[path] for path in paths}
        if len(paths) > 1:
            (result.exact if len(recordings) > 1 else result.frames).append(paths)
    # One of several copies is enough.
    first = [paths[0] for paths in same.values() if readable[paths[0]].spread >= LEAST_SPREAD]
    if len(first) > 1:
        number = {own: i for i, own in enumerate(dict.fromkeys(result.recordings[path] for path in first))}
        pairs = near_pairs(
            np.array([readable[path].phash for path in first], np.uint64),
            np.stack([np.frombuffer(readable[path].small, np.uint8) for path in first]),
            np.array([number[result.recordings[path]] for path in first]),
        )
        result.near = [(first[i], first[j]) for i, j in pairs]
    return result


def check_duplicates(found: Duplicates, names: Mapping[str, ImageName]) -> list[Finding]:
    """Duplicates as findings, those of different classes apart."""
    groups: dict[str, list[str]] = defaultdict(list)
    for paths in found.exact:
        groups["same_classes" if _two_classes(paths, names) else "same_image"].append(" = ".join(paths))
    for pair in found.near:
        groups["near_classes" if _two_classes(pair, names) else "near_image"].append(" ~ ".join(pair))
    groups["same_frame"] = [" = ".join(paths) for paths in found.frames if _frozen(paths, names)]
    return [one for code, items in groups.items() for one in finding(code, "frame", items)]


def tested_and_trained(found: Duplicates, train: Collection[str], test: Collection[str]) -> tuple[list[str], list[str]]:
    """Images of a test that train as well, under another name.

    Args:
        found: All duplicates.
        train: Paths that train; a set.
        test: Paths that are tested; a set.

    Returns:
        ``'tested = trained'`` for the same bytes, ``'tested ~ trained'`` for what looks the same; one entry per tested image,
        other recordings' only: those of the same one are leaks.
    """
    same = {}
    for paths in found.exact:
        trained = [path for path in paths if path in train]
        for path in paths if trained else ():
            others = [other for other in trained if found.recordings[other] != found.recordings[path]]
            if path in test and others:
                same[path] = f"{path} = {others[0]}"
    copies = {paths[0]: paths for paths in [*found.exact, *found.frames]}
    near = {}
    for pair in found.near:
        for one, other in (pair, pair[::-1]):
            trained = [path for path in copies.get(other, [other]) if path in train]
            tested = [path for path in copies.get(one, [one]) if path in test and path not in same]
            if trained:
                near |= {path: f"{path} ~ {trained[0]}" for path in tested}
    return list(same.values()), list(near.values())


def _two_classes(paths: Collection[str], names: Mapping[str, ImageName]) -> bool:
    return {"real", "spoof"} <= {names[path][1] for path in paths}


def _frozen(paths: list[str], names: Mapping[str, ImageName]) -> bool:
    """Whether a video of one folder shows the same image twice, and its name says that it is one video."""
    videos = [name.video_id for path in paths if (name := names[path][2]) and name.subject]
    return len(videos) > len(set(videos))
