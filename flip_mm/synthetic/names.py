# SPDX-License-Identifier: Apache-2.0
"""Names of the synthetic videos: those of the real data sets, so that the real configs read them unchanged."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

# What a video shows, and its name: {s} number of the person, {g} group 1..3 of the person, {n} serial number, {k} its hundreds.
Names = list[tuple[str, str]]


class Folder(NamedTuple):
    """A train or a test folder: the names in it, for real videos (True) or attacks (False), and the endings of their frames."""

    names: Callable[[bool], Names]
    frames: tuple[str, ...]


def _msu(real: bool) -> Names:
    if real:
        return [("real", f"real_client{{s:03d}}_{device}_SD_scene01") for device in ("android", "laptop")]
    kinds = {"ipad_video": "replay", "iphone_video": "replay", "printed_photo": "print"}
    pairs = product(kinds, ("android", "laptop"))
    return [(kinds[medium], f"attack_client{{s:03d}}_{device}_SD_{medium}_scene01") for medium, device in pairs]


def _casia(real: bool) -> Names:
    takes = {"1": "real", "2": "real", "HR_1": "real"}
    if not real:
        takes = dict.fromkeys(("3", "4", "HR_2", "5", "6", "HR_3"), "print") | dict.fromkeys(("7", "8", "HR_4"), "replay")
    return [(kind, f"{{s}}_{take}") for take, kind in takes.items()]


def _replay(real: bool) -> Names:
    lights = ("adverse", "controlled")
    if real:
        return [
            ("real", f"real_client{{s:03d}}_session01_webcam_authenticate_{light}_{k}") for light, k in product(lights, (1, 2))
        ]
    media = [("print", "highdef", "photo"), *product(("mobile", "highdef"), ("mobile", "highdef"), ("photo", "video"))]
    media = [m for m in media if m[0] == "print" or m[0] == m[1]]
    return [
        ("print" if device == "print" else "replay", f"{hold}_attack_{device}_client{{s:03d}}_session01_{d}_{m}_{light}")
        for hold, (device, d, m), light in product(("fixed", "hand"), media, lights)
    ]


def _oulu(real: bool) -> Names:
    kinds = {1: "real"} if real else {2: "print", 3: "print", 4: "replay", 5: "replay"}
    triples = product(range(1, 7), range(1, 4), kinds)
    return [(kinds[file], f"{phone}_{session}_{{s:02d}}_{file}") for phone, session, file in triples]


# Type and number of WMCA's instruments: paper, rigid and silicone masks; prints; videos. The official test list has no masks.
WMCA_MASKS = ("2_08", "2_09", "2_12", "2_13", "2_18", "2_80")
WMCA_FLAT = {
    "3_01": "print",
    "3_06": "print",
    "3_11": "print",
    "4_01": "replay",
    "4_03": "replay",
    "4_05": "replay",
}


def _wmca(kinds: dict[str, str], sessions: dict[str, str]) -> Names:
    return [(kinds[kind], f"{date}_{{s:03d}}_{number}_000_{kind}") for (number, date), kind in product(sessions.items(), kinds)]


def _wmca_train(real: bool) -> Names:
    attacks = dict.fromkeys(WMCA_MASKS, "mask") | WMCA_FLAT
    return _wmca({"0_00": "real", "0_01": "real"} if real else attacks, {"01": "26.01.18", "02": "08.02.18", "03": "14.02.18"})


def _wmca_test(real: bool) -> Names:
    kinds = {"0_00": "real", "0_01": "real"} if real else WMCA_FLAT
    return _wmca(kinds, {"05": "16.05.18", "06": "22.05.18", "07": "04.06.18"})


def _cefa(real: bool, hundred: int) -> Names:
    codes = {"1_1_1": "real"} if real else {"3_1_2": "print", "3_1_4": "replay", "3_2_2": "print"}
    return [(kind, f"{{g}}_{hundred}{{s:02d}}_{code}") for code, kind in codes.items()]


def _cefa_train(real: bool) -> Names:
    return _cefa(real, 0)


def _cefa_test(real: bool) -> Names:
    return _cefa(real, 2)


SURF_ATTACKS = {"04_en_b": "cut_en", "05_enm_s": "cut_enm", "06_enm_b": "cut_enm"}


def _surf_train(real: bool) -> Names:
    if real:
        return [("real", "Training_real_part_CLKJ_CS{s:04d}_real.rssdk")]
    return [(kind, f"Training_fake_part_CLKJ_CS{{s:04d}}_{name}.rssdk") for name, kind in SURF_ATTACKS.items()]


def _surf_test(real: bool) -> Names:
    return [(kind, "Val_{k:04d}_{n:05d}") for kind in (["real"] if real else SURF_ATTACKS.values())]


PAIR = ("_frame0.png", "_frame1.png")
TEN = tuple(f"_{i:02d}.jpg" for i in range(10))
EVERY_FIFTH = tuple(f"_{i:02d}.jpg" for i in range(0, 50, 5))
# Frames that lists and figures take for videos of their own.
SURF_TRAIN = tuple(f"_color_{i}.jpg" for i in range(1, 50, 10))
SURF_TEST = tuple(f"{i}-color.jpg" for i in range(5))
# Domain -> train and test folder.
FOLDERS = {
    "M": (Folder(_msu, PAIR), Folder(_msu, PAIR)),
    "C": (Folder(_casia, PAIR), Folder(_casia, PAIR)),
    "I": (Folder(_replay, PAIR), Folder(_replay, PAIR)),
    "O": (Folder(_oulu, PAIR), Folder(_oulu, PAIR)),
    "W": (Folder(_wmca_train, EVERY_FIFTH), Folder(_wmca_test, TEN)),
    "CeFA": (Folder(_cefa_train, TEN), Folder(_cefa_test, TEN)),
    "S": (Folder(_surf_train, SURF_TRAIN), Folder(_surf_test, SURF_TEST)),
}
