# SPDX-License-Identifier: Apache-2.0
"""Find videos and subjects that are in both the training set and the test set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .naming import same_recording
from .protocols import ADAPT


class Leak(NamedTuple):
    """Test videos of one domain that have a video or a subject in common with the training set.

    Attributes:
        domain: Domain of the test videos.
        role: ``'target'`` or ``'dev'``.
        total: Number of test videos of that domain and role.
        same_video: Number of them that are also in the training set, with the same or other frames, in the same or another
            folder (WMCA's training list contains its test recordings).
        same_subject: Number of them with a subject of the training set, ``same_video`` included. Videos without a known
            subject count only in ``same_video``.
        unlabelled: Whether some of these training images are used without their labels (``run.unlabelled``).
    """

    domain: str
    role: str
    total: int
    same_video: int
    same_subject: int
    unlabelled: bool = False

    def __str__(self) -> str:
        """One sentence."""
        note = " (counting target images that train without labels)" if self.unlabelled else ""
        return (
            f"{self.role} {self.domain}: of {self.total} test videos, {self.same_video} are also in the training set and "
            f"{self.same_subject} show a subject of the training set{note}"
        )


def find_leaks(train: Iterable[dict], test: Iterable[dict]) -> list[Leak]:
    """Compare the videos and subjects of two sets of samples.

    Args:
        train: Samples with ``domain``, ``video_id``, ``subject``, and ``role`` if they may be unlabelled.
        test: Samples with the same keys and ``role``.

    Returns:
        One entry per domain and role of ``test`` that shares a video or a subject with ``train``; empty if none does.

    Example:
        >>> trained = dict(domain="M", video_id="a", subject="1")
        >>> print(find_leaks([trained], [dict(domain="M", video_id="b", subject="1", role="target")])[0])
        target M: of 1 test videos, 0 are also in the training set and 1 show a subject of the training set
    """
    recordings, subjects, unlabelled = set(), set(), set()
    for sample in train:
        recordings.add(_recording(sample))
        subjects.add((sample["domain"], sample["subject"]))
        if sample.get("role") == ADAPT:
            unlabelled.add(sample["domain"])
    tested = {(s["role"], s["domain"], s["video_id"]): s for s in test}
    leaks = []
    for role, domain in dict.fromkeys(key[:2] for key in tested):
        videos = {video: s for (r, d, video), s in tested.items() if (r, d) == (role, domain)}
        same_video = {video for video, s in videos.items() if _recording(s) in recordings}
        same_subject = {video for video, s in videos.items() if s["subject"] and (domain, s["subject"]) in subjects}
        if both := same_video | same_subject:
            leaks.append(Leak(domain, role, len(videos), len(same_video), len(both), domain in unlabelled))
    return leaks


def _recording(sample: dict) -> tuple[str, str, str]:
    return same_recording(sample["domain"], sample["subject"], sample["video_id"])
