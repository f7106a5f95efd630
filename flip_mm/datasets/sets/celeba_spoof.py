# SPDX-License-Identifier: Apache-2.0
"""CelebA-Spoof: single images; trains beside the sources of the published protocols, is never tested.

As converted, of 625,537 images in the archive::

    frame/celeb/real/4930_live_003672.jpg      <subject>_<kind>_<number>: 40,000 images
    frame/celeb/fake/563_spoof_348234.jpg      40,000
    txt/celeb_{real,fake}_train.txt            40,000 lines each
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from flip_mm.datasets.archive import Recording, Scan, Tree, Walk
from flip_mm.datasets.data_set import DataSet, SyntheticFolder
from flip_mm.datasets.frame_name import NameParts
from flip_mm.datasets.list_rule import ListRule
from flip_mm.datasets.scanning import NESTED, LeftOut, UnfitError, collect, data_files
from flip_mm.labels import BONA_FIDE
from flip_mm.utils.files import read_utf8

NAME = re.compile(r"^celeb/(?P<cls>real|fake)/(?P<client>\d+)_(?P<kind>live|spoof)_\d+$")

LAYOUT = """\
RAW[/...]/Data/train/4980/{live,spoof}/000003.{jpg,png}    subject; next to it 000003_BB.txt
RAW[/...]/Data/test/...                                    not converted
RAW[/...]/metas/intra_test/train_label.{txt,json}          if present, gives the class"""
IMAGE = r"(?P<split>train|test)/(?P<subject>[1-9][0-9]*)/(?P<kind>live|spoof)/(?P<file>[0-9]+)"
PATH = re.compile(rf"{NESTED}(?:Data/)?(?P<image>{IMAGE})\.(?i:jpe?g|png)")
# Left in the archive by mistake, as its authors say.
DAMAGED = re.compile(rf"{NESTED}(?:Data/)?(?i:train[-_]2)/.+")
LABELS = re.compile(r"(?:.+/)?metas/intra_test/train_label\.(?:txt|json)")
LABELLED = re.compile(rf"(?:Data/)?(?P<image>{IMAGE})\.(?i:jpe?g|png)")
# Of the 44 numbers per image in the JSON files: 40 attributes of the face, kind of spoof, light, place, then 0 live or 1 spoof.
CLASS = 43


def read_name(m: re.Match) -> NameParts:
    """What a name says."""
    # The published list of spoof images has 256 named "live" among its 40,000: the folder decides.
    return NameParts(m["client"], BONA_FIDE if m["cls"] == "real" and m["kind"] == "live" else "spoof")


def scan(walk: Walk) -> Scan:
    """What an archive of CelebA-Spoof holds: all of its images, of which few are converted.

    Raises:
        ValueError: Nothing of the layout is there, or a file of labels cannot be read.
    """
    tree = walk()
    files = set(tree.files)
    labels = _read_labels(tree)
    told = Counter()

    def describe(path: str) -> Sequence[Recording] | LeftOut:
        if DAMAGED.fullmatch(path):
            return LeftOut("images of train_2, a damaged copy of train")
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no image Data/{train,test}/<subject>/{live,spoof}/<number>.{jpg,png}")
        if m["split"] == "test":
            return LeftOut("images of Data/test, of which the lists name none")
        by_folder = "real" if m["kind"] == "live" else "fake"
        word = labels.get(m["image"], by_folder)
        told["label"] += m["image"] in labels
        told["contradiction"] += word != by_folder
        annotation = f"{path.rpartition('.')[0]}_BB.txt"
        stem = f"celeb/{word}/{m['subject']}_{m['kind']}_{m['file']}"
        return [Recording("CelebA", path, stem, "image", "single", annotation if annotation in files else "", m["split"])]

    result = collect(DATA_SET, tree, data_files(tree), describe)
    by_folder = len(result.recordings) - told["label"]
    result.notes.append(f"Where the class is from: the file of labels {told['label']}, folders {by_folder}.")
    if told["contradiction"]:
        result.notes.append(
            f"Images whose label is not their folder's: {told['contradiction']}. The label decides, the folder's word stays in "
            "the name."
        )
    return result


def _read_labels(tree: Tree) -> dict[str, str]:
    """``'train/4980/spoof/000003'`` -> ``'real'`` or ``'fake'``."""
    labels: dict[str, str] = {}
    # Where both are there, the JSON is read, whose format is certain.
    for path in sorted(path for path in tree.files if LABELS.fullmatch(path))[:1]:
        file = tree.root / path
        read = _read_text if path.endswith(".txt") else _read_json
        for number, (image, label) in enumerate(read(file), 1):
            if label not in (0, 1):
                raise ValueError(f"'{file}': entry {number}, '{image}', has the class {label!r}, not 0 (live) or 1 (spoof).")
            if not (m := LABELLED.fullmatch(image)):
                raise ValueError(f"'{file}': entry {number}, '{image}', is no image Data/train/<subject>/<class>/<number>.")
            labels[m["image"]] = "fake" if label else "real"
    return labels


def _read_text(file: Path) -> list[tuple[str, int | str]]:
    """Lines ``Data/train/4980/spoof/000003.jpg 1``, or with all 44 numbers, of which the last one counts."""
    entries = []
    for line in read_utf8(file).splitlines():
        if fields := line.split():
            image, label = fields[0], fields[-1] if len(fields) in (2, CLASS + 2) else " ".join(fields[1:])
            entries.append((image, int(label) if label in ("0", "1") else label))
    return entries


def _read_json(file: Path) -> list[tuple[str, int | str]]:
    """A dict of lists of 44 numbers by the path of the image."""
    try:
        entries = json.loads(read_utf8(file))
        return [(image, numbers[CLASS]) for image, numbers in entries.items()]
    except (ValueError, AttributeError, TypeError, IndexError, KeyError, RecursionError) as error:
        raise ValueError(f"'{file}' is no JSON object of images with {CLASS + 1} numbers each: {error}.") from error


def names_of_images(real: bool) -> list[tuple[str, str]]:
    """What images show, and their names; 40 % prints, 40 % replays and 20 % masks."""
    if real:
        return [("real", "{s}_live_{n:06d}")]
    return [(kind, "{s}_spoof_{n:06d}") for kind in 4 * ["print"] + 4 * ["replay"] + 2 * ["mask"]]


DATA_SET = DataSet(
    domain="CelebA",
    stem="celeb",
    name="celeba_spoof",
    title="CelebA-Spoof",
    paper="Zhang et al., ECCV 2020",
    source="https://github.com/ZhangYuanhan-AI/CelebA-Spoof",
    frames="single",
    pattern=NAME,
    read=read_name,
    lists=ListRule(train="all", test="none"),
    lines={"real_train": 40000, "fake_train": 40000},
    layout=LAYOUT,
    scan=scan,
    annotations="celeb",
    official="The authors' lists name 40,000 images per class of Data/train, by a rule that is not known. Ours name others: "
    "the first 40,000 per class in the order of the SHA-256 of their names. With the authors' lists, those that they name.",
    per_class=40_000,
    synthetic=(SyntheticFolder(names_of_images, (".jpg",)),),
)
