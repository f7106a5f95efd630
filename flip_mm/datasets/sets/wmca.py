# SPDX-License-Identifier: Apache-2.0
"""WMCA, colour channel: prints, replays, masks, fake heads and glasses.

As converted, ten frames of each recording::

    frame/wmca/train/real/22.05.18_069_06_000_0_01_05.jpg      <date>_<client>_<session>_<presenter>_<type>_<instrument>_<frame>
    frame/wmca/train/{real,fake}/...                           347 and 1,330 recordings, frames 00, 05, ..., 45 of 50
    frame/wmca/test/{real,fake}/...                            347 and 548 of them again, frames 00 to 09; prints and replays
    txt/wmca_{real,fake}_train.txt                             3,470 and 13,288 lines
    txt/wmca_{real,fake}_test.txt                              3,460 and 5,470
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from flip_mm.datasets.archive import Recording, Scan, Walk
from flip_mm.datasets.data_set import DataSet, SyntheticFolder
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.list_rule import ListRule
from flip_mm.datasets.scanning import LeftOut, UnfitError, data_files, report_missing, scan_files
from flip_mm.labels import BONA_FIDE

NAME = re.compile(
    rf"^wmca/{SPLIT}\d\d\.\d\d\.\d\d_(?P<client>\d{{3}})_(?P<session>\d\d)_\d{{3}}_(?P<type>[0-5])_(?P<pai>\d{{2,3}})$"
)
# Type and number of the instrument -> attack type, from the table in Idiap's bob.pad.face (lists/batl); type 5 is makeup.
ATTACKS = {
    (kind, number): attack
    for kind, attack, numbers in (
        (0, BONA_FIDE, (0, 1, 2)),
        (1, "glasses", (1, *range(3, 8), 15, 16)),
        (1, "rigidmask", (2, 13, 14)),
        (1, "wig", range(8, 13)),
        (2, "fakehead", range(1, 8)),
        (2, "papermask", range(8, 12)),
        (2, "rigidmask", range(12, 18)),
        (2, "flexiblemask", (18, *range(75, 100))),
        (3, "prints", (1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14)),
        (3, "replay", (5, 10, 15)),
        (4, "replay", range(1, 19)),
        (5, "makeup", range(1, 140)),
    )
    for number in numbers
}

LAYOUT = """\
RAW[/...]/12.02.18/100_03_015_2_10.hdf5    date / client_session_presenter_type_instrument, colour"""
PATH = re.compile(
    r"(?:[^/]+/){0,4}(?P<date>[0-9]{2}\.[0-9]{2}\.[0-9]{2})/"
    r"(?P<name>[0-9]{3}_[0-9]{2}_[0-9]{3}_(?P<type>[0-9])_(?P<pai>[0-9]{2,3}))\.(?i:hdf5|h5)"
)
# The archive of the other channels (grey, depth, infrared, thermal) has recordings of the same names.
OTHER_CHANNELS = re.compile(r"(?:.+/)?[^/]*CDIT[^/]*/.+")
# Attacks that no list of the authors contains, and the types that their test list contains.
UNLISTED = ("wig", "makeup")
TESTED = (BONA_FIDE, "prints", "replay")
RECORDINGS = {"wmca/train/real": 347, "wmca/train/fake": 1330, "wmca/test/real": 347, "wmca/test/fake": 548}


def read_name(m: re.Match) -> NameParts | None:
    """Parse a matched name; None if the data set has no such instrument."""
    attack = ATTACKS.get((int(m["type"]), int(m["pai"])))
    if attack is None:
        return None
    return NameParts(m["client"], attack, m["session"], medium="" if attack == BONA_FIDE else f"{m['type']}_{m['pai']}")


def scan(walk: Walk) -> Scan:
    """Scan an archive of WMCA.

    Raises:
        ValueError: The archive has another layout.
    """
    tree = walk()

    def recordings_of(path: str) -> Sequence[Recording] | LeftOut:
        if OTHER_CHANNELS.fullmatch(path):
            return LeftOut("recordings of the channels depth, infrared and thermal")
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no recording dd.mm.yy/<client>_<session>_<presenter>_<type>_<instrument>.hdf5")
        attack = ATTACKS.get((int(m["type"]), int(m["pai"])))
        if attack is None:
            raise UnfitError(f"has the code {m['type']}_{m['pai']}, which is no instrument of the data set")
        if attack in UNLISTED:
            return LeftOut("recordings of wigs and make-up, which the lists do not name")
        inside = f"{'real' if attack == BONA_FIDE else 'fake'}/{m['date']}_{m['name']}"
        recordings = [Recording("W", path, f"wmca/train/{inside}", "hdf5", "ten_by_index")]
        if attack in TESTED:
            recordings.append(Recording("W", path, f"wmca/test/{inside}", "hdf5", "ten"))
        return recordings

    result = scan_files(DATA_SET, tree, data_files(tree), recordings_of)
    report_missing(result, RECORDINGS)
    return result


# Instruments that the synthetic set imitates: paper, rigid and silicone masks; prints; videos.
MASKS = ("2_08", "2_09", "2_12", "2_13", "2_18", "2_80")
FLAT = {
    "3_01": "print",
    "3_06": "print",
    "3_11": "print",
    "4_01": "replay",
    "4_03": "replay",
    "4_05": "replay",
}


def names_in_train(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the recordings of person ``{s}`` in the folder train."""
    kinds = dict.fromkeys(("0_00", "0_01"), "real") if real else dict.fromkeys(MASKS, "mask") | FLAT
    return _names(kinds, {"01": "26.01.18", "02": "08.02.18", "03": "14.02.18"})


def names_in_test(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the recordings in the folder test, which has no masks."""
    kinds = dict.fromkeys(("0_00", "0_01"), "real") if real else FLAT
    return _names(kinds, {"05": "16.05.18", "06": "22.05.18", "07": "04.06.18"})


def _names(kinds: dict[str, str], sessions: dict[str, str]) -> list[tuple[str, str]]:
    return [(kinds[kind], f"{date}_{{s:03d}}_{number}_000_{kind}") for (number, date), kind in product(sessions.items(), kinds)]


DATA_SET = DataSet(
    domain="W",
    stem="wmca",
    name="wmca",
    title="WMCA",
    paper="George et al., IEEE T-IFS 2020",
    source="https://www.idiap.ch/en/dataset/wmca",
    frames="numbered",
    pattern=NAME,
    read=read_name,
    lists=ListRule(train="train", test="test", shots=10),
    # All recordings in its folder test are also in its folder train.
    intra=False,
    lines={"real_train": 3470, "fake_train": 13288, "real_test": 3460, "fake_test": 5470},
    layout=LAYOUT,
    scan=scan,
    faces="none",
    borders=True,
    official="The authors' training lists name 1,677 recordings: ten frames of 1,672, fewer of five. Our lists name ten frames "
    "of each recording. The test lists name the same frames, except that the ten shots per class are other frames.",
    synthetic=(
        SyntheticFolder(names_in_train, tuple(f"_{i:02d}.jpg" for i in range(0, 50, 5))),
        SyntheticFolder(names_in_test, tuple(f"_{i:02d}.jpg" for i in range(10))),
    ),
)
