# SPDX-License-Identifier: Apache-2.0
"""What a file name means, per data set: path in a list -> subject, session, video, attack type, device."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from flip_mm.labels import BONA_FIDE

SPLIT = r"(?P<split>train|test)/(?P<cls>real|fake)/"

# How a path ends: lists of M, C, I, O name frame 0 of a video, those of W and CeFA every frame; S and CelebA are single images.
FRAME = re.compile(r"^(?P<video>.+)_frame(?P<frame>\d+)\.png$")
NUMBER = re.compile(r"^(?P<video>.+)_(?P<frame>\d\d)\.jpg$")
SINGLE = re.compile(r"^(?P<video>.+)\.(?:jpg|png)$")

MSU = re.compile(
    rf"^msu/{SPLIT}(?:real|(?P<kind>attack))_client(?P<client>\d{{3}})_(?P<device>android|laptop)_SD_"
    r"(?(kind)(?P<attack>ipad_video|iphone_video|printed_photo)_)(?P<session>scene\d+)$"
)
CASIA = re.compile(rf"^casia/{SPLIT}(?P<client>\d+)_(?P<take>HR_[1-4]|[1-8])$")
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
    r"session(?P<session>\d\d)_(?(support)(?:highdef|mobile)_(?P<medium>photo|video)_(?:adverse|controlled)|"
    r"webcam_authenticate_(?:adverse|controlled)_\d)$"
)
OULU = re.compile(rf"^oulu/{SPLIT}(?P<phone>[1-6])_(?P<session>[1-3])_(?P<client>\d\d)_(?P<file>[1-5])$")
OULU_FILES = {"1": BONA_FIDE, "2": "print_1", "3": "print_2", "4": "replay_1", "5": "replay_2"}
CELEB = re.compile(r"^celeb/(?P<cls>real|fake)/(?P<client>\d+)_(?P<kind>live|spoof)_\d+$")
WMCA = re.compile(
    rf"^wmca/{SPLIT}\d\d\.\d\d\.\d\d_(?P<client>\d{{3}})_(?P<session>\d\d)_\d{{3}}_(?P<type>[0-5])_(?P<pai>\d{{2,3}})$"
)
# Type and number of the instrument -> attack type, after the table in Idiap's bob.pad.face (lists/batl); type 5 is makeup.
WMCA_ATTACKS = {
    (kind, number): attack
    for kind, attack, numbers in (
        (0, BONA_FIDE, (0, 1, 2)),
        (1, "glasses", (1, *range(3, 8), 15, 16)),
        (1, "rigidmask", (2, 13, 14)),
        (1, "wig", range(8, 13)),
        (2, "fakehead", range(1, 8)),
        (2, "papermask", range(8, 12)),
        (2, "rigidmask", range(12, 18)),
        (2, "flexiblemask", (18, *range(75, 100))),
        (3, "prints", (1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14)),
        (3, "replay", (5, 10, 15)),
        (4, "replay", range(1, 19)),
        (5, "makeup", range(1, 140)),
    )
    for number in numbers
}
CEFA = re.compile(rf"^cefa/{SPLIT}(?P<client>[1-3]_\d{{3}})_(?P<device>[1-4])_(?P<session>[1-3])_(?P<attack>[1-4])$")
# As the authors' readme words them: format of the recording, place, instrument ("cloth" is a print on cloth).
CEFA_DEVICES = {"1": "rssdk", "2": "mp4", "3": "bag", "4": "mov"}
CEFA_SESSIONS = {"1": "indoor", "2": "outdoor", "3": "random"}
CEFA_ATTACKS = {"1": BONA_FIDE, "2": "cloth", "3": "photo", "4": "screen"}
# A photo with eyes, nose, mouth (e, n, m) cut out, flat or bent (s, b). Val and Testing tell neither person nor attack.
SURF = re.compile(
    rf"^surf/{SPLIT}(?:Training_(?:real_part_(?P<real>CLKJ_[ABC]S\d{{4}})_real|"
    r"fake_part_(?P<fake>CLKJ_[ABC]S\d{4})_\d\d_(?P<attack>(?:e|en|enm)_[sb]))\.rssdk_color_\d+|"
    r"(?:Val|Testing)_\d{4}_\d{6}-color)$"
)

SIW = re.compile(rf"^siw/{SPLIT}(?P<client>\d{{3}})-(?P<sensor>\d)-(?P<type>[1-3])-(?P<medium>\d)-(?P<session>\d)$")
SIW_TYPES = {"1": BONA_FIDE, "2": "print", "3": "replay"}
# The 14 kinds of attack in the words of its protocol lists.
SIW_MV2 = re.compile(
    rf"^siwmv2/{SPLIT}(?:Live|(?P<attack>Makeup_(?:Co|Im|Ob)|Mask_(?:Half|Mann|Paper|Silicone|Trans)|Paper|"
    r"Partial_(?:Eye|Funnyeye|Mouth|Paperglass)|Replay))_\d+$"
)
# Sessions 1 and 2 are real, in session 3 an operator wears the subject's mask.
THREEDMAD = re.compile(rf"^3dmad/{SPLIT}(?P<client>\d\d)_(?P<session>0[1-3])_\d\d$")
# Complexion, subject, type, scene, light, sensor; type 1 to 3 are masks.
HIFIMASK = re.compile(
    rf"^hifimask/{SPLIT}(?P<client>[1-3]_\d\d)_(?P<type>[0-3])_(?P<scene>[1-6])_(?P<light>[0-6])_(?P<sensor>[1-8])$"
)
HIFIMASK_TYPES = {"0": BONA_FIDE, "1": "transparent", "2": "plaster", "3": "resin"}

Told = tuple[str, str, str, str]


@dataclass(frozen=True)
class FrameName:
    """What the name of a frame tells.

    Attributes:
        video_id: Path without frame number and suffix; unique over all domains.
        subject: Unique within the domain; '' where the name does not tell.
        attack_type: ``'bonafide'``, or the presentation attack instrument in the data set's own words; ``'spoof'`` where the
            name tells no more.
        frame: Number of the frame as the file is named; 0 for single images.
        session: Recording session or '' where the name does not tell.
        device: Camera or '' where the name does not tell.
        medium: What shows the face of an attack, such as a screen or a sheet; '' where the name does not tell.
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


def _msu(m: re.Match) -> Told:
    return m["client"], m["attack"] or BONA_FIDE, m["session"], m["device"]


def _casia(m: re.Match) -> Told:
    quality, attack = CASIA_TAKES[m["take"]]
    # Subject numbers repeat in train and test and are different people.
    return f"{m['split']}/{m['client']}", attack, "", quality


def _replay(m: re.Match) -> Told:
    attack = f"{m['attack']}_{m['medium']}_{m['support']}" if m["attack"] else BONA_FIDE
    return m["client"], attack, m["session"], "webcam"


def _oulu(m: re.Match) -> Told:
    return m["client"], OULU_FILES[m["file"]], m["session"], f"phone{m['phone']}"


def _celeb(m: re.Match) -> Told:
    # The published list of spoof images has 256 named "live" among its 40,000: the folder decides.
    return m["client"], BONA_FIDE if m["cls"] == "real" and m["kind"] == "live" else "spoof", "", ""


def _wmca(m: re.Match) -> Told | None:
    attack = WMCA_ATTACKS.get((int(m["type"]), int(m["pai"])))
    return (m["client"], attack, m["session"], "") if attack else None


def _cefa(m: re.Match) -> Told:
    return m["client"], CEFA_ATTACKS[m["attack"]], CEFA_SESSIONS[m["session"]], CEFA_DEVICES[m["device"]]


def _surf(m: re.Match) -> Told:
    if m["fake"]:
        return m["fake"], m["attack"], "", ""
    if m["real"]:
        return m["real"], BONA_FIDE, "", ""
    return "", BONA_FIDE if m["cls"] == "real" else "spoof", "", ""


def _siw(m: re.Match) -> Told:
    return m["client"], SIW_TYPES[m["type"]], m["session"], f"sensor{m['sensor']}"


def _siw_mv2(m: re.Match) -> Told:
    # Its numbers count videos, not people.
    return "", m["attack"] or BONA_FIDE, "", ""


def _threedmad(m: re.Match) -> Told:
    return m["client"], "mask" if m["session"] == "03" else BONA_FIDE, m["session"], "kinect"


def _hifimask(m: re.Match) -> Told:
    return m["client"], HIFIMASK_TYPES[m["type"]], f"scene{m['scene']}_light{m['light']}", f"sensor{m['sensor']}"


class Rule(NamedTuple):
    """How the paths of a domain are read.

    Attributes:
        ending: How a path ends, with the groups ``video`` and perhaps ``frame``; ``FRAME`` means that a test adds frame 1.
        pattern: What stands before the ending, with the group ``cls``.
        read: Match of the pattern -> subject, attack type, session, device; None where they do not fit together.
        help: For a path that does not fit.
    """

    ending: re.Pattern
    pattern: re.Pattern
    read: Callable[[re.Match], Told | None]
    help: str = "see the table of names in docs/real_data.md"


RULES = {
    "M": Rule(FRAME, MSU, _msu),
    "C": Rule(FRAME, CASIA, _casia),
    "I": Rule(FRAME, REPLAY, _replay),
    "O": Rule(FRAME, OULU, _oulu),
    "CelebA": Rule(SINGLE, CELEB, _celeb),
    "W": Rule(NUMBER, WMCA, _wmca),
    "CeFA": Rule(NUMBER, CEFA, _cefa),
    "S": Rule(SINGLE, SURF, _surf),
    "SiW": Rule(FRAME, SIW, _siw),
    "SiW-Mv2": Rule(FRAME, SIW_MV2, _siw_mv2),
    "3DMAD": Rule(FRAME, THREEDMAD, _threedmad),
    "HiFiMask": Rule(NUMBER, HIFIMASK, _hifimask),
}
# Rules after public descriptions and code, which nobody has tried on the archive.
UNTRIED = frozenset({"SiW", "SiW-Mv2", "3DMAD", "HiFiMask"})


def parse_name(domain: str, path: str) -> FrameName:
    """Read a line of a list.

    Args:
        domain: A key of ``RULES``.
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
    rule = RULES[domain]
    if (end := rule.ending.match(path)) and (m := rule.pattern.match(end["video"])) and (told := rule.read(m)):
        subject, attack, session, device = told
        if (attack == BONA_FIDE) == (m["cls"] == "real"):
            return FrameName(end["video"], subject, attack, int(end.groupdict().get("frame", 0)), session, device)
    untried = " (this domain's rule was not tried on the archive)" if domain in UNTRIED else ""
    raise ValueError(f"'{path}' is no official name of domain {domain}{untried}; {rule.help}.")


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
    if RULES[domain].ending is not FRAME:
        return [line]
    name = parse_name(domain, line)
    if name.frame != 0:
        raise ValueError(f"the line '{line}' names frame {name.frame}; lists name frame 0 of a video.")
    return [line, f"{name.video_id}_frame1.png"]


def original_split(path: str) -> str:
    """``'train'`` or ``'test'``: the folder in a path, which is the data set's own division.

    Example:
        >>> original_split("oulu/test/fake/1_2_07_3_frame0.png")
        'test'
    """
    return path.split("/")[1]
