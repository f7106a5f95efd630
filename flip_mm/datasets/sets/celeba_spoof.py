# SPDX-License-Identifier: Apache-2.0
"""CelebA-Spoof: single images; the auxiliary training set of the published protocols, never tested.

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
from flip_mm.datasets.scanning import NESTED, LeftOut, UnfitError, data_files, scan_files
from flip_mm.labels import BONA_FIDE
from flip_mm.utils.files import read_utf8

NAME = re.compile(r"^celeb/(?P<cls>real|fake)/(?P<client>\d+)_(?P<kind>live|spoof)_\d+$")

LAYOUT = """\
RAW[/...]/Data/train/4980/{live,spoof}/000003.{jpg,png}    subject; next to it 000003_BB.txt
RAW[/...]/Data/test/...                                    not converted
RAW[/...]/metas/intra_test/train_label.{txt,json}          if present, gives the class"""
IMAGE = r"(?P<split>train|test)/(?P<subject>[1-9][0-9]*)/(?P<kind>live|spoof)/(?P<file>[0-9]+)"
PATH = re.compile(rf"{NESTED}(?:Data/)?(?P<image>{IMAGE})\.(?i:jpe?g|png)")
# Published by mistake, according to the authors.
DAMAGED = re.compile(rf"{NESTED}(?:Data/)?(?i:train[-_]2)/.+")
LABELS = re.compile(r"(?:.+/)?metas/intra_test/train_label\.(?:txt|json)")
LABELLED = re.compile(rf"(?:Data/)?(?P<image>{IMAGE})\.(?i:jpe?g|png)")
# Of the 44 numbers per image in the JSON files: 40 attributes of the face, kind of spoof, light, place, then 0 live or 1 spoof.
CLASS = 43


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    # 256 of the 40,000 images in the published list of spoof images are named "live": the folder decides.
    return NameParts(m["client"], BONA_FIDE if m["cls"] == "real" and m["kind"] == "live" else "spoof")


def scan(walk: Walk) -> Scan:
    """Scan an archive of CelebA-Spoof: all images, of which only some are converted later.

    Raises:
        ValueError: The archive has another layout, or a label file cannot be read.
    """
    tree = walk()
    files = set(tree.files)
    labels = _read_labels(tree)
    sources = Counter()

    def recordings_of(path: str) -> Sequence[Recording] | LeftOut:
        if DAMAGED.fullmatch(path):
            return LeftOut("images of train_2, a damaged copy of train")
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no image Data/{train,test}/<subject>/{live,spoof}/<number>.{jpg,png}")
        if m["split"] == "test":
            return LeftOut("images of Data/test, which the lists do not name")
        by_folder = "real" if m["kind"] == "live" else "fake"
        word = labels.get(m["image"], by_folder)
        sources["label"] += m["image"] in labels
        sources["contradiction"] += word != by_folder
        annotation = f"{path.rpartition('.')[0]}_BB.txt"
        stem = f"celeb/{word}/{m['subject']}_{m['kind']}_{m['file']}"
        return [Recording("CelebA", path, stem, "image", "single", annotation if annotation in files else "", m["split"])]

    result = scan_files(DATA_SET, tree, data_files(tree), recordings_of)
    by_folder = len(result.recordings) - sources["label"]
    result.notes.append(f"Class from the label file: {sources['label']} images; from the folder: {by_folder}.")
    if sources["contradiction"]:
        result.notes.append(
            f"Images with another class in the label file than in their folder: {sources['contradiction']}. The label file "
            "decides; the name keeps the word of the folder."
        )
    return result


def _read_labels(tree: Tree) -> dict[str, str]:
    """``'train/4980/spoof/000003'`` -> ``'real'`` or ``'fake'``."""
    labels: dict[str, str] = {}
    # If both exist, read the JSON, because its format is certain.
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
    """Read lines ``Data/train/4980/spoof/000003.jpg 1``, or with all 44 numbers: the last number is the class."""
    entries = []
    for line in read_utf8(file).splitlines():
        if fields := line.split():
            image, label = fields[0], fields[-1] if len(fields) in (2, CLASS + 2) else " ".join(fields[1:])
            entries.append((image, int(label) if label in ("0", "1") else label))
    return entries


def _read_json(file: Path) -> list[tuple[str, int | str]]:
    """Read a JSON object: path of the image -> list of 44 numbers."""
    try:
        entries = json.loads(read_utf8(file))
        return [(image, numbers[CLASS]) for image, numbers in entries.items()]
    except (ValueError, AttributeError, TypeError, IndexError, KeyError, RecursionError) as error:
        raise ValueError(f"'{file}' is no JSON object of images with {CLASS + 1} numbers each: {error}.") from error


def names_of_images(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of images; 40 % prints, 40 % replays and 20 % masks."""
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
    official="The authors' lists name 40,000 images per class of Data/train, by an unknown rule. Our lists name other images: "
    "the first 40,000 per class in the order of the SHA-256 of their names. With --lists, the authors' images are converted.",
    per_class=40_000,
    synthetic=(SyntheticFolder(names_of_images, (".jpg",)),),
)
