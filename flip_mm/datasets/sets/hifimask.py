# SPDX-License-Identifier: Apache-2.0
"""CASIA-SURF HiFiMask: masks of 75 people; written from the authors' readme and lists, not tested on the archive.

As converted, ten frames of each recording::

    frame/hifimask/train/real/1_06_0_1_1_1_00.jpg      <complexion>_<subject>_<type>_<scene>_<light>_<sensor>_<frame>
    frame/hifimask/train/fake/3_52_3_6_5_8_00.jpg      types 1 to 3 are masks
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flip_mm.datasets.archive import Recording, Scan, Walk
from flip_mm.datasets.data_set import DataSet
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.scanning import UnfitError, scan_files
from flip_mm.labels import BONA_FIDE

NAME = re.compile(
    rf"^hifimask/{SPLIT}(?P<client>[1-3]_\d\d)_(?P<type>[0-3])_(?P<scene>[1-6])_(?P<light>[0-6])_(?P<sensor>[1-8])$"
)
TYPES = {"0": BONA_FIDE, "1": "transparent", "2": "plaster", "3": "resin"}

LAYOUT = """\
RAW[/...]/1_05_0_2_6_1/*.png    <complexion>_<subject>_<type>_<scene>_<light>_<sensor>, type 0 live, 1 to 3 masks"""
FOLDER = re.compile(r"[1-3]_[0-9]{2}_(?P<type>[0-3])_[1-6]_[0-6]_[1-8]")


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    return NameParts(m["client"], TYPES[m["type"]], f"scene{m['scene']}_light{m['light']}", f"sensor{m['sensor']}")


def scan(walk: Walk) -> Scan:
    """Scan an archive of HiFiMask.

    Raises:
        ValueError: The archive has another layout.
    """
    tree = walk(closed=lambda name: FOLDER.fullmatch(name) is not None)

    def recordings_of(path: str) -> Sequence[Recording]:
        name = path.rpartition("/")[2]
        if not (m := FOLDER.fullmatch(name)):
            raise UnfitError("is no folder of frames")
        word = "real" if TYPES[m["type"]] == BONA_FIDE else "fake"
        return [Recording("HiFiMask", path, f"hifimask/train/{word}/{name}", "folder", "ten")]

    return scan_files(DATA_SET, tree, tree.folders, recordings_of)


DATA_SET = DataSet(
    domain="HiFiMask",
    stem="hifimask",
    name="hifimask",
    title="CASIA-SURF HiFiMask",
    paper="Liu et al., T-IFS 2022",
    source="https://sites.google.com/view/face-anti-spoofing-challenge/dataset-download/casia-surf-hifimaskiccv2021",
    tried=False,
    frames="numbered",
    pattern=NAME,
    read=read_name,
    # Its names do not contain its split.
    intra=False,
    layout=LAYOUT,
    scan=scan,
    faces="none",
    official="FLIP's authors have no lists of it, and its protocols are not used: all recordings are in the training and the "
    "test lists. Its frames are already cropped to faces. This layout was not tested on the archive.",
)
