# SPDX-License-Identifier: Apache-2.0
"""OULU-NPU (Boulkenafet et al., FG 2017)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from flip_mm.datasets.archive import Archive, Recording, Scan
from flip_mm.datasets.naming import OULU_FILES
from flip_mm.datasets.scanning import NESTED, SAME_VIDEOS, LeftOut, UnfitError, collect, data_files, report_missing
from flip_mm.labels import BONA_FIDE
from flip_mm.preparation.archives.walk import walk

LAYOUT = """\
RAW[/...]/Train_files/1_1_01_1.avi     <phone>_<session>_<user>_<file>, users 01 to 20; beside it .txt with the eyes
RAW[/...]/Dev_files/1_1_21_1.avi       users 21 to 35, not converted
RAW[/...]/Test_files/1_1_36_1.avi      users 36 to 55"""
PATH = re.compile(
    rf"{NESTED}(?P<part>Train|Dev|Test)_files/(?P<name>[1-6]_[1-3]_(?P<user>[0-9]{{2}})_(?P<file>[1-5]))\.(?i:avi)"
)
USERS = {"Train": range(1, 21), "Dev": range(21, 36), "Test": range(36, 56)}


def scan(root: Path) -> Scan:
    """What an archive of OULU-NPU holds.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    tree = walk(root)
    files = set(tree.files)

    def describe(path: str) -> Sequence[Recording] | LeftOut:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video {Train,Dev,Test}_files/<phone>_<session>_<user>_<file>.avi")
        users = USERS[m["part"]]
        if int(m["user"]) not in users:
            raise UnfitError(f"is of no user that {m['part']}_files has, {users[0]:02d} to {users[-1]}")
        if m["part"] == "Dev":
            return LeftOut("videos of Dev_files, which the protocols do not use")
        annotation = f"{path[:-4]}.txt"
        stem = _stem(m["part"], m["name"], m["file"])
        return [Recording("O", path, stem, "video", "pair", annotation if annotation in files else "", m["part"].lower())]

    result = collect(tree, data_files(tree), LAYOUT, describe)
    names = [
        _stem(part, f"{phone}_{session}_{user:02d}_{file}", file)
        for part in ("Train", "Test")
        for phone, session, user, file in product(range(1, 7), range(1, 4), USERS[part], OULU_FILES)
    ]
    counts = {"oulu/train/real": 360, "oulu/train/fake": 1440, "oulu/test/real": 360, "oulu/test/fake": 1440}
    report_missing(result, counts, names)
    return result


def _stem(part: str, name: str, file: str) -> str:
    return f"oulu/{part.lower()}/{'real' if OULU_FILES[file] == BONA_FIDE else 'fake'}/{name}"


ARCHIVE = Archive(
    name="oulu_npu",
    title="OULU-NPU",
    domain="O",
    layout=LAYOUT,
    scan=scan,
    annotations="oulu",
    official=SAME_VIDEOS,
)
