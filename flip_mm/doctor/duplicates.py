# SPDX-License-Identifier: Apache-2.0
"""Find duplicates and near duplicates among the images."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from flip_mm.datasets.naming import same_recording

from .finding import Finding, make_findings
from .frame_names import ImageName
from .image_facts import ImageFacts
from .near_duplicates import near_pairs

# Images with less contrast have similar hashes.
MIN_SPREAD = 16


@dataclass
class Duplicates:
    """Duplicate images.

    Attributes:
        exact: Groups of paths with the same bytes, of two or more recordings.
        near: Pairs of different recordings that look the same but have different bytes.
        frames: Groups of paths of one recording with the same bytes.
        recordings: Path -> its recording.
    """

    exact: list[list[str]] = field(default_factory=list)
    near: list[tuple[str, str]] = field(default_factory=list)
    frames: list[list[str]] = field(default_factory=list)
    recordings: dict[str, tuple[str, ...]] = field(default_factory=dict)


def recording_of(path: str, image: ImageName) -> tuple[str, ...]:
    """Key of the recording of an image; frames of one recording are similar and not compared.

    A recording has the same key in the folders train and test: :func:`~flip_mm.datasets.naming.same_recording`. If names
    contain neither video nor subject (validation images of CASIA-SURF), all images of a folder count as one recording.
    """
    domain, _, name = image
    if name is None:
        return domain, path
    if not name.subject:
        return domain, path.rsplit("/", 1)[0]
    return same_recording(domain, name.subject, name.video_id)


def find_duplicates(facts: Mapping[str, ImageFacts], names: Mapping[str, ImageName]) -> Duplicates:
    """Compare every image with every other image.

    Args:
        facts: Path -> measured properties of the image.
        names: Path -> domain, class and parsed name.
    """
    readable = {path: image for path, image in facts.items() if not image.error}
    result = Duplicates(recordings={path: recording_of(path, names[path]) for path in readable})
    same = defaultdict(list)
    for path, image in readable.items():
        same[image.digest].append(path)
    for paths in same.values():
        recordings = {result.recordings[path] for path in paths}
        if len(paths) > 1:
            (result.exact if len(recordings) > 1 else result.frames).append(paths)
    # Compare only one of several copies.
    first = [paths[0] for paths in same.values() if readable[paths[0]].spread >= MIN_SPREAD]
    if len(first) > 1:
        number = {recording: i for i, recording in enumerate(dict.fromkeys(result.recordings[path] for path in first))}
        pairs = near_pairs(
            np.array([readable[path].phash for path in first], np.uint64),
            np.stack([np.frombuffer(readable[path].small, np.uint8) for path in first]),
            np.array([number[result.recordings[path]] for path in first]),
        )
        result.near = [(first[i], first[j]) for i, j in pairs]
    return result


def check_duplicates(duplicates: Duplicates, names: Mapping[str, ImageName]) -> list[Finding]:
    """Make findings of duplicates; those between the two classes are separate findings."""
    groups: dict[str, list[str]] = defaultdict(list)
    for paths in duplicates.exact:
        groups["same_classes" if _two_classes(paths, names) else "same_image"].append(" = ".join(paths))
    for pair in duplicates.near:
        groups["near_classes" if _two_classes(pair, names) else "near_image"].append(" ~ ".join(pair))
    groups["same_frame"] = [" = ".join(paths) for paths in duplicates.frames if _frozen(paths, names)]
    return [one for code, items in groups.items() for one in make_findings(code, "frame", items)]


def tested_and_trained(duplicates: Duplicates, train: Collection[str], test: Collection[str]) -> tuple[list[str], list[str]]:
    """Find test images that are also training images under another name.

    Args:
        duplicates: All duplicates.
        train: Paths of the training images; a set.
        test: Paths of the test images; a set.

    Returns:
        ``'tested = trained'`` for the same bytes, ``'tested ~ trained'`` for images that look the same; one entry per test
        image. Images of the same recording are not included; :mod:`~flip_mm.datasets.leakage` reports them.
    """
    same = {}
    for paths in duplicates.exact:
        trained = [path for path in paths if path in train]
        for path in paths if trained else ():
            others = [other for other in trained if duplicates.recordings[other] != duplicates.recordings[path]]
            if path in test and others:
                same[path] = f"{path} = {others[0]}"
    copies = {paths[0]: paths for paths in [*duplicates.exact, *duplicates.frames]}
    near = {}
    for pair in duplicates.near:
        for one, other in (pair, pair[::-1]):
            trained = [path for path in copies.get(other, [other]) if path in train]
            tested = [path for path in copies.get(one, [one]) if path in test and path not in same]
            if trained:
                near |= {path: f"{path} ~ {trained[0]}" for path in tested}
    return list(same.values()), list(near.values())


def _two_classes(paths: Collection[str], names: Mapping[str, ImageName]) -> bool:
    return {"real", "spoof"} <= {names[path][1] for path in paths}


def _frozen(paths: list[str], names: Mapping[str, ImageName]) -> bool:
    """Whether two frames of one video are the same image, and the names prove that it is one video."""
    videos = [name.video_id for path in paths if (name := names[path][2]) and name.subject]
    return len(videos) > len(set(videos))
