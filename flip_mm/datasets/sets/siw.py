# SPDX-License-Identifier: Apache-2.0
"""SiW (Liu et al., CVPR 2018); after its page and Idiap's bob.db.siw, not tried on the archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flip_mm.datasets.archive import Archive, Recording, Scan
from flip_mm.datasets.naming import SIW_TYPES
from flip_mm.datasets.scanning import NESTED, UnfitError, collect, data_files
from flip_mm.labels import BONA_FIDE
from flip_mm.preparation.archives.walk import walk

LAYOUT = """\
RAW[/...]/Train/live/003/003-1-1-1-1.mov     <subject>-<sensor>-<type>-<medium>-<session>, type 1; or .mp4
RAW[/...]/Train/spoof/003/003-1-2-1-1.mov    type 2 print, 3 replay
RAW[/...]/Test/...                           the same"""
PATH = re.compile(
    rf"{NESTED}(?P<part>Train|Test)/(?P<folder>live|spoof)/(?P<subject>[0-9]{{3}})/"
    r"(?P<name>(?P=subject)-[0-9]-(?P<type>[1-3])-[0-9]-[0-9])\.(?i:mov|mp4)"
)


def scan(root: Path) -> Scan:
    """What an archive of SiW holds.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    tree = walk(root)

    def describe(path: str) -> Sequence[Recording]:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video {Train,Test}/{live,spoof}/<subject>/<subject>-<sensor>-<type>-<medium>-<session>.mov")
        real = SIW_TYPES[m["type"]] == BONA_FIDE
        if real != (m["folder"] == "live"):
            raise UnfitError(f"is of type {m['type']} and lies in the folder {m['folder']}")
        stem = f"siw/{m['part'].lower()}/{'real' if real else 'fake'}/{m['name']}"
        return [Recording("SiW", path, stem, "video", "pair", split=m["part"])]

    return collect(tree, data_files(tree), LAYOUT, describe)


ARCHIVE = Archive(
    name="siw",
    title="SiW",
    domain="SiW",
    layout=LAYOUT,
    scan=scan,
    official="There are no lists of FLIP's authors for it. The folder Train trains, the folder Test tests. This layout was not "
    "tried on the archive.",
)
