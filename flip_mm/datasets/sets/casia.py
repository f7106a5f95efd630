# SPDX-License-Identifier: Apache-2.0
"""CASIA-FASD, also called CASIA-MFSD: 20 people train, 30 others are tested; 12 videos each, three cameras.

As converted::

    frame/casia/train/real/1_HR_1_frame0.png     <subject>_<take>: 60 videos
    frame/casia/train/fake/1_3_frame0.png        180
    frame/casia/test/{real,fake}/...             90 and 270; the same numbers as in train are different people
    txt/casia_{real,fake}_train.txt              150 and 450 lines
    txt/casia_{real,fake}_test.txt               140 and 440
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from flip_mm.datasets.archive import Recording, Scan, Walk
from flip_mm.datasets.data_set import DataSet, SyntheticFolder
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.list_rule import ListRule
from flip_mm.datasets.scanning import NESTED, SAME_VIDEOS, UnfitError, data_files, report_missing, scan_files
from flip_mm.labels import BONA_FIDE

NAME = re.compile(rf"^casia/{SPLIT}(?P<client>\d+)_(?P<take>HR_[1-4]|[1-8])$")
# Take -> camera quality and attack type.
TAKES = {
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

LAYOUT = """\
RAW[/...]/train_release/1/1.avi ... HR_4.avi     subjects 1 to 20
RAW[/...]/test_release/1/1.avi ... HR_4.avi      subjects 1 to 30"""
PATH = re.compile(rf"{NESTED}(?P<split>train|test)_release/(?P<client>[1-9][0-9]?)/(?P<take>\w+)\.(?i:avi)")
SUBJECTS = {"train": 20, "test": 30}
RECORDINGS = {"casia/train/real": 60, "casia/train/fake": 180, "casia/test/real": 90, "casia/test/fake": 270}


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    quality, attack = TAKES[m["take"]]
    # The same subject number in train and test means different people.
    return NameParts(f"{m['split']}/{m['client']}", attack, device=quality)


def scan(walk: Walk) -> Scan:
    """Scan an archive of CASIA-FASD.

    Raises:
        ValueError: The archive has another layout.
    """
    tree = walk()

    def recordings_of(path: str) -> Sequence[Recording]:
        m = PATH.fullmatch(path)
        if not m or m["take"] not in TAKES:
            raise UnfitError("is no video {train,test}_release/<subject>/{1..8,HR_1..HR_4}.avi")
        if int(m["client"]) > SUBJECTS[m["split"]]:
            raise UnfitError(f"has a subject number outside 1 to {SUBJECTS[m['split']]}, those of {m['split']}_release")
        stem = _stem(m["split"], m["client"], m["take"])
        return [Recording("C", path, stem, "video", "pair", split=m["split"])]

    result = scan_files(DATA_SET, tree, data_files(tree), recordings_of)
    clients = [(split, client) for split, last in SUBJECTS.items() for client in range(1, last + 1)]
    report_missing(result, RECORDINGS, [_stem(*client, take) for client, take in product(clients, TAKES)])
    return result


def _stem(split: str, client: str | int, take: str) -> str:
    _, attack = TAKES[take]
    return f"casia/{split}/{'real' if attack == BONA_FIDE else 'fake'}/{client}_{take}"


def synthetic_names(real: bool) -> list[tuple[str, str]]:
    """Names for the synthetic set."""
    kinds = {BONA_FIDE: "real", "warped_photo": "print", "cut_photo": "print", "video_replay": "replay"}
    return [(kinds[attack], f"{{s}}_{take}") for take, (_, attack) in TAKES.items() if (attack == BONA_FIDE) == real]


DATA_SET = DataSet(
    domain="C",
    stem="casia",
    name="casia_fasd",
    title="CASIA-FASD",
    paper="Zhang et al., ICB 2012",
    source="http://www.cbsr.ia.ac.cn/english/FaceAntiSpoofDatabases.asp",
    frames="pair",
    pattern=NAME,
    read=read_name,
    lists=ListRule(train="all", test="all", shots=10),
    lines={"real_train": 150, "fake_train": 450, "real_test": 140, "fake_test": 440},
    layout=LAYOUT,
    scan=scan,
    official=SAME_VIDEOS,
    synthetic=(SyntheticFolder(synthetic_names),) * 2,
)
