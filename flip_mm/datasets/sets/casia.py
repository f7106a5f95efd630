# SPDX-License-Identifier: Apache-2.0
"""CASIA-FASD, also called CASIA-MFSD (Zhang et al., ICB 2012)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from flip_mm.datasets.archive import Archive, Recording, Scan
from flip_mm.datasets.naming import CASIA_TAKES
from flip_mm.datasets.scanning import NESTED, SAME_VIDEOS, UnfitError, collect, data_files, report_missing
from flip_mm.labels import BONA_FIDE
from flip_mm.preparation.archives.walk import walk

LAYOUT = """\
RAW[/...]/train_release/1/1.avi ... HR_4.avi     subjects 1 to 20
RAW[/...]/test_release/1/1.avi ... HR_4.avi      subjects 1 to 30"""
PATH = re.compile(rf"{NESTED}(?P<split>train|test)_release/(?P<client>[1-9][0-9]?)/(?P<take>\w+)\.(?i:avi)")
SUBJECTS = {"train": 20, "test": 30}


def scan(root: Path) -> Scan:
    """What an archive of CASIA-FASD holds.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    tree = walk(root)

    def describe(path: str) -> Sequence[Recording]:
        m = PATH.fullmatch(path)
        if not m or m["take"] not in CASIA_TAKES:
            raise UnfitError("is no video {train,test}_release/<subject>/{1..8,HR_1..HR_4}.avi")
        if int(m["client"]) > SUBJECTS[m["split"]]:
            raise UnfitError(f"is of no subject that {m['split']}_release has, 1 to {SUBJECTS[m['split']]}")
        stem = _stem(m["split"], m["client"], m["take"])
        return [Recording("C", path, stem, "video", "pair", split=m["split"])]

    result = collect(tree, data_files(tree), LAYOUT, describe)
    clients = [(split, client) for split, last in SUBJECTS.items() for client in range(1, last + 1)]
    names = [_stem(*client, take) for client, take in product(clients, CASIA_TAKES)]
    counts = {"casia/train/real": 60, "casia/train/fake": 180, "casia/test/real": 90, "casia/test/fake": 270}
    report_missing(result, counts, names)
    return result


def _stem(split: str, client: str | int, take: str) -> str:
    _, attack = CASIA_TAKES[take]
    return f"casia/{split}/{'real' if attack == BONA_FIDE else 'fake'}/{client}_{take}"


ARCHIVE = Archive(
    name="casia_fasd",
    title="CASIA-FASD",
    domain="C",
    layout=LAYOUT,
    scan=scan,
    official=SAME_VIDEOS,
)
