# SPDX-License-Identifier: Apache-2.0
"""Parse file names of a domain: path in a list -> subject, session, video, attack type, device."""

from __future__ import annotations

import re

from .frame_name import FrameName, original_split
from .sets import DATA_SETS

__all__ = ["FrameName", "original_split", "parse_name", "same_recording"]
FOLDER = re.compile(r"^([^/]+)/(?:train|test)/")


def parse_name(domain: str, path: str) -> FrameName:
    """Parse a line of a list.

    Args:
        domain: A key of :data:`~flip_mm.datasets.sets.DATA_SETS`.
        path: Path relative to ``frame/``, with ``/``.

    Raises:
        ValueError: The path is no official name of the data set, or is in the folder of the other class.

    Example:
        >>> name = parse_name("O", "oulu/train/fake/1_2_07_3_frame0.png")
        >>> name.subject, name.attack_type, name.device, name.medium, name.frame
        ('07', 'print_2', 'phone1', 'printer2', 0)
    """
    return DATA_SETS[domain].parse(path)


def same_recording(domain: str, subject: str, video_id: str) -> tuple[str, str, str]:
    """Key that is the same for all frames of one recording, in the folder train or test.

    It is the only definition of "the same recording", for leaks and for duplicate images. The subject is part of the key
    because names repeat: CASIA uses the same names in train and test for different people.

    Args:
        domain: A key of :data:`~flip_mm.datasets.sets.DATA_SETS`.
        subject: See :class:`~flip_mm.datasets.frame_name.FrameName`.
        video_id: See :class:`~flip_mm.datasets.frame_name.FrameName`.

    Example:
        >>> same_recording("W", "069", "wmca/test/real/22.05.18_069_06_000_0_01")
        ('W', '069', 'wmca/real/22.05.18_069_06_000_0_01')
    """
    return domain, subject, FOLDER.sub(r"\1/", DATA_SETS[domain].frame_suffix.sub("", video_id))
