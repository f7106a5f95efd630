# SPDX-License-Identifier: Apache-2.0
"""MSU-MFSD (Wen et al., IEEE T-IFS 2015)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from flip_mm.datasets.archive import Archive, Recording, Scan
from flip_mm.datasets.scanning import NESTED, SAME_VIDEOS, UnfitError, collect, data_files, report_missing
from flip_mm.preparation.archives.walk import Tree, walk
from flip_mm.utils.files import read_utf8

LAYOUT = """\
RAW[/...]/train_sub_list.txt, test_sub_list.txt                          client numbers, one per line
RAW[/...][/scene01]/real/real_client001_android_SD_scene01.mp4           laptop: .mov; beside it .face
RAW[/...][/scene01]/attack/attack_client001_android_SD_ipad_video_scene01.mp4"""
PATH = re.compile(
    rf"{NESTED}(?:scene01/)?(?P<kind>real|attack)/(?P<stem>(?P=kind)_client(?P<client>[0-9]{{3}})_\w+)\.(?i:mov|mp4)"
)
CLASSES = {"real": "real", "attack": "fake"}
DEVICES = ("android", "laptop")
ATTACKS = ("ipad_video", "iphone_video", "printed_photo")


def scan(root: Path) -> Scan:
    """What an archive of MSU-MFSD holds.

    Raises:
        ValueError: Nothing of the layout is there, or the lists of subjects are missing or contradict themselves.
    """
    # The authors add a decoder for Windows.
    tree = walk(root, closed=lambda name: name == "ffmpeg")
    videos = data_files(tree)
    splits = _read_splits(tree) if any(PATH.fullmatch(path) for path in videos) else {}
    files = set(tree.files)

    def describe(path: str) -> Sequence[Recording]:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video real/real_client... or attack/attack_client... ending in .mov or .mp4")
        if m["client"] not in splits:
            raise UnfitError(f"is of client {m['client']}, who is neither in train_sub_list.txt nor in test_sub_list.txt")
        annotation = f"{path.rpartition('.')[0]}.face"
        stem = f"msu/{splits[m['client']]}/{CLASSES[m['kind']]}/{m['stem']}"
        return [Recording("M", path, stem, "video", "pair", annotation if annotation in files else "", splits[m["client"]])]

    result = collect(tree, videos, LAYOUT, describe)
    names = [f"msu/{split}/{name}" for client, split in splits.items() for name in _names(client)]
    counts = {"msu/train/real": 30, "msu/train/fake": 90, "msu/test/real": 40, "msu/test/fake": 120}
    report_missing(result, counts, names)
    return result


def _names(client: str) -> list[str]:
    real = [f"real/real_client{client}_{device}_SD_scene01" for device in DEVICES]
    return real + [f"fake/attack_client{client}_{device}_SD_{kind}_scene01" for device, kind in product(DEVICES, ATTACKS)]


def _read_splits(tree: Tree) -> dict[str, str]:
    """Client -> ``'train'`` or ``'test'``."""
    splits: dict[str, str] = {}
    for split in ("train", "test"):
        name = f"{split}_sub_list.txt"
        found = [path for path in tree.files if path.rpartition("/")[2] == name]
        if len(found) != 1:
            there = ", ".join(f"'{path}'" for path in found) or "none"
            raise ValueError(
                f"'{tree.root}' needs one {name}, which tells the subjects of the {split} folder; there is {there}. "
                "It comes with the data set; put it beside the folders of videos."
            )
        for number, line in enumerate(read_utf8(tree.root / found[0]).split(), 1):
            if not re.fullmatch(r"[0-9]{1,3}", line):
                raise ValueError(f"'{tree.root / found[0]}': entry {number}, '{line}', is no client number.")
            if splits.setdefault(line.zfill(3), split) != split:
                raise ValueError(f"'{tree.root / found[0]}': client {line} is in train_sub_list.txt as well.")
    return splits


ARCHIVE = Archive(
    name="msu_mfsd",
    title="MSU-MFSD",
    domain="M",
    layout=LAYOUT,
    scan=scan,
    annotations="msu",
    official=SAME_VIDEOS,
)
