# SPDX-License-Identifier: Apache-2.0
"""What training and test have in common."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .naming import same_recording


class Leak(NamedTuple):
    """Test videos of one domain that training has seen something of.

    Attributes:
        domain: Where they belong.
        role: ``'target'`` or ``'dev'``.
        total: Test videos of that domain and role.
        same_video: How many of them train as well, with the same or with other frames, or under another folder (WMCA's test
            recordings stand in its training list again).
        same_subject: How many show a subject that trains, the same videos included; where names tell no subject, those only.
    """

    domain: str
    role: str
    total: int
    same_video: int
    same_subject: int

    def __str__(self) -> str:
        """One sentence."""
        return (
            f"{self.role} {self.domain}: of {self.total} test videos {self.same_video} train as well and {self.same_subject} "
            "show a subject that trains"
        )


def find_leaks(train: Iterable[dict], test: Iterable[dict]) -> list[Leak]:
    """Compare the videos and subjects of two sets of samples.

    Args:
        train: Samples with ``domain``, ``video_id``, ``subject``.
        test: The same, with ``role``.

    Returns:
        One entry per domain and role of ``test`` that shares a video or a subject with ``train``; empty where nothing leaks.

    Example:
        >>> seen = dict(domain="M", video_id="a", subject="1")
        >>> print(find_leaks([seen], [dict(domain="M", video_id="b", subject="1", role="target")])[0])
        target M: of 1 test videos 0 train as well and 1 show a subject that trains
    """
    recordings, subjects = set(), set()
    for sample in train:
        recordings.add(_recording(sample))
        subjects.add((sample["domain"], sample["subject"]))
    tested = {(s["role"], s["domain"], s["video_id"]): s for s in test}
    leaks = []
    for role, domain in dict.fromkeys(key[:2] for key in tested):
        own = {video: s for (r, d, video), s in tested.items() if (r, d) == (role, domain)}
        same = {video for video, s in own.items() if _recording(s) in recordings}
        known = {video for video, s in own.items() if s["subject"] and (domain, s["subject"]) in subjects}
        if same | known:
            leaks.append(Leak(domain, role, len(own), len(same), len(same | known)))
    return leaks


def _recording(sample: dict) -> tuple[str, str, str]:
    return same_recording(sample["domain"], sample["subject"], sample["video_id"])
