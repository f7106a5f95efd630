# SPDX-License-Identifier: Apache-2.0
"""SiW-Mv2: 14 kinds of attack; after its authors' repository, not tried on the archive.

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
from flip_mm.datasets.scanning import NESTED, LeftOut, UnfitError, collect, data_files
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
    """What a name says."""
    # Its numbers count videos, not people.
    return NameParts("", m["attack"] or BONA_FIDE)


def scan(walk: Walk) -> Scan:
    """What an archive of SiW-Mv2 holds.

    Raises:
        ValueError: Nothing of the layout is there, some of the four lists are missing, or they contradict each other.
    """
    tree = walk()
    splits = _splits(tree)

    def describe(path: str) -> Sequence[Recording] | LeftOut:
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video Live/Live_<number>.mov or Spoof/<folder>/<attack>_<number>.mov")
        if (m["kind"] == "Live") != bool(m["live"]):
            raise UnfitError("lies in the folder of the other class, by its name")
        if splits and m["name"] not in splits:
            return LeftOut("videos that the authors' lists do not name")
        split = splits.get(m["name"], "")
        stem = f"siwmv2/{split or 'train'}/{'real' if m['live'] else 'fake'}/{m['name']}"
        return [Recording("SiW-Mv2", path, stem, "video", "pair", split=split)]

    result = collect(DATA_SET, tree, data_files(tree), describe)
    if not splits:
        result.notes.append(
            f"No {', '.join(LISTS)} in '{tree.root}': all videos train and test, protocol intra cannot use them."
        )
    return result


def _splits(tree: Tree) -> dict[str, str]:
    """Video -> ``'train'`` or ``'test'``; empty where no list is there."""
    found = {path.rpartition("/")[2]: path for path in tree.files if path.rpartition("/")[2] in LISTS}
    if not found:
        return {}
    if missing := [name for name in LISTS if name not in found]:
        raise ValueError(
            f"'{tree.root}' has {', '.join(sorted(found))} and not {', '.join(missing)}: all four are needed, or none."
        )
    splits: dict[str, str] = {}
    for name, split in LISTS.items():
        # They repeat names, so that every kind of attack is as frequent.
        for video in read_utf8(tree.root / found[name]).split():
            if splits.setdefault(video, split) != split:
                raise ValueError(f"'{tree.root / found[name]}' names {video}, which a list of the other videos names as well.")
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
    official="There are no lists of FLIP's authors for it. Its own lists of protocol I divide it. Names do not tell who is in "
    "a video. This layout was not tried on the archive.",
)
