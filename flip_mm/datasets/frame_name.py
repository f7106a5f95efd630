# SPDX-License-Identifier: Apache-2.0
"""What the name of a frame says, and how names of frames end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from flip_mm.labels import BONA_FIDE

# Folders behind that of the data set, in patterns of names.
SPLIT = r"(?P<split>train|test)/(?P<cls>real|fake)/"
# Kind of frames -> how a path ends. "pair": lists name frame 0 of a video, a test adds frame 1. "numbered": lists name every
# frame. "single": every image is a video.
ENDINGS = {
    "pair": re.compile(r"^(?P<video>.+)_frame(?P<frame>\d+)\.png$"),
    "numbered": re.compile(r"^(?P<video>.+)_(?P<frame>\d\d)\.jpg$"),
    "single": re.compile(r"^(?P<video>.+)\.(?:jpg|png)$"),
}


class NameParts(NamedTuple):
    """What a data set's rule reads out of a name; as the attributes of :class:`FrameName`."""

    subject: str
    attack_type: str
    session: str = ""
    device: str = ""
    medium: str = ""


@dataclass(frozen=True)
class FrameName:
    """What the name of a frame says.

    Attributes:
        video_id: Path without frame number and suffix: the scores of its frames are averaged. Unique over all domains.
        subject: Unique within the domain; '' where the name does not tell.
        attack_type: ``'bonafide'``, or the presentation attack instrument in the data set's own words; ``'spoof'`` where the
            name tells no more.
        frame: Number of the frame as the file is named; 0 for single images.
        session: Recording session or '' where the name does not tell.
        device: Camera or '' where the name does not tell.
        medium: Which printer, screen or instrument shows the face of an attack; '' where the name does not tell, and for real
            faces.
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
    """``'train'`` or ``'test'``: the folder in a path, which is the data set's own division.

    Example:
        >>> original_split("oulu/test/fake/1_2_07_3_frame0.png")
        'test'
    """
    return path.split("/")[1]
