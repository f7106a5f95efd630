# SPDX-License-Identifier: Apache-2.0
"""Which videos the synthetic set has: who is in them, what they show, how they are named and listed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from flip_mm.datasets.protocols import DOMAINS, LAYOUTS

from .names import FOLDERS

# How many attack videos come on one real video.
ATTACKS_PER_REAL = 2
SHOTS = 10
CELEB_SHARE = {"print": 0.4, "replay": 0.4, "mask": 0.2}


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
    """All videos of a domain.

    Args:
        domain: M, C, I, O, W, CeFA, S or CelebA.
        videos: Real videos; twice as many attacks. CelebA: single images, as many of either class.
        seed: Chooses which of the official combinations appear.

    Returns:
        The videos, real ones first.
    """
    if domain == "CelebA":
        return list(_plan_celeb(videos))
    counts = {True: videos, False: ATTACKS_PER_REAL * videos}
    names = {real: [folder.names(real) for folder in FOLDERS[domain]] for real in counts}
    # Two real videos a person, or one where the data set has no more; the first half of the people is in the train folder.
    people = max(2, -(-videos // 2), *(-(-counts[real] // len(part)) for real in counts for part in names[real]))
    result = []
    for real, count in counts.items():
        orders = [np.random.default_rng([seed, *domain.encode(), real]).permutation(len(part)) for part in names[real]]
        for i in range(count):
            subject, serial = i % people + 1, i if real else videos + i
            part = int(subject > people // 2)
            kind, name = names[real][part][orders[part][(i // people + subject) % len(names[real][part])]]
            name = name.format(s=subject, g=1 + subject % 3, n=serial, k=serial // 100)
            stem = f"{DOMAINS[domain]}/{('train', 'test')[part]}/{'real' if real else 'fake'}/{name}"
            result.append(Video(domain, subject, kind, stem, FOLDERS[domain][part].frames))
    return result


def _plan_celeb(images: int) -> Iterator[Video]:
    for i in range(images):
        yield Video("CelebA", i + 1, "real", f"celeb/real/{i + 1}_live_{i:06d}", (".jpg",))
    kinds = [kind for kind, share in CELEB_SHARE.items() for _ in range(round(share * 10))]
    for i in range(images):
        kind = kinds[(7 * i) % len(kinds)]
        yield Video("CelebA", images + i + 1, kind, f"celeb/fake/{i + 1}_spoof_{images + i:06d}", (".jpg",))


def list_files(domain: str, videos: list[Video]) -> dict[str, list[str]]:
    """Lists of a domain by file name, made as the official ones are.

    M, C, I, O name frame 0 of a video: all videos for training, all but the shots for testing. W, CeFA, S name every frame and
    test the test folder's but for the shots; they train on the train folder's (W) or on all. CelebA is never tested. Shots are
    ten per class, or a fifth where that is less.
    """
    files = {}
    for real, word in ((True, "real"), (False, "fake")):
        own = [video for video in videos if (video.kind == "real") == real]
        if domain in LAYOUTS["MCIO"]:
            train = tested = [video.stem + video.frames[0] for video in own]
        else:
            train = [video.stem + frame for video in own for frame in video.frames]
            tested = [line for line in train if "/test/" in line]
            if domain == "W":
                train = [line for line in train if "/train/" in line]
        parts = {"train": train}
        if domain != "CelebA":
            count = min(SHOTS, len(tested) // 5)
            # One video per shot: M, C, I, O have one line each, the others as many lines as frames.
            step = 1 if domain in LAYOUTS["MCIO"] else len(tested) // count
            shots = tested[: count * step : step]
            parts |= {"test": [line for line in tested if line not in shots], "shot": shots}
        files |= {f"{DOMAINS[domain]}_{word}_{split}.txt": lines for split, lines in parts.items()}
    return files
