# SPDX-License-Identifier: Apache-2.0
"""What a file name means, per data set: path in a list -> subject, session, video, attack type, device."""

from __future__ import annotations

import re
from dataclasses import dataclass

BONA_FIDE = "bonafide"
FRAME = re.compile(r"^(?P<video>.+)_frame(?P<frame>\d+)\.png$")
SPLIT = r"(?P<split>train|test)/(?P<cls>real|fake)/"

MSU = re.compile(
    rf"^msu/{SPLIT}(?P<kind>real|attack)_client(?P<client>\d{{3}})_(?P<device>android|laptop)_SD_"
    r"(?:(?P<attack>ipad_video|iphone_video|printed_photo)_)?(?P<session>scene\d+)$"
)
CASIA = re.compile(rf"^casia/{SPLIT}(?P<client>\d+)_(?P<take>(?:HR_)?\d)$")
# Take -> camera quality and attack type.
CASIA_TAKES = {
    "1": ("low", BONA_FIDE),
    "2": ("normal", BONA_FIDE),
    "HR_1": ("high", BONA_FIDE),
    "3": ("low", "warped_photo"),
    "4": ("normal", "warped_photo"),
    "HR_2": ("high", "warped_photo"),
    "5": ("low", "cut_photo"),
    "6": ("normal", "cut_photo"),
    "HR_3": ("high", "cut_photo"),
    "7": ("low", "video_replay"),
    "8": ("normal", "video_replay"),
    "HR_4": ("high", "video_replay"),
}
REPLAY = re.compile(
    rf"^replay/{SPLIT}(?:real|(?P<support>fixed|hand)_attack_(?P<attack>print|mobile|highdef))_client(?P<client>\d{{3}})_"
    r"session(?P<session>\d\d)_(?:webcam_authenticate_(?P<light_r>adverse|controlled)_\d|"
    r"(?P<device>highdef|mobile)_(?P<medium>photo|video)_(?P<light>adverse|controlled))$"
)
OULU = re.compile(rf"^oulu/{SPLIT}(?P<phone>[1-6])_(?P<session>[1-3])_(?P<client>\d\d)_(?P<file>[1-5])$")
OULU_FILES = {"1": BONA_FIDE, "2": "print_1", "3": "print_2", "4": "replay_1", "5": "replay_2"}
CELEB = re.compile(r"^celeb/(?P<cls>real|fake)/(?P<client>\d+)_(?P<kind>live|spoof)_(?P<file>\d+)\.(?:jpg|png)$")


@dataclass(frozen=True)
class FrameName:
    """What the name of a frame tells.

    Attributes:
        video_id: Path without frame number and suffix; unique over all domains.
        subject: Unique within the domain; '' where the name does not tell.
        attack_type: ``'bonafide'``, or the presentation attack instrument in the data set's own words.
        frame: Number of the frame as the file is named, 0 or 1; 0 for single images.
        session: Recording session or '' where the name does not tell.
        device: Camera or '' where the name does not tell.
    """

    video_id: str
    subject: str
    attack_type: str
    frame: int
    session: str = ""
    device: str = ""


def _msu(m: re.Match) -> tuple[str, str, str, str]:
    return m["client"], m["attack"] or BONA_FIDE, m["session"], m["device"]


def _casia(m: re.Match) -> tuple[str, str, str, str]:
    quality, attack = CASIA_TAKES[m["take"]]
    # Subject numbers repeat in train and test and are different people.
    return f"{m['split']}/{m['client']}", attack, "", quality


def _replay(m: re.Match) -> tuple[str, str, str, str]:
    attack = f"{m['attack']}_{m['medium']}_{m['support']}" if m["attack"] else BONA_FIDE
    return m["client"], attack, m["session"], "webcam"


def _oulu(m: re.Match) -> tuple[str, str, str, str]:
    return m["client"], OULU_FILES[m["file"]], m["session"], f"phone{m['phone']}"


RULES = {"M": (MSU, _msu), "C": (CASIA, _casia), "I": (REPLAY, _replay), "O": (OULU, _oulu)}


def parse_name(domain: str, path: str) -> FrameName:
    """Read a line of a list.

    Args:
        domain: M, C, I, O or CelebA.
        path: Path relative to the folder of frames, with ``/``.

    Returns:
        What it tells.

    Raises:
        ValueError: The path does not follow the data set's official names, or is in the folder of the other class.

    Example:
        >>> name = parse_name("O", "oulu/train/fake/1_2_07_3_frame0.png")
        >>> name.subject, name.attack_type, name.device, name.frame
        ('07', 'print_2', 'phone1', 0)
    """
    if domain == "CelebA":
        # The published list of spoof images has 256 named "live" among its 40,000: the folder decides.
        if (m := CELEB.match(path)) and (m["cls"] == "fake" or m["kind"] == "live"):
            attack = BONA_FIDE if m["cls"] == "real" else "spoof"
            return FrameName(path.rsplit(".", 1)[0], m["client"], attack, 0)
    elif frame := FRAME.match(path):
        rule, read = RULES[domain]
        if (m := rule.match(frame["video"])) and _known(m):
            subject, attack, session, device = read(m)
            if (attack == BONA_FIDE) == (m["cls"] == "real"):
                return FrameName(frame["video"], subject, attack, int(frame["frame"]), session, device)
    raise ValueError(f"'{path}' is no official name of domain {domain}; see the table of names in docs/real_data.md.")


def _known(m: re.Match) -> bool:
    """Refuse what the patterns cannot: unknown CASIA takes, MSU and Replay names of mixed kinds."""
    groups = m.groupdict()
    if "take" in groups:
        return groups["take"] in CASIA_TAKES
    if "kind" in groups:
        return (groups["kind"] == "attack") == (groups["attack"] is not None)
    if "support" in groups:
        return (groups["attack"] is None) == (groups["light"] is None)
    return True


def sibling_frame(path: str, frame: int) -> str:
    """Path of another frame of the same video.

    Example:
        >>> sibling_frame("oulu/train/fake/1_2_07_3_frame0.png", 1)
        'oulu/train/fake/1_2_07_3_frame1.png'
    """
    m = FRAME.match(path)
    if m is None:
        raise ValueError(f"'{path}' does not end in _frame<number>.png: it has no sibling frames.")
    return f"{m['video']}_frame{frame}.png"
