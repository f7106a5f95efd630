# SPDX-License-Identifier: Apache-2.0
"""Plan the videos of the synthetic set: persons, kinds, names and lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flip_mm.datasets.data_set import DataSet
from flip_mm.datasets.lists import list_name
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.labels import LIST_WORDS

# Attack videos per real video.
ATTACKS_PER_REAL = 2


@dataclass(frozen=True)
class Video:
    """One video to make.

    Attributes:
        domain: M, C, I, O, W, CeFA, S or CelebA.
        subject: Number of the person within the domain.
        kind: ``'real'``, ``'print'``, ``'replay'``, ``'mask'``, ``'cut_en'`` or ``'cut_enm'``.
        stem: Path without frame number and suffix, relative to ``frame/``.
        frames: File suffixes, one per frame.
    """

    domain: str
    subject: int
    kind: str
    stem: str
    frames: tuple[str, ...] = ("_frame0.png", "_frame1.png")


def plan_videos(domain: str, videos: int, seed: int) -> list[Video]:
    """Plan all videos of a domain.

    Args:
        domain: M, C, I, O, W, CeFA, S or CelebA.
        videos: Number of real videos; there are twice as many attacks. CelebA: number of single images of each class.
        seed: Selects which of the official combinations appear.

    Returns:
        The videos, real ones first.
    """
    data_set = DATA_SETS[domain]
    folders = data_set.synthetic
    if len(folders) == 1:
        return list(_plan_images(data_set, videos))
    counts = {True: videos, False: ATTACKS_PER_REAL * videos}
    names = {real: [folder.names(real) for folder in folders] for real in counts}
    # Two real videos per person, or fewer if the data set has fewer names; the first half of the people is in the train folder.
    people = max(2, -(-videos // 2), *(-(-counts[real] // len(part)) for real in counts for part in names[real]))
    result = []
    for real, count in counts.items():
        orders = [np.random.default_rng([seed, *domain.encode(), real]).permutation(len(part)) for part in names[real]]
        for i in range(count):
            subject, serial = i % people + 1, i if real else videos + i
            part = int(subject > people // 2)
            kind, name = names[real][part][orders[part][(i // people + subject) % len(names[real][part])]]
            name = name.format(s=subject, g=1 + subject % 3, n=serial, k=serial // 100)
            stem = f"{data_set.stem}/{('train', 'test')[part]}/{'real' if real else 'fake'}/{name}"
            result.append(Video(domain, subject, kind, stem, folders[part].endings))
    return result


def _plan_images(data_set: DataSet, images: int) -> Iterator[Video]:
    """Plan the same number of single images of each class, each of another person."""
    (folder,) = data_set.synthetic
    for real, word in ((True, "real"), (False, "fake")):
        names = folder.names(real)
        for i in range(images):
            number = i if real else images + i
            kind, name = names[(7 * i) % len(names)]
            stem = f"{data_set.stem}/{word}/{name.format(s=i + 1, n=number)}"
            yield Video(data_set.domain, number + 1, kind, stem, folder.endings)


def list_files(domain: str, videos: list[Video]) -> dict[str, list[str]]:
    """Make the lists of a domain, file name -> lines, by the rules of the official lists.

    Lists of M, C, I, O name frame 0 of a video: all videos for training, all except the shots for the test. Lists of W, CeFA, S
    name every frame: for training those of the train folder (W) or all, for the test those of the test folder except the
    shots. CelebA has no test list. There are ten shots per class, but at most a fifth of the lines.
    """
    data_set = DATA_SETS[domain]
    pair = data_set.frames == "pair"
    lines = {
        name: [
            video.stem + frame
            for video in videos
            if (video.kind == "real") == (name == "real")
            for frame in (video.frames[:1] if pair else video.frames)
        ]
        for name in LIST_WORDS
    }
    files = {}
    for name, (train, tested) in data_set.lists.divide(lines).items():
        parts = {"train": train}
        if data_set.lists.test != "none":
            count = min(data_set.lists.shots, len(tested) // 5)
            # One video per shot: a video of M, C, I, O has one line, one of the others a line per frame.
            step = 1 if pair else len(tested) // count
            shots = tested[: count * step : step]
            parts |= {"test": [line for line in tested if line not in shots], "shot": shots}
        files |= {list_name(domain, name, kind): kind_lines for kind, kind_lines in parts.items()}
    return files
