# SPDX-License-Identifier: Apache-2.0
"""What the name of a frame says, and how names of frames end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from flip_mm.labels import BONA_FIDE

# Folders after the folder of the data set, in patterns of names.
SPLIT = r"(?P<split>train|test)/(?P<cls>real|fake)/"
# Kind of frames -> ending of a path. "pair": lists name frame 0 of a video, and a test adds frame 1. "numbered": lists name
# every frame. "single": every image counts as a video.
ENDINGS = {
    "pair": re.compile(r"^(?P<video>.+)_frame(?P<frame>\d+)\.png$"),
    "numbered": re.compile(r"^(?P<video>.+)_(?P<frame>\d\d)\.jpg$"),
    "single": re.compile(r"^(?P<video>.+)\.(?:jpg|png)$"),
}


class NameParts(NamedTuple):
    """Parts of a name; the attributes mean the same as in :class:`FrameName`."""

    subject: str
    attack_type: str
    session: str = ""
    device: str = ""
    medium: str = ""


@dataclass(frozen=True)
class FrameName:
    """Parsed name of a frame. Text attributes are '' if the name does not contain them.

    Attributes:
        video_id: Path without frame number and suffix; unique over all domains. Scores are averaged over a video.
        subject: Person; unique within the domain.
        attack_type: ``'bonafide'``, or the presentation attack instrument in the words of the data set; ``'spoof'`` if it
            is unknown.
        frame: Number of the frame in the file name; 0 for single images.
        session: Recording session.
        device: Camera.
        medium: Printer, screen or instrument that shows the face of an attack; '' for real faces.
    """

    video_id: str
    subject: str
    attack_type: str
    frame: int
    session: str = ""
    device: str = ""
    medium: str = ""

    @property
    def label(self) -> str:
        """``'real'`` or ``'spoof'``."""
        return "real" if self.attack_type == BONA_FIDE else "spoof"


def original_split(path: str) -> str:
    """Split of the original data set, ``'train'`` or ``'test'``: the second folder of the path.

    Example:
        >>> original_split("oulu/test/fake/1_2_07_3_frame0.png")
        'test'
    """
    return path.split("/")[1]
