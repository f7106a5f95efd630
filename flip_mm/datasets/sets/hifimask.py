# SPDX-License-Identifier: Apache-2.0
"""CASIA-SURF HiFiMask (Liu et al., T-IFS 2022); after its authors' readme and lists, not tried on the archive."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flip_mm.datasets.archive import Archive, Recording, Scan
from flip_mm.datasets.naming import HIFIMASK_TYPES
from flip_mm.datasets.scanning import UnfitError, collect
from flip_mm.labels import BONA_FIDE
from flip_mm.preparation.archives.walk import walk

LAYOUT = """\
RAW[/...]/1_05_0_2_6_1/*.png    <complexion>_<subject>_<type>_<scene>_<light>_<sensor>, type 0 live, 1 to 3 masks"""
NAME = re.compile(r"[1-3]_[0-9]{2}_(?P<type>[0-3])_[1-6]_[0-6]_[1-8]")


def scan(root: Path) -> Scan:
    """What an archive of HiFiMask holds.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    tree = walk(root, closed=lambda name: NAME.fullmatch(name) is not None)

    def describe(path: str) -> Sequence[Recording]:
        name = path.rpartition("/")[2]
        if not (m := NAME.fullmatch(name)):
            raise UnfitError("is no folder of frames")
        word = "real" if HIFIMASK_TYPES[m["type"]] == BONA_FIDE else "fake"
        return [Recording("HiFiMask", path, f"hifimask/train/{word}/{name}", "folder", "ten")]

    return collect(tree, tree.folders, LAYOUT, describe)


ARCHIVE = Archive(
    name="hifimask",
    title="CASIA-SURF HiFiMask",
    domain="HiFiMask",
    layout=LAYOUT,
    scan=scan,
    faces="none",
    official="There are no lists of FLIP's authors for it, and its own protocols are not used: all recordings train and test. "
    "Its frames are cut to faces already. This layout was not tried on the archive.",
)
