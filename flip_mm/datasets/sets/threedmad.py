# SPDX-License-Identifier: Apache-2.0
"""3DMAD, colour: masks of 17 people; written from Idiap's bob.db.maskattack, not tested on the archive.

As converted::

    frame/3dmad/train/real/01_02_05_frame0.png      <subject>_<session>_<take>: 120 recordings of subjects 01 to 12
    frame/3dmad/train/fake/01_03_05_frame0.png      60
    frame/3dmad/test/{real,fake}/...                50 and 25 of subjects 13 to 17
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from flip_mm.datasets.archive import Recording, Scan, Walk
from flip_mm.datasets.data_set import DataSet
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.scanning import UnfitError, data_files, report_missing, scan_files
from flip_mm.labels import BONA_FIDE

# Sessions 1 and 2 are real; in session 3 an operator wears a mask of the subject.
NAME = re.compile(rf"^3dmad/{SPLIT}(?P<client>\d\d)_(?P<session>0[1-3])_\d\d$")

LAYOUT = """\
RAW[/...]/01_01_01.hdf5    <subject>_<session>_<take>, sessions 01 and 02 real, 03 a mask"""
PATH = re.compile(r"(?:[^/]+/){0,3}(?P<name>(?P<subject>[0-9]{2})_(?P<session>0[1-3])_0[1-5])\.(?i:hdf5|h5)")
# Idiap's sets world and dev, then test.
SUBJECTS = {"train": range(1, 13), "test": range(13, 18)}
SESSIONS = {"01": "real", "02": "real", "03": "fake"}
RECORDINGS = {"3dmad/train/real": 120, "3dmad/train/fake": 60, "3dmad/test/real": 50, "3dmad/test/fake": 25}


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    return NameParts(m["client"], "mask" if m["session"] == "03" else BONA_FIDE, m["session"], "kinect")


def scan(walk: Walk) -> Scan:
    """Scan an archive of 3DMAD.

    Raises:
        ValueError: The archive has another layout.
    """
    tree = walk()

    def recordings_of(path: str) -> Sequence[Recording]:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no recording <subject>_<session>_<take>.hdf5")
        split = next((split for split, subjects in SUBJECTS.items() if int(m["subject"]) in subjects), None)
        if split is None:
            raise UnfitError("has a subject number outside 01 to 17")
        stem = f"3dmad/{split}/{SESSIONS[m['session']]}/{m['name']}"
        return [Recording("3DMAD", path, stem, "hdf5", "pair", split=split)]

    result = scan_files(DATA_SET, tree, data_files(tree), recordings_of)
    names = [
        f"3dmad/{split}/{folder}/{subject:02d}_{session}_{take:02d}"
        for split, subjects in SUBJECTS.items()
        for subject, (session, folder), take in product(subjects, SESSIONS.items(), range(1, 6))
    ]
    report_missing(result, RECORDINGS, names)
    return result


DATA_SET = DataSet(
    domain="3DMAD",
    stem="3dmad",
    name="threedmad",
    title="3DMAD",
    paper="Erdogmus and Marcel, BTAS 2013",
    source="https://www.idiap.ch/dataset/3dmad",
    tried=False,
    frames="pair",
    pattern=NAME,
    read=read_name,
    layout=LAYOUT,
    scan=scan,
    official="FLIP's authors have no lists of it. Subjects 01 to 12, Idiap's sets world and dev, are in the training lists; 13 "
    "to 17 are in the test lists. This layout was not tested on the archive.",
)
