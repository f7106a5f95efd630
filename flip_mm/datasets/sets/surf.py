# SPDX-License-Identifier: Apache-2.0
"""CASIA-SURF, colour: single frames of photos with eyes, nose or mouth cut out.

As converted::

    frame/surf/train/real/Training_real_part_CLKJ_CS0110_real.rssdk_color_91.jpg               26,400 images
    frame/surf/train/fake/Training_fake_part_CLKJ_BS0005_04_en_b.rssdk_color_131.jpg           60,576
    frame/surf/train/{real,fake}/Testing_0013_013431-color.jpg                                 included in these
    frame/surf/test/{real,fake}/Val_0007_007243-color.jpg                                      2,994 and 6,614
    txt/surf_{real,fake}_train.txt                29,394 and 67,190 lines, including those of the folder test
    txt/surf_{real,fake}_test.txt                 2,984 and 6,604
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from flip_mm.datasets.archive import Problem, Recording, Scan, Tree, Walk
from flip_mm.datasets.data_set import DataSet, SyntheticFolder
from flip_mm.datasets.frame_name import SPLIT, NameParts
from flip_mm.datasets.list_rule import ListRule
from flip_mm.datasets.scanning import NESTED, LeftOut, UnfitError, data_files, report_missing, scan_files
from flip_mm.labels import BONA_FIDE
from flip_mm.utils.files import read_utf8
from flip_mm.utils.text import first_few

# A photo with eyes, nose, mouth (e, n, m) cut out, flat or bent (s, b). Names of Val and Testing have no person or attack.
NAME = re.compile(
    rf"^surf/{SPLIT}(?:Training_(?:real_part_(?P<real>CLKJ_[ABC]S\d{{4}})_real|"
    r"fake_part_(?P<fake>CLKJ_[ABC]S\d{4})_\d\d_(?P<attack>(?:e|en|enm)_[sb]))\.rssdk_color_\d+|"
    r"(?:Val|Testing)_\d{4}_\d{6}-color)$"
)

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
# Part -> its list of labels, and its output folder: the authors train on Testing and test on Val.
PARTS = {
    "Training": ("train_list.txt", "train"),
    "Val": ("val_private_list.txt", "test"),
    "Testing": ("test_private_list.txt", "train"),
}
RECORDINGS = {"surf/train/real": 26400, "surf/train/fake": 60576, "surf/test/real": 2994, "surf/test/fake": 6614}
OTHER_MODALITIES = ("-depth.jpg", "-ir.jpg")


def read_name(m: re.Match) -> NameParts:
    """Parse a matched name."""
    if m["fake"]:
        return NameParts(m["fake"], m["attack"])
    if m["real"]:
        return NameParts(m["real"], BONA_FIDE)
    return NameParts("", BONA_FIDE if m["cls"] == "real" else "spoof")


def scan(walk: Walk) -> Scan:
    """Scan an archive of CASIA-SURF.

    Raises:
        ValueError: The archive has another layout, or a list of labels has a wrong line or a path outside the archive.
    """
    tree = walk(closed=lambda name: name in ("depth", "ir"))
    labels = {part: _read_labels(tree, name) for part, (name, _) in PARTS.items()}
    found = set()

    def recordings_of(path: str) -> Sequence[Recording] | LeftOut | None:
        if path.endswith(OTHER_MODALITIES):
            return None
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no colour image of Training, Val or Testing")
        image, part = m["image"], m["part"] or m["other"]
        name, split = PARTS[part]
        labelled = labels[part]
        if labelled is None and part != "Training":
            return LeftOut(f"images of {part}, because {name}, which has their labels, is missing")
        if labelled is not None and image not in labelled:
            return LeftOut(f"images of {part} that {name} does not name")
        word = m["class"] if labelled is None else labelled[image]
        found.add(image)
        if m["class"] not in (None, word):
            raise UnfitError(f"is {word} in {name}, but its folder says {m['class']}")
        return [Recording("S", path, f"surf/{split}/{word}/{image[:-4].replace('/', '_')}", "image", "single", split=part)]

    result = scan_files(DATA_SET, tree, data_files(tree), recordings_of)
    for part, labelled in labels.items():
        result.problems += _missing_images(PARTS[part][0], labelled or {}, found)
    report_missing(result, RECORDINGS)
    return result


def _read_labels(tree: Tree, name: str) -> dict[str, str] | None:
    """Colour image -> ``'real'`` or ``'fake'``; None if the list is missing."""
    places = [path for path in tree.files if path.rpartition("/")[2] == name]
    if not places:
        return None
    if len(places) > 1:
        raise ValueError(f"'{tree.root}' has several {name}: {', '.join(places)}; keep the one that belongs to the images.")
    labels = {}
    for number, line in enumerate(read_utf8(tree.root / places[0]).splitlines(), 1):
        fields = line.split()
        where = f"'{tree.root / places[0]}', line {number}: '{line}'"
        if len(fields) != 4 or fields[3] not in ("0", "1"):
            raise ValueError(f"{where} is not 'colour depth ir label' with the label 0 or 1.")
        if any(path.startswith("/") or ".." in path.split("/") for path in fields[:3]):
            raise ValueError(f"{where} leads out of the folder of the archive.")
        labels[fields[0]] = "real" if fields[3] == "1" else "fake"
    return labels


def _missing_images(name: str, labels: Mapping[str, str], found: set[str]) -> list[Problem]:
    missing = [image for image in labels if image not in found]
    return [Problem(name, f"names {len(missing)} images that are missing: {first_few(missing, 3)}.")] if missing else []


# Takes that the synthetic set imitates -> kind of attack.
TAKES = {"04_en_b": "cut_en", "05_enm_s": "cut_enm", "06_enm_b": "cut_enm"}


def names_in_train(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the recordings of person ``{s}`` in the folder train."""
    if real:
        return [("real", "Training_real_part_CLKJ_CS{s:04d}_real.rssdk")]
    return [(kind, f"Training_fake_part_CLKJ_CS{{s:04d}}_{take}.rssdk") for take, kind in TAKES.items()]


def names_in_test(real: bool) -> list[tuple[str, str]]:
    """Kinds and names of the recordings in the folder test; their serial numbers do not identify a person."""
    return [(kind, "Val_{k:04d}_{n:05d}") for kind in (["real"] if real else TAKES.values())]


DATA_SET = DataSet(
    domain="S",
    stem="surf",
    name="casia_surf",
    title="CASIA-SURF",
    paper="Zhang et al., CVPR 2019",
    source="https://sites.google.com/view/face-anti-spoofing-challenge/dataset-download/casia-surfcvpr2019",
    frames="single",
    pattern=NAME,
    read=read_name,
    frame_suffix=re.compile(r"_color_\d+$"),
    lists=ListRule(train="all", test="test", shots=10),
    lines={"real_train": 29394, "fake_train": 67190, "real_test": 2984, "fake_test": 6604},
    layout=LAYOUT,
    scan=scan,
    faces="none",
    borders=True,
    official="The training lists name the same images as the authors' lists. The shots, ten images per class that the test "
    "lists leave out, are other images.",
    # Frames of one recording; lists and metrics treat each as a video.
    synthetic=(
        SyntheticFolder(names_in_train, tuple(f"_color_{i}.jpg" for i in range(1, 50, 10))),
        SyntheticFolder(names_in_test, tuple(f"{i}-color.jpg" for i in range(5))),
    ),
)
