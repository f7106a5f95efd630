# SPDX-License-Identifier: Apache-2.0
"""Idiap Replay-Attack (Chingovska et al., BIOSIG 2012)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from flip_mm.datasets.archive import Archive, Recording, Scan
from flip_mm.datasets.scanning import NESTED, SAME_VIDEOS, LeftOut, UnfitError, collect, data_files, report_missing
from flip_mm.preparation.archives.walk import walk

LAYOUT = """\
RAW[/...]/{train,test}/real/client001_session01_webcam_authenticate_adverse_1.mov
RAW[/...]/{train,test}/attack/{fixed,hand}/attack_print_client001_session01_highdef_photo_adverse.mov
RAW[/...]/devel/..., enroll/...                  not converted
RAW[/...]/face-locations/<the same path>.face    boxes of the faces, if there"""
INSIDE = r"(?P<split>train|devel|test)/(?:real|attack/(?P<support>fixed|hand))"
PATH = re.compile(rf"{NESTED}(?P<inside>{INSIDE}/(?P<name>\w*client(?P<client>[0-9]{{3}})_\w+))\.(?i:mov)")
ENROLL = re.compile(rf"{NESTED}enroll/.+\.(?i:mov)")
FACES = re.compile(r"(?:.+/)?face-locations/(?P<inside>.+)\.face")
LIGHTS = ("adverse", "controlled")
PRINT = ("print", "highdef", "photo")
SCREENS = tuple((device, device, medium) for device in ("mobile", "highdef") for medium in ("photo", "video"))


def scan(root: Path) -> Scan:
    """What an archive of Replay-Attack holds.

    Raises:
        ValueError: Nothing of the layout is there.
    """
    tree = walk(root)
    faces = {m["inside"]: path for path in tree.files if (m := FACES.fullmatch(path))}
    clients = set()

    def describe(path: str) -> Sequence[Recording] | LeftOut:
        if ENROLL.fullmatch(path):
            return LeftOut("videos of enroll, which the protocols do not use")
        if not (m := PATH.fullmatch(path)):
            raise UnfitError("is no video {train,devel,test}/{real,attack/fixed,attack/hand}/*client*.mov")
        if m["split"] == "devel":
            return LeftOut("videos of devel, which the protocols do not use")
        clients.add((m["split"], m["client"]))
        word = f"fake/{m['support']}_" if m["support"] else "real/real_"
        stem = f"replay/{m['split']}/{word}{m['name']}"
        return [Recording("I", path, stem, "video", "pair", faces.get(m["inside"], ""), m["split"])]

    result = collect(tree, data_files(tree), LAYOUT, describe)
    names = [f"replay/{split}/{name}" for split, client in clients for name in _names(client)]
    counts = {"replay/train/real": 60, "replay/train/fake": 300, "replay/test/real": 80, "replay/test/fake": 400}
    report_missing(result, counts, names)
    return result


def _names(client: str) -> list[str]:
    session = f"client{client}_session01"
    real = [f"real/real_{session}_webcam_authenticate_{light}_{k}" for light, k in product(LIGHTS, (1, 2))]
    return real + [
        f"fake/{support}_attack_{device}_{session}_{source}_{medium}_{light}"
        for support, (device, source, medium), light in product(("fixed", "hand"), (PRINT, *SCREENS), LIGHTS)
    ]


ARCHIVE = Archive(
    name="replay_attack",
    title="Replay-Attack",
    domain="I",
    layout=LAYOUT,
    scan=scan,
    annotations="replay",
    official=SAME_VIDEOS,
)
