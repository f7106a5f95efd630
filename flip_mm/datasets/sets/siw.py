# SPDX-License-Identifier: Apache-2.0
"""SiW; written from its page and Idiap's bob.db.siw, not tested on the archive.

As converted::

    frame/siw/train/real/003-1-1-2-2_frame0.png      <subject>-<sensor>-<type>-<medium>-<session>
    frame/siw/test/fake/165-1-3-2-1_frame0.png       type 2 print, 3 replay
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flip_mm.datasets.archive import Recording, Scan, Walk
from flip_mm.datasets.data_set import DataSet
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.scanning import NESTED, UnfitError, data_files, scan_files
from flip_mm.labels import BONA_FIDE

NAME = re.compile(rf"^siw/{SPLIT}(?P<client>\d{{3}})-(?P<sensor>\d)-(?P<type>[1-3])-(?P<medium>\d)-(?P<session>\d)$")
TYPES = {"1": BONA_FIDE, "2": "print", "3": "replay"}

LAYOUT = """\
RAW[/...]/Train/live/003/003-1-1-1-1.mov     <subject>-<sensor>-<type>-<medium>-<session>, type 1; or .mp4
RAW[/...]/Train/spoof/003/003-1-2-1-1.mov    type 2 print, 3 replay
RAW[/...]/Test/...                           the same"""
PATH = re.compile(
    rf"{NESTED}(?P<part>Train|Test)/(?P<folder>live|spoof)/(?P<subject>[0-9]{{3}})/"
    r"(?P<name>(?P=subject)-[0-9]-(?P<type>[1-3])-[0-9]-[0-9])\.(?i:mov|mp4)"
)


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    attack = TYPES[m["type"]]
    medium = "" if attack == BONA_FIDE else f"{attack}{m['medium']}"
    return NameParts(m["client"], attack, m["session"], f"sensor{m['sensor']}", medium)


def scan(walk: Walk) -> Scan:
    """Scan an archive of SiW.

    Raises:
        ValueError: The archive has another layout.
    """
    tree = walk()

    def recordings_of(path: str) -> Sequence[Recording]:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video {Train,Test}/{live,spoof}/<subject>/<subject>-<sensor>-<type>-<medium>-<session>.mov")
        real = TYPES[m["type"]] == BONA_FIDE
        if real != (m["folder"] == "live"):
            raise UnfitError(f"is of type {m['type']}, which does not belong in the folder {m['folder']}")
        stem = f"siw/{m['part'].lower()}/{'real' if real else 'fake'}/{m['name']}"
        return [Recording("SiW", path, stem, "video", "pair", split=m["part"])]

    return scan_files(DATA_SET, tree, data_files(tree), recordings_of)


DATA_SET = DataSet(
    domain="SiW",
    stem="siw",
    name="siw",
    title="SiW",
    paper="Liu et al., CVPR 2018",
    source="http://cvlab.cse.msu.edu/siw-spoof-in-the-wild-database.html",
    tried=False,
    frames="pair",
    pattern=NAME,
    read=read_name,
    layout=LAYOUT,
    scan=scan,
    official="FLIP's authors have no lists of it. The folder Train is the training list, the folder Test the test list. This "
    "layout was not tested on the archive.",
)
