# SPDX-License-Identifier: Apache-2.0
"""Names of the synthetic videos: those of the real data sets, so that the real configs read them unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

# How many attack videos come on one real video.
ATTACKS_PER_REAL = 2


@dataclass(frozen=True)
class Video:
    """One video to make.

    Attributes:
        domain: M, C, I, O or CelebA.
        subject: Number of the person within the domain.
        kind: ``'real'``, ``'print'``, ``'replay'`` or ``'mask'``.
        stem: Path without frame number and suffix, relative to ``frame/``.
        frames: File suffixes, one per frame.
    """

    domain: str
    subject: int
    kind: str
    stem: str
    frames: tuple[str, ...] = ("_frame0.png", "_frame1.png")


def _msu(real: bool) -> list[tuple[str, str]]:
    if real:
        return [("real", f"real_client{{s:03d}}_{device}_SD_scene01") for device in ("android", "laptop")]
    kinds = {"ipad_video": "replay", "iphone_video": "replay", "printed_photo": "print"}
    pairs = product(kinds, ("android", "laptop"))
    return [(kinds[medium], f"attack_client{{s:03d}}_{device}_SD_{medium}_scene01") for medium, device in pairs]


def _casia(real: bool) -> list[tuple[str, str]]:
    takes = {"1": "real", "2": "real", "HR_1": "real"}
    if not real:
        takes = dict.fromkeys(("3", "4", "HR_2", "5", "6", "HR_3"), "print") | dict.fromkeys(("7", "8", "HR_4"), "replay")
    return [(kind, f"{{s}}_{take}") for take, kind in takes.items()]


def _replay(real: bool) -> list[tuple[str, str]]:
    lights = ("adverse", "controlled")
    if real:
        return [
            ("real", f"real_client{{s:03d}}_session01_webcam_authenticate_{light}_{k}") for light, k in product(lights, (1, 2))
        ]
    media = [("print", "highdef", "photo"), *product(("mobile", "highdef"), ("mobile", "highdef"), ("photo", "video"))]
    media = [m for m in media if m[0] == "print" or m[0] == m[1]]
    return [
        ("print" if device == "print" else "replay", f"{hold}_attack_{device}_client{{s:03d}}_session01_{d}_{m}_{light}")
        for hold, (device, d, m), light in product(("fixed", "hand"), media, lights)
    ]


def _oulu(real: bool) -> list[tuple[str, str]]:
    kinds = {1: "real"} if real else {2: "print", 3: "print", 4: "replay", 5: "replay"}
    triples = product(range(1, 7), range(1, 4), kinds)
    return [(kinds[file], f"{phone}_{session}_{{s:02d}}_{file}") for phone, session, file in triples]


RULES = {"M": ("msu", _msu), "C": ("casia", _casia), "I": ("replay", _replay), "O": ("oulu", _oulu)}
CELEB_SHARE = {"print": 0.4, "replay": 0.4, "mask": 0.2}


def plan_videos(domain: str, videos: int, seed: int) -> list[Video]:
    """All videos of a domain.

    Args:
        domain: M, C, I, O or CelebA.
        videos: Real videos; twice as many attacks. CelebA: single images, as many of either class.
        seed: Chooses which of the official combinations appear.

    Returns:
        The videos, real ones first.
    """
    if domain == "CelebA":
        return list(_plan_celeb(videos))
    folder, rule = RULES[domain]
    result = []
    subjects = max(2, -(-videos // 2))
    for real, count in ((True, videos), (False, ATTACKS_PER_REAL * videos)):
        combinations = rule(real)
        order = np.random.default_rng([seed, ord(domain), real]).permutation(len(combinations))
        rounds = -(-count // len(combinations))
        people = max(subjects, rounds)
        for i in range(count):
            subject = i % people + 1
            kind, name = combinations[order[(i // people + subject) % len(combinations)]]
            split = "train" if subject <= people // 2 else "test"
            stem = f"{folder}/{split}/{'real' if real else 'fake'}/{name.format(s=subject)}"
            result.append(Video(domain, subject, kind, stem))
    return result


def _plan_celeb(images: int) -> Iterator[Video]:
    for i in range(images):
        yield Video("CelebA", i + 1, "real", f"celeb/real/{i + 1}_live_{i:06d}", (".jpg",))
    kinds = [kind for kind, share in CELEB_SHARE.items() for _ in range(round(share * 10))]
    for i in range(images):
        kind = kinds[(7 * i) % len(kinds)]
        yield Video("CelebA", images + i + 1, kind, f"celeb/fake/{i + 1}_spoof_{images + i:06d}", (".jpg",))
