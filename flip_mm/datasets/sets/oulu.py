# SPDX-License-Identifier: Apache-2.0
"""OULU-NPU: six phones film 55 people in three sessions, and prints of two printers and replays on two displays.

As converted::

    frame/oulu/train/real/1_1_01_1_frame0.png     <phone>_<session>_<user>_<file>, users 01 to 20: 360 videos
    frame/oulu/train/fake/1_1_01_2_frame0.png     files 2 and 3 print, 4 and 5 replay: 1,440
    frame/oulu/test/{real,fake}/...               users 36 to 55: 360 and 1,440
    txt/oulu_{real,fake}_train.txt                720 and 2,880 lines
    txt/oulu_{real,fake}_test.txt                 710 and 2,870
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

NAME = re.compile(rf"^oulu/{SPLIT}(?P<phone>[1-6])_(?P<session>[1-3])_(?P<client>\d\d)_(?P<file>[1-5])$")
# File -> attack type, medium.
FILES = {
    "1": (BONA_FIDE, ""),
    "2": ("print_1", "printer1"),
    "3": ("print_2", "printer2"),
    "4": ("replay_1", "display1"),
    "5": ("replay_2", "display2"),
}

LAYOUT = """\
RAW[/...]/Train_files/1_1_01_1.avi     <phone>_<session>_<user>_<file>, users 01 to 20; next to it .txt with the eyes
RAW[/...]/Dev_files/1_1_21_1.avi       users 21 to 35, not converted
RAW[/...]/Test_files/1_1_36_1.avi      users 36 to 55"""
PATH = re.compile(
    rf"{NESTED}(?P<part>Train|Dev|Test)_files/(?P<name>[1-6]_[1-3]_(?P<user>[0-9]{{2}})_(?P<file>[1-5]))\.(?i:avi)"
)
USERS = {"Train": range(1, 21), "Dev": range(21, 36), "Test": range(36, 56)}
RECORDINGS = {"oulu/train/real": 360, "oulu/train/fake": 1440, "oulu/test/real": 360, "oulu/test/fake": 1440}


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    attack, medium = FILES[m["file"]]
    return NameParts(m["client"], attack, m["session"], f"phone{m['phone']}", medium)


def scan(walk: Walk) -> Scan:
    """Scan an archive of OULU-NPU.

    Raises:
        ValueError: The archive has another layout.
    """
    tree = walk()
    files = set(tree.files)

    def recordings_of(path: str) -> Sequence[Recording] | LeftOut:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video {Train,Dev,Test}_files/<phone>_<session>_<user>_<file>.avi")
        users = USERS[m["part"]]
        if int(m["user"]) not in users:
            raise UnfitError(f"has a user number outside {users[0]:02d} to {users[-1]}, those of {m['part']}_files")
        if m["part"] == "Dev":
            return LeftOut("videos of Dev_files, which the protocols do not use")
        annotation = f"{path[:-4]}.txt"
        stem = f"oulu/{m['part'].lower()}/{'real' if FILES[m['file']][0] == BONA_FIDE else 'fake'}/{m['name']}"
        return [Recording("O", path, stem, "video", "pair", annotation if annotation in files else "", m["part"].lower())]

    result = scan_files(DATA_SET, tree, data_files(tree), recordings_of)
    names = [
        f"oulu/{part.lower()}/{'real' if real else 'fake'}/{name.format(s=user)}"
        for part in ("Train", "Test")
        for user, real in product(USERS[part], (True, False))
        for _, name in names_of_a_person(real)
    ]
    report_missing(result, RECORDINGS, names)
    return result


def names_of_a_person(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the videos of person ``{s}``."""
    kinds = {1: "real"} if real else {2: "print", 3: "print", 4: "replay", 5: "replay"}
    triples = product(range(1, 7), range(1, 4), kinds)
    return [(kinds[file], f"{phone}_{session}_{{s:02d}}_{file}") for phone, session, file in triples]


DATA_SET = DataSet(
    domain="O",
    stem="oulu",
    name="oulu_npu",
    title="OULU-NPU",
    paper="Boulkenafet et al., FG 2017",
    source="https://sites.google.com/site/oulunpudatabase",
    frames="pair",
    pattern=NAME,
    read=read_name,
    lists=ListRule(train="all", test="all", shots=10),
    lines={"real_train": 720, "fake_train": 2880, "real_test": 710, "fake_test": 2870},
    layout=LAYOUT,
    scan=scan,
    annotations="oulu",
    official=SAME_VIDEOS,
    synthetic=(SyntheticFolder(names_of_a_person),) * 2,
)
