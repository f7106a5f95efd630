# SPDX-License-Identifier: Apache-2.0
"""Idiap Replay-Attack: a webcam films people, and prints and screens of them on a fixed support or held by hand.

As converted::

    frame/replay/train/real/real_client001_session01_webcam_authenticate_adverse_1_frame0.png           60 videos
    frame/replay/train/fake/fixed_attack_print_client001_session01_highdef_photo_adverse_frame0.png     300
    frame/replay/test/{real,fake}/...                                                                   80 and 400
    txt/replay_{real,fake}_train.txt                                                                    140 and 700 lines
    txt/replay_{real,fake}_test.txt                                                                     130 and 690
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from flip_mm.datasets.archive import Recording, Scan, Walk
from flip_mm.datasets.data_set import DataSet, SyntheticFolder
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.list_rule import ListRule
from flip_mm.datasets.scanning import NESTED, SAME_VIDEOS, LeftOut, UnfitError, data_files, report_missing, scan_files
from flip_mm.labels import BONA_FIDE

NAME = re.compile(
    rf"^replay/{SPLIT}(?:real|(?P<support>fixed|hand)_attack_(?P<attack>print|mobile|highdef))_client(?P<client>\d{{3}})_"
    r"session(?P<session>\d\d)_(?(support)(?:highdef|mobile)_(?P<shown>photo|video)_(?:adverse|controlled)|"
    r"webcam_authenticate_(?:adverse|controlled)_\d)$"
)
LIGHTS = ("adverse", "controlled")
# Medium, camera that recorded its content, and whether the content is a photo or a video.
PRINT = ("print", "highdef", "photo")
SCREENS = tuple((medium, medium, shown) for medium in ("mobile", "highdef") for shown in ("photo", "video"))

LAYOUT = """\
RAW[/...]/{train,test}/real/client001_session01_webcam_authenticate_adverse_1.mov
RAW[/...]/{train,test}/attack/{fixed,hand}/attack_print_client001_session01_highdef_photo_adverse.mov
RAW[/...]/devel/..., enroll/...                  not converted
RAW[/...]/face-locations/<the same path>.face    boxes of the faces, if there"""
INSIDE = r"(?P<split>train|devel|test)/(?:real|attack/(?P<support>fixed|hand))"
PATH = re.compile(rf"{NESTED}(?P<inside>{INSIDE}/(?P<name>\w*client(?P<client>[0-9]{{3}})_\w+))\.(?i:mov)")
ENROLL = re.compile(rf"{NESTED}enroll/.+\.(?i:mov)")
FACES = re.compile(r"(?:.+/)?face-locations/(?P<inside>.+)\.face")
RECORDINGS = {"replay/train/real": 60, "replay/train/fake": 300, "replay/test/real": 80, "replay/test/fake": 400}


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    attack = f"{m['attack']}_{m['shown']}_{m['support']}" if m["attack"] else BONA_FIDE
    return NameParts(m["client"], attack, m["session"], "webcam", m["attack"] or "")


def scan(walk: Walk) -> Scan:
    """Scan an archive of Replay-Attack.

    Raises:
        ValueError: The archive has another layout.
    """
    tree = walk()
    faces = {m["inside"]: path for path in tree.files if (m := FACES.fullmatch(path))}
    clients = set()

    def recordings_of(path: str) -> Sequence[Recording] | LeftOut:
        if ENROLL.fullmatch(path):
            return LeftOut("videos of enroll, which the protocols do not use")
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video {train,devel,test}/{real,attack/fixed,attack/hand}/*client*.mov")
        if m["split"] == "devel":
            return LeftOut("videos of devel, which the protocols do not use")
        clients.add((m["split"], m["client"]))
        word = f"fake/{m['support']}_" if m["support"] else "real/real_"
        stem = f"replay/{m['split']}/{word}{m['name']}"
        return [Recording("I", path, stem, "video", "pair", faces.get(m["inside"], ""), m["split"])]

    result = scan_files(DATA_SET, tree, data_files(tree), recordings_of)
    names = [
        f"replay/{split}/{'real' if real else 'fake'}/{name.format(s=int(client))}"
        for split, client in clients
        for real in (True, False)
        for _, name in names_of_a_person(real)
    ]
    report_missing(result, RECORDINGS, names)
    return result


def names_of_a_person(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the videos of person ``{s}``."""
    session = "client{s:03d}_session01"
    if real:
        return [("real", f"real_{session}_webcam_authenticate_{light}_{k}") for light, k in product(LIGHTS, (1, 2))]
    return [
        ("print" if medium == "print" else "replay", f"{support}_attack_{medium}_{session}_{camera}_{shown}_{light}")
        for support, (medium, camera, shown), light in product(("fixed", "hand"), (PRINT, *SCREENS), LIGHTS)
    ]


DATA_SET = DataSet(
    domain="I",
    stem="replay",
    name="replay_attack",
    title="Replay-Attack",
    paper="Chingovska et al., BIOSIG 2012",
    source="https://www.idiap.ch/en/scientific-research/data/replayattack",
    frames="pair",
    pattern=NAME,
    read=read_name,
    lists=ListRule(train="all", test="all", shots=10),
    lines={"real_train": 140, "fake_train": 700, "real_test": 130, "fake_test": 690},
    layout=LAYOUT,
    scan=scan,
    annotations="replay",
    official=SAME_VIDEOS,
    synthetic=(SyntheticFolder(names_of_a_person),) * 2,
)
