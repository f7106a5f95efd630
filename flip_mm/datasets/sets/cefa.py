# SPDX-License-Identifier: Apache-2.0
"""CASIA-SURF CeFA, colour: 1,500 people of three groups; prints on paper and cloth, and replays.

As converted, ten frames of each recording::

    frame/cefa/train/real/1_000_1_1_1_00.jpg      <group>_<subject>_<device>_<session>_<instrument>_<frame>
    frame/cefa/train/{real,fake}/...              1,200 and 3,600 recordings
    frame/cefa/test/{real,fake}/...               subjects 200 to 299: 300 and 900
    txt/cefa_{real,fake}_train.txt                15,000 and 45,000 lines, including those of the folder test
    txt/cefa_{real,fake}_test.txt                 2,990 and 8,990
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from flip_mm.datasets.archive import Problem, Recording, Scan, Tree, Walk
from flip_mm.datasets.data_set import DataSet, SyntheticFolder
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.list_rule import ListRule
from flip_mm.datasets.scanning import LeftOut, UnfitError, data_files, report_missing, scan_files
from flip_mm.labels import BONA_FIDE

NAME = re.compile(rf"^cefa/{SPLIT}(?P<client>[1-3]_\d{{3}})_(?P<device>[1-4])_(?P<session>[1-3])_(?P<attack>[1-4])$")
# In the words of the authors' readme: format of the recording, place, instrument ("cloth" is a print on cloth).
DEVICES = {"1": "rssdk", "2": "mp4", "3": "bag", "4": "mov"}
SESSIONS = {"1": "indoor", "2": "outdoor", "3": "random"}
ATTACKS = {"1": BONA_FIDE, "2": "cloth", "3": "photo", "4": "screen"}

LAYOUT = """\
RAW[/...]/1_000_1_1_1/profile/0001.jpg ...    <ethnicity>_<subject>_<device>_<session>_<instrument>, colour
RAW[/...]/1_000_1_1_1/{depth,ir}              not read"""
# The modalities of a recording; colour is called profile.
MODALITIES = ("profile", "depth", "ir")
PATH = re.compile(r"(?:[^/]+/){0,4}(?P<name>[1-3]_(?P<subject>[0-9]{3})_(?P<code>[1-4]_[1-3]_[1-4]))/profile")
MASK = re.compile(r"(?:[^/]+/){0,4}1_[0-9]{3}(?:_[0-9]){4,5}/profile")
UNNAMED = re.compile(r"(?:[^/]+/){0,4}[0-9]{4,6}/profile")
# Device, session and instrument of the recordings that the lists name -> class.
CODES = {"1_1_1": "real", "3_1_2": "fake", "3_1_4": "fake", "3_2_2": "fake"}
SUBJECTS, TEST_SUBJECTS = range(500), range(200, 300)
RECORDINGS = {"cefa/train/real": 1200, "cefa/train/fake": 3600, "cefa/test/real": 300, "cefa/test/fake": 900}


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    return NameParts(m["client"], ATTACKS[m["attack"]], SESSIONS[m["session"]], DEVICES[m["device"]])


def scan(walk: Walk) -> Scan:
    """Scan an archive of CASIA-SURF CeFA.

    Raises:
        ValueError: The archive has another layout.
    """
    tree = walk(closed=lambda name: name in MODALITIES)

    def recordings_of(path: str) -> Sequence[Recording] | LeftOut | None:
        if path.endswith(("/depth", "/ir")):
            return None
        if UNNAMED.fullmatch(path):
            return LeftOut("recordings of the challenge with only a number as name, which does not contain the class")
        if MASK.fullmatch(path):
            return LeftOut("recordings of 3D masks, which the lists do not name")
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is not in a folder <ethnicity>_<subject>_<device>_<session>_<instrument>/profile")
        if m["code"] not in CODES:
            return LeftOut(f"recordings that do not end in {', '.join(CODES)}, which the lists do not name")
        if int(m["subject"]) not in SUBJECTS:
            raise UnfitError("has a subject number outside 000 to 499")
        return [Recording("CeFA", path, _stem(int(m["subject"]), m["name"]), "folder", "ten")]

    result = scan_files(DATA_SET, tree, sorted(tree.folders + data_files(tree)), recordings_of)
    result.problems += _without_colour(tree)
    names = [
        _stem(subject, f"{ethnicity}_{subject:03d}_{code}") for ethnicity, subject, code in product((1, 2, 3), SUBJECTS, CODES)
    ]
    report_missing(result, RECORDINGS, names)
    return result


def _stem(subject: int, name: str) -> str:
    return f"cefa/{'test' if subject in TEST_SUBJECTS else 'train'}/{CODES[name[6:]]}/{name}"


def _without_colour(tree: Tree) -> list[Problem]:
    folders = dict.fromkeys(path.rpartition("/")[0] for path in tree.folders)
    present = set(tree.folders)
    return [
        Problem(path, "has no folder profile; it is not converted.") for path in folders if f"{path}/profile" not in present
    ]


def _names(real: bool, hundred: int) -> list[tuple[str, str]]:
    codes = {"1_1_1": "real"} if real else {"3_1_2": "print", "3_1_4": "replay", "3_2_2": "print"}
    return [(kind, f"{{g}}_{hundred}{{s:02d}}_{code}") for code, kind in codes.items()]


def names_in_train(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the recordings of person ``{s}`` in the folder train."""
    return _names(real, 0)


def names_in_test(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the recordings in the folder test."""
    return _names(real, 2)


TEN = tuple(f"_{i:02d}.jpg" for i in range(10))
DATA_SET = DataSet(
    domain="CeFA",
    stem="cefa",
    name="casia_cefa",
    title="CASIA-SURF CeFA",
    paper="Liu et al., WACV 2021",
    source="https://sites.google.com/view/face-anti-spoofing-challenge/dataset-download/casia-surf-cefacvpr2020",
    frames="numbered",
    pattern=NAME,
    read=read_name,
    lists=ListRule(train="all", test="test", shots=10),
    lines={"real_train": 15000, "fake_train": 45000, "real_test": 2990, "fake_test": 8990},
    layout=LAYOUT,
    scan=scan,
    faces="none",
    borders=True,
    official="The training lists name the same frames as the authors' lists. The shots, ten frames per class that the test "
    "lists leave out, are other frames.",
    synthetic=(SyntheticFolder(names_in_train, TEN), SyntheticFolder(names_in_test, TEN)),
)
