# SPDX-License-Identifier: Apache-2.0
"""What a file name says, given its domain: path in a list -> subject, session, video, attack type, device."""

from __future__ import annotations

import re

from .frame_name import FrameName, original_split
from .sets import DATA_SETS

__all__ = ["FrameName", "frames_to_test", "original_split", "parse_name", "same_recording"]
FOLDER = re.compile(r"^([^/]+)/(?:train|test)/")


def parse_name(domain: str, path: str) -> FrameName:
    """Read a line of a list.

    Args:
        domain: A key of :data:`~flip_mm.datasets.sets.DATA_SETS`.
        path: Path relative to the folder of frames, with ``/``.

    Returns:
        What it says.

    Raises:
        ValueError: The path does not follow the data set's official names, or is in the folder of the other class.

    Example:
        >>> name = parse_name("O", "oulu/train/fake/1_2_07_3_frame0.png")
        >>> name.subject, name.attack_type, name.device, name.medium, name.frame
        ('07', 'print_2', 'phone1', 'printer2', 0)
    """
    return DATA_SETS[domain].parse(path)


def frames_to_test(domain: str, line: str) -> list[str]:
    """Frames that a test shows for one line of a list.

    Args:
        domain: As for :func:`parse_name`.
        line: Of the list.

    Returns:
        The frame and frame 1 of the same video where lists name frame 0 of every video (M, C, I, O); the line alone
        elsewhere, where lists name every frame.

    Raises:
        ValueError: Lists name frame 0, and this line another one.

    Example:
        >>> frames_to_test("O", "oulu/test/fake/1_2_07_3_frame0.png")
        ['oulu/test/fake/1_2_07_3_frame0.png', 'oulu/test/fake/1_2_07_3_frame1.png']
        >>> frames_to_test("CeFA", "cefa/test/real/1_213_1_1_1_05.jpg")
        ['cefa/test/real/1_213_1_1_1_05.jpg']
    """
    return DATA_SETS[domain].frames_to_test(line)


def same_recording(domain: str, subject: str, video_id: str) -> tuple[str, str, str]:
    """Key that all frames of one recording share, whether they are in the folder train or test.

    The only definition of it: what trains is compared with what is tested by it, and copies of an image are told from
    neighbouring frames. The subject belongs to it because names alone repeat: CASIA's in train and test are of different
    people.

    Args:
        domain: Of the data set.
        subject: As of :class:`~flip_mm.datasets.frame_name.FrameName`.
        video_id: The same.

    Example:
        >>> same_recording("W", "069", "wmca/test/real/22.05.18_069_06_000_0_01")
        ('W', '069', 'wmca/real/22.05.18_069_06_000_0_01')
    """
    return domain, subject, FOLDER.sub(r"\1/", DATA_SETS[domain].frame_suffix.sub("", video_id))
