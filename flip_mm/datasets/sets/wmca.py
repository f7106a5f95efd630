# SPDX-License-Identifier: Apache-2.0
"""WMCA, colour channel (George et al., IEEE T-IFS 2020)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from flip_mm.datasets.archive import Archive, Recording, Scan
from flip_mm.datasets.naming import WMCA_ATTACKS
from flip_mm.datasets.scanning import LeftOut, UnfitError, collect, data_files, report_missing
from flip_mm.labels import BONA_FIDE
from flip_mm.preparation.archives.walk import walk

LAYOUT = """\
RAW[/...]/12.02.18/100_03_015_2_10.hdf5    date / client_session_presenter_type_instrument, colour"""
PATH = re.compile(
    r"(?:[^/]+/){0,4}(?P<date>[0-9]{2}\.[0-9]{2}\.[0-9]{2})/"
    r"(?P<name>[0-9]{3}_[0-9]{2}_[0-9]{3}_(?P<type>[0-9])_(?P<pai>[0-9]{2,3}))\.(?i:hdf5|h5)"
)
# The archive of the other channels (grey, depth, infrared, thermal) has recordings of the same names.
OTHER_CHANNELS = re.compile(r"(?:.+/)?[^/]*CDIT[^/]*/.+")
# Attacks that no list of the authors has, and those that their test list has beside bona fide.
UNLISTED = ("wig", "makeup")
TESTED = (BONA_FIDE, "prints", "replay")


def scan(root: Path) -> Scan:
    """What an archive of WMCA holds.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    tree = walk(root)

    def describe(path: str) -> Sequence[Recording] | LeftOut:
        if OTHER_CHANNELS.fullmatch(path):
            return LeftOut("recordings of the channels depth, infrared and thermal")
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no recording dd.mm.yy/<client>_<session>_<presenter>_<type>_<instrument>.hdf5")
        attack = WMCA_ATTACKS.get((int(m["type"]), int(m["pai"])))
        if attack is None:
            raise UnfitError(f"shows {m['type']}_{m['pai']}, which is no instrument of the data set")
        if attack in UNLISTED:
            return LeftOut("recordings of wigs and make-up, which the lists do not name")
        inside = f"{'real' if attack == BONA_FIDE else 'fake'}/{m['date']}_{m['name']}"
        recordings = [Recording("W", path, f"wmca/train/{inside}", "hdf5", "ten_by_index")]
        if attack in TESTED:
            recordings.append(Recording("W", path, f"wmca/test/{inside}", "hdf5", "ten"))
        return recordings

    result = collect(tree, data_files(tree), LAYOUT, describe)
    report_missing(result, {"wmca/train/real": 347, "wmca/train/fake": 1330, "wmca/test/real": 347, "wmca/test/fake": 548})
    return result


ARCHIVE = Archive(
    name="wmca",
    title="WMCA",
    domain="W",
    layout=LAYOUT,
    scan=scan,
    faces="none",
    borders=True,
    official="The authors' training lists name 1,677 recordings: ten frames of 1,672, fewer of five. Ours name ten frames of "
    "each recording that is there. The test lists name the same frames but for the shots, ten per class, which are others.",
)
