# SPDX-License-Identifier: Apache-2.0
"""3DMAD (Erdogmus and Marcel, BTAS 2013), colour; after Idiap's bob.db.maskattack, not tried on the archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from flip_mm.datasets.archive import Archive, Recording, Scan
from flip_mm.datasets.scanning import UnfitError, collect, data_files, report_missing
from flip_mm.preparation.archives.walk import walk

LAYOUT = """\
RAW[/...]/01_01_01.hdf5    <subject>_<session>_<take>, sessions 01 and 02 real, 03 a mask"""
PATH = re.compile(r"(?:[^/]+/){0,3}(?P<name>(?P<subject>[0-9]{2})_(?P<session>0[1-3])_0[1-5])\.(?i:hdf5|h5)")
# Idiap's sets world and dev, then test.
SUBJECTS = {"train": range(1, 13), "test": range(13, 18)}
SESSIONS = {"01": "real", "02": "real", "03": "fake"}


def scan(root: Path) -> Scan:
    """What an archive of 3DMAD holds.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    tree = walk(root)

    def describe(path: str) -> Sequence[Recording]:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no recording <subject>_<session>_<take>.hdf5")
        split = next((split for split, subjects in SUBJECTS.items() if int(m["subject"]) in subjects), None)
        if split is None:
            raise UnfitError("is of no subject of the data set, 01 to 17")
        stem = f"3dmad/{split}/{SESSIONS[m['session']]}/{m['name']}"
        return [Recording("3DMAD", path, stem, "hdf5", "pair", split=split)]

    result = collect(tree, data_files(tree), LAYOUT, describe)
    names = [
        f"3dmad/{split}/{folder}/{subject:02d}_{session}_{take:02d}"
        for split, subjects in SUBJECTS.items()
        for subject, (session, folder), take in product(subjects, SESSIONS.items(), range(1, 6))
    ]
    report_missing(
        result, {"3dmad/train/real": 120, "3dmad/train/fake": 60, "3dmad/test/real": 50, "3dmad/test/fake": 25}, names
    )
    return result


ARCHIVE = Archive(
    name="threedmad",
    title="3DMAD",
    domain="3DMAD",
    layout=LAYOUT,
    scan=scan,
    official="There are no lists of FLIP's authors for it. Subjects 01 to 12, Idiap's sets world and dev, train; 13 to 17 "
    "test. This layout was not tried on the archive.",
)
