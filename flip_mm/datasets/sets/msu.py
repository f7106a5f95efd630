# SPDX-License-Identifier: Apache-2.0
"""MSU-MFSD: a phone and a laptop film 35 people, their prints and their replays on a tablet and a phone.

As converted::

    frame/msu/train/real/real_client002_android_SD_scene01_frame0.png                 30 videos
    frame/msu/train/fake/attack_client002_laptop_SD_ipad_video_scene01_frame0.png     90
    frame/msu/test/{real,fake}/...                                                    40 and 120
    txt/msu_{real,fake}_train.txt                                                     70 and 210 lines
    txt/msu_{real,fake}_test.txt                                                      60 and 200
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product

from flip_mm.datasets.archive import Recording, Scan, Tree, Walk
from flip_mm.datasets.data_set import DataSet, SyntheticFolder
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.list_rule import ListRule
from flip_mm.datasets.scanning import NESTED, SAME_VIDEOS, UnfitError, data_files, report_missing, scan_files
from flip_mm.labels import BONA_FIDE
from flip_mm.utils.files import read_utf8

NAME = re.compile(
    rf"^msu/{SPLIT}(?:real|(?P<kind>attack))_client(?P<client>\d{{3}})_(?P<device>android|laptop)_SD_"
    r"(?(kind)(?P<attack>ipad_video|iphone_video|printed_photo)_)(?P<session>scene\d+)$"
)
DEVICES = ("android", "laptop")
# Attack type -> medium.
ATTACKS = {"ipad_video": "ipad", "iphone_video": "iphone", "printed_photo": "paper"}

LAYOUT = """\
RAW[/...]/train_sub_list.txt, test_sub_list.txt                          client numbers, one per line
RAW[/...][/scene01]/real/real_client001_android_SD_scene01.mp4           laptop: .mov; next to it .face
RAW[/...][/scene01]/attack/attack_client001_android_SD_ipad_video_scene01.mp4"""
PATH = re.compile(
    rf"{NESTED}(?:scene01/)?(?P<kind>real|attack)/(?P<stem>(?P=kind)_client(?P<client>[0-9]{{3}})_\w+)\.(?i:mov|mp4)"
)
FOLDERS = {"real": "real", "attack": "fake"}
RECORDINGS = {"msu/train/real": 30, "msu/train/fake": 90, "msu/test/real": 40, "msu/test/fake": 120}


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    return NameParts(m["client"], m["attack"] or BONA_FIDE, m["session"], m["device"], ATTACKS.get(m["attack"], ""))


def scan(walk: Walk) -> Scan:
    """Scan an archive of MSU-MFSD.

    Raises:
        ValueError: The archive has another layout, or the lists of subjects are missing or contradict each other.
    """
    # The archive contains a decoder for Windows.
    tree = walk(closed=lambda name: name == "ffmpeg")
    videos = data_files(tree)
    splits = _read_splits(tree) if any(PATH.fullmatch(path) for path in videos) else {}
    files = set(tree.files)

    def recordings_of(path: str) -> Sequence[Recording]:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video real/real_client... or attack/attack_client... ending in .mov or .mp4")
        if m["client"] not in splits:
            raise UnfitError(f"shows client {m['client']}, who is neither in train_sub_list.txt nor in test_sub_list.txt")
        annotation = f"{path.rpartition('.')[0]}.face"
        stem = f"msu/{splits[m['client']]}/{FOLDERS[m['kind']]}/{m['stem']}"
        return [Recording("M", path, stem, "video", "pair", annotation if annotation in files else "", splits[m["client"]])]

    result = scan_files(DATA_SET, tree, videos, recordings_of)
    names = [
        f"msu/{split}/{'real' if real else 'fake'}/{name.format(s=int(client))}"
        for client, split in splits.items()
        for real in (True, False)
        for _, name in names_of_a_person(real)
    ]
    report_missing(result, RECORDINGS, names)
    return result


def _read_splits(tree: Tree) -> dict[str, str]:
    """Client -> ``'train'`` or ``'test'``."""
    splits: dict[str, str] = {}
    for split in ("train", "test"):
        name = f"{split}_sub_list.txt"
        paths = [path for path in tree.files if path.rpartition("/")[2] == name]
        if len(paths) != 1:
            present = ", ".join(f"'{path}'" for path in paths) or "none"
            raise ValueError(
                f"'{tree.root}' needs one {name}, which lists the subjects of the {split} folder; there is {present}. "
                "It comes with the data set; put it next to the folders of videos."
            )
        for number, line in enumerate(read_utf8(tree.root / paths[0]).split(), 1):
            if not re.fullmatch(r"[0-9]{1,3}", line):
                raise ValueError(f"'{tree.root / paths[0]}': entry {number}, '{line}', is no client number.")
            if splits.setdefault(line.zfill(3), split) != split:
                raise ValueError(f"'{tree.root / paths[0]}': client {line} is in train_sub_list.txt as well.")
    return splits


def names_of_a_person(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the videos of person ``{s}``."""
    if real:
        return [("real", f"real_client{{s:03d}}_{device}_SD_scene01") for device in DEVICES]
    return [
        ("print" if ATTACKS[attack] == "paper" else "replay", f"attack_client{{s:03d}}_{device}_SD_{attack}_scene01")
        for attack, device in product(ATTACKS, DEVICES)
    ]


DATA_SET = DataSet(
    domain="M",
    stem="msu",
    name="msu_mfsd",
    title="MSU-MFSD",
    paper="Wen et al., IEEE T-IFS 2015",
    source="http://biometrics.cse.msu.edu/Publications/Databases/MSUMobileFaceSpoofing/index.htm",
    frames="pair",
    pattern=NAME,
    read=read_name,
    lists=ListRule(train="all", test="all", shots=10),
    lines={"real_train": 70, "fake_train": 210, "real_test": 60, "fake_test": 200},
    layout=LAYOUT,
    scan=scan,
    annotations="msu",
    official=SAME_VIDEOS,
    synthetic=(SyntheticFolder(names_of_a_person),) * 2,
)
