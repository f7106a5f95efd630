# SPDX-License-Identifier: Apache-2.0
"""CASIA-SURF CeFA (Liu et al., WACV 2021)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from flip_mm.datasets.archive import Archive, Problem, Recording, Scan
from flip_mm.datasets.scanning import LeftOut, UnfitError, collect, data_files, report_missing
from flip_mm.preparation.archives.walk import Tree, walk

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


def scan(root: Path) -> Scan:
    """What an archive of CASIA-SURF CeFA holds.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    tree = walk(root, closed=lambda name: name in MODALITIES)

    def describe(path: str) -> Sequence[Recording] | LeftOut | None:
        if path.endswith(("/depth", "/ir")):
            return None
        if UNNAMED.fullmatch(path):
            return LeftOut("recordings of the challenge that only have a number, which tells no class")
        if MASK.fullmatch(path):
            return LeftOut("recordings of 3D masks, which the lists do not name")
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is not in a folder <ethnicity>_<subject>_<device>_<session>_<instrument>/profile")
        if m["code"] not in CODES:
            return LeftOut(f"recordings that do not end in {', '.join(CODES)}, which the lists do not name")
        if int(m["subject"]) not in SUBJECTS:
            raise UnfitError("is of no subject 000 to 499")
        return [Recording("CeFA", path, _stem(int(m["subject"]), m["name"]), "folder", "ten")]

    result = collect(tree, sorted(tree.folders + data_files(tree)), LAYOUT, describe)
    result.problems += _without_colour(tree)
    names = [
        _stem(subject, f"{ethnicity}_{subject:03d}_{code}") for ethnicity, subject, code in product((1, 2, 3), SUBJECTS, CODES)
    ]
    counts = {"cefa/train/real": 1200, "cefa/train/fake": 3600, "cefa/test/real": 300, "cefa/test/fake": 900}
    report_missing(result, counts, names)

    return result


def _stem(subject: int, name: str) -> str:
    return f"cefa/{'test' if subject in TEST_SUBJECTS else 'train'}/{CODES[name[6:]]}/{name}"


def _without_colour(tree: Tree) -> list[Problem]:
    folders = dict.fromkeys(path.rpartition("/")[0] for path in tree.folders)
    there = set(tree.folders)
    return [Problem(path, "has no folder profile; it is not converted.") for path in folders if f"{path}/profile" not in there]


ARCHIVE = Archive(
    name="casia_cefa",
    title="CASIA-SURF CeFA",
    domain="CeFA",
    layout=LAYOUT,
    scan=scan,
    faces="none",
    borders=True,
    official="The training lists name the frames that the authors' name. The shots, ten frames per class that the test lists "
    "leave out, are others.",
)
