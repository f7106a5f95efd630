# SPDX-License-Identifier: Apache-2.0
"""CASIA-SURF (Zhang et al., CVPR 2019)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from flip_mm.datasets.archive import Archive, Problem, Recording, Scan
from flip_mm.datasets.scanning import NESTED, LeftOut, UnfitError, collect, data_files, report_missing
from flip_mm.preparation.archives.walk import Tree, walk
from flip_mm.utils.files import read_utf8

LAYOUT = """\
RAW[/...]/Training/real_part/CLKJ_CS0110/real.rssdk/color/91.jpg
RAW[/...]/Training/fake_part/CLKJ_AS0005/04_en_b.rssdk/color/101.jpg
RAW[/...]/Val/0007/007243-color.jpg, Testing/0013/013431-color.jpg
RAW[/...]/train_list.txt, val_private_list.txt, test_private_list.txt    lines: colour depth ir label (1 real)"""
IMAGE = (
    r"(?P<part>Training)/(?P<class>real|fake)_part/\w+/[\w.]+/color/[0-9]+\.jpg|"
    r"(?P<other>Val|Testing)/[0-9]{4}/[0-9]{6}-color\.jpg"
)
PATH = re.compile(rf"{NESTED}(?P<image>{IMAGE})")
# Part -> its list of labels, and the folder of outputs: in the authors' lists Testing trains and Val is tested.
PARTS = {
    "Training": ("train_list.txt", "train"),
    "Val": ("val_private_list.txt", "test"),
    "Testing": ("test_private_list.txt", "train"),
}
OTHER_MODALITIES = ("-depth.jpg", "-ir.jpg")


def scan(root: Path) -> Scan:
    """What an archive of CASIA-SURF holds.

    Raises:
        ValueError: Nothing of the layout is there, or a list of labels has a line that is none or leaves the archive.
    """
    tree = walk(root, closed=lambda name: name in ("depth", "ir"))
    labels = {part: _read_labels(tree, name) for part, (name, _) in PARTS.items()}
    found = set()

    def describe(path: str) -> Sequence[Recording] | LeftOut | None:
        if path.endswith(OTHER_MODALITIES):
            return None
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no colour image of Training, Val or Testing")
        image, part = m["image"], m["part"] or m["other"]
        name, split = PARTS[part]
        known = labels[part]
        if known is None and part != "Training":
            return LeftOut(f"images of {part}, as {name}, which tells their classes, is not there")
        if known is not None and image not in known:
            return LeftOut(f"images of {part} that {name} does not name")
        word = m["class"] if known is None else known[image]
        found.add(image)
        if m["class"] not in (None, word):
            raise UnfitError(f"is {word} in {name}, which its folder contradicts")
        return [Recording("S", path, f"surf/{split}/{word}/{image[:-4].replace('/', '_')}", "image", "single", split=part)]

    result = collect(tree, data_files(tree), LAYOUT, describe)
    for part, known in labels.items():
        result.problems += _not_there(PARTS[part][0], known or {}, found)
    counts = {"surf/train/real": 26400, "surf/train/fake": 60576, "surf/test/real": 2994, "surf/test/fake": 6614}
    report_missing(result, counts)
    return result


def _read_labels(tree: Tree, name: str) -> dict[str, str] | None:
    """Colour image -> ``'real'`` or ``'fake'``; None where the list is not there."""
    places = [path for path in tree.files if path.rpartition("/")[2] == name]
    if not places:
        return None
    if len(places) > 1:
        raise ValueError(f"'{tree.root}' has several {name}: {', '.join(places)}; leave the one that belongs to the images.")
    labels = {}
    for number, line in enumerate(read_utf8(tree.root / places[0]).splitlines(), 1):
        fields = line.split()
        where = f"'{tree.root / places[0]}', line {number}: '{line}'"
        if len(fields) != 4 or fields[3] not in ("0", "1"):
            raise ValueError(f"{where} is not 'colour depth ir label' with the label 0 or 1.")
        if any(path.startswith("/") or ".." in path.split("/") for path in fields[:3]):
            raise ValueError(f"{where} leaves the folder of the archive.")
        labels[fields[0]] = "real" if fields[3] == "1" else "fake"
    return labels


def _not_there(name: str, known: Mapping[str, str], found: set[str]) -> list[Problem]:
    missing = [image for image in known if image not in found]
    examples = ", ".join(missing[:3])
    return [Problem(name, f"names images that are not there: {len(missing)}, among them {examples}.")] if missing else []


ARCHIVE = Archive(
    name="casia_surf",
    title="CASIA-SURF",
    domain="S",
    layout=LAYOUT,
    scan=scan,
    faces="none",
    borders=True,
    official="The training lists name the images that the authors' name. The shots, ten images per class that the test lists "
    "leave out, are others.",
)
