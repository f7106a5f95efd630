# SPDX-License-Identifier: Apache-2.0
"""SiW-Mv2: 14 kinds of attack; written from the authors' repository, not tested on the archive.

As converted::

    frame/siwmv2/train/real/Live_785_frame0.png           numbers count videos, not people
    frame/siwmv2/test/fake/Makeup_Co_5_frame0.png         <attack>_<number>
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from flip_mm.datasets.archive import Recording, Scan, Tree, Walk
from flip_mm.datasets.data_set import DataSet
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.scanning import NESTED, LeftOut, UnfitError, data_files, scan_files
from flip_mm.labels import BONA_FIDE
from flip_mm.utils.files import read_utf8

# The 14 kinds of attack in the words of its protocol lists.
NAME = re.compile(
    rf"^siwmv2/{SPLIT}(?:Live|(?P<attack>Makeup_(?:Co|Im|Ob)|Mask_(?:Half|Mann|Paper|Silicone|Trans)|Paper|"
    r"Partial_(?:Eye|Funnyeye|Mouth|Paperglass)|Replay))_\d+$"
)

LAYOUT = """\
RAW[/...]/Live/Live_0.mov                          or .mp4, .avi
RAW[/...]/Spoof/Makeup_Cosmetic/Makeup_Co_5.mov    14 folders of attacks
RAW[/...]/trainlist_live.txt  trainlist_all.txt    names of the videos that train, from pro_3_text of the authors' repository
RAW[/...]/testlist_live.txt   testlist_all.txt     and of those that test; without these four files all videos train and test"""
PATH = re.compile(rf"{NESTED}(?:(?P<live>Live)|Spoof/[^/]+)/(?P<name>(?P<kind>[A-Za-z_]+)_[0-9]+)\.(?i:mov|mp4|avi)")
LISTS = {f"{split}list_{kind}.txt": split for split in ("train", "test") for kind in ("live", "all")}


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    # The numbers count videos, not people.
    return NameParts("", m["attack"] or BONA_FIDE)


def scan(walk: Walk) -> Scan:
    """Scan an archive of SiW-Mv2.

    Raises:
        ValueError: The archive has another layout, some of the four lists are missing, or they contradict each other.
    """
    tree = walk()
    splits = _splits(tree)

    def recordings_of(path: str) -> Sequence[Recording] | LeftOut:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video Live/Live_<number>.mov or Spoof/<folder>/<attack>_<number>.mov")
        if (m["kind"] == "Live") != bool(m["live"]):
            raise UnfitError("is in the folder of the other class, according to its name")
        if splits and m["name"] not in splits:
            return LeftOut("videos that the authors' lists do not name")
        split = splits.get(m["name"], "")
        stem = f"siwmv2/{split or 'train'}/{'real' if m['live'] else 'fake'}/{m['name']}"
        return [Recording("SiW-Mv2", path, stem, "video", "pair", split=split)]

    result = scan_files(DATA_SET, tree, data_files(tree), recordings_of)
    if not splits:
        result.notes.append(
            f"'{tree.root}' has none of {', '.join(LISTS)}: all videos are in the training and the test lists, and protocol "
            "intra cannot use them."
        )
    return result


def _splits(tree: Tree) -> dict[str, str]:
    """Video -> ``'train'`` or ``'test'``; empty if there is no list."""
    paths = {path.rpartition("/")[2]: path for path in tree.files if path.rpartition("/")[2] in LISTS}
    if not paths:
        return {}
    if missing := [name for name in LISTS if name not in paths]:
        raise ValueError(
            f"'{tree.root}' has {', '.join(sorted(paths))} but not {', '.join(missing)}: add the others, or remove all four."
        )
    splits: dict[str, str] = {}
    for name, split in LISTS.items():
        # The lists repeat names to balance the kinds of attack.
        for video in read_utf8(tree.root / paths[name]).split():
            if splits.setdefault(video, split) != split:
                raise ValueError(f"'{tree.root / paths[name]}' names {video}, which is in a training and in a test list.")
    return splits


DATA_SET = DataSet(
    domain="SiW-Mv2",
    stem="siwmv2",
    name="siw_mv2",
    title="SiW-Mv2",
    paper="Guo et al., ECCV 2022",
    source="https://github.com/CHELSEA234/Multi-domain-learning-FAS",
    tried=False,
    frames="pair",
    pattern=NAME,
    read=read_name,
    layout=LAYOUT,
    scan=scan,
    official="FLIP's authors have no lists of it. The split is that of its protocol I. Names do not contain the person. This "
    "layout was not tested on the archive.",
)
