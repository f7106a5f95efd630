# SPDX-License-Identifier: Apache-2.0
import contextlib
import itertools
import os
from collections import Counter
from pathlib import Path

import pytest

from flip_mm.datasets.naming import parse_name
from flip_mm.datasets.protocols import DOMAINS, LAYOUTS
from flip_mm.datasets.sets import DATA_SETS

NAMES = [
    ("M", "msu/train/real/real_client002_android_SD_scene01_frame0.png", ("002", "bonafide", "scene01", "android")),
    (
        "M",
        "msu/test/fake/attack_client001_laptop_SD_printed_photo_scene01_frame1.png",
        ("001", "printed_photo", "scene01", "laptop"),
    ),
    ("C", "casia/train/real/7_HR_1_frame0.png", ("train/7", "bonafide", "", "high")),
    ("C", "casia/test/fake/12_6_frame0.png", ("test/12", "cut_photo", "", "normal")),
    (
        "I",
        "replay/train/real/real_client001_session01_webcam_authenticate_adverse_1_frame0.png",
        ("001", "bonafide", "01", "webcam"),
    ),
    (
        "I",
        "replay/test/fake/hand_attack_mobile_client009_session01_mobile_photo_controlled_frame1.png",
        ("009", "mobile_photo_hand", "01", "webcam"),
    ),
    ("O", "oulu/test/fake/6_3_20_5_frame1.png", ("20", "replay_2", "3", "phone6")),
    ("CelebA", "celeb/real/4930_live_003672.png", ("4930", "bonafide", "", "")),
    ("CelebA", "celeb/fake/4930_live_003672.png", ("4930", "spoof", "", "")),
    ("W", "wmca/test/real/22.05.18_069_06_000_0_01_05.jpg", ("069", "bonafide", "06", "")),
    ("W", "wmca/train/fake/12.02.18_513_03_009_1_04_27.jpg", ("513", "glasses", "03", "")),
    ("W", "wmca/train/fake/12.02.18_530_03_001_2_18_45.jpg", ("530", "flexiblemask", "03", "")),
    ("W", "wmca/test/fake/04.06.18_001_07_000_3_05_04.jpg", ("001", "replay", "07", "")),
    ("W", "wmca/test/fake/23.05.18_098_07_006_3_11_01.jpg", ("098", "prints", "07", "")),
    ("CeFA", "cefa/test/real/1_213_1_1_1_05.jpg", ("1_213", "bonafide", "indoor", "rssdk")),
    ("CeFA", "cefa/train/fake/3_017_3_2_2_09.jpg", ("3_017", "cloth", "outdoor", "bag")),
    ("CeFA", "cefa/test/fake/2_217_3_1_4_06.jpg", ("2_217", "screen", "indoor", "bag")),
    ("S", "surf/train/real/Training_real_part_CLKJ_CS0110_real.rssdk_color_91.jpg", ("CLKJ_CS0110", "bonafide", "", "")),
    ("S", "surf/train/fake/Training_fake_part_CLKJ_BS0005_04_en_b.rssdk_color_131.jpg", ("CLKJ_BS0005", "en_b", "", "")),
    ("S", "surf/test/real/Val_0007_007243-color.jpg", ("", "bonafide", "", "")),
    ("S", "surf/train/fake/Testing_0013_013431-color.jpg", ("", "spoof", "", "")),
    ("SiW", "siw/train/real/003-1-1-2-2_frame0.png", ("003", "bonafide", "2", "sensor1")),
    ("SiW", "siw/test/fake/165-2-2-1-1_frame1.png", ("165", "print", "1", "sensor2")),
    ("SiW", "siw/test/fake/165-2-3-4-1_frame0.png", ("165", "replay", "1", "sensor2")),
    ("SiW-Mv2", "siwmv2/train/real/Live_785_frame0.png", ("", "bonafide", "", "")),
    ("SiW-Mv2", "siwmv2/test/fake/Mask_Half_3_frame0.png", ("", "Mask_Half", "", "")),
    ("SiW-Mv2", "siwmv2/test/fake/Paper_12_frame1.png", ("", "Paper", "", "")),
    ("3DMAD", "3dmad/train/real/01_02_05_frame0.png", ("01", "bonafide", "02", "kinect")),
    ("3DMAD", "3dmad/test/fake/17_03_01_frame1.png", ("17", "mask", "03", "kinect")),
    ("HiFiMask", "hifimask/train/real/1_06_0_1_1_1_00.jpg", ("1_06", "bonafide", "scene1_light1", "sensor1")),
    ("HiFiMask", "hifimask/train/fake/3_52_3_6_5_8_00.jpg", ("3_52", "resin", "scene6_light5", "sensor8")),
]
WRONG = [
    ("M", "msu/train/fake/real_client002_android_SD_scene01_frame0.png"),
    ("M", "msu/train/real/attack_client002_android_SD_scene01_frame0.png"),
    ("C", "casia/train/real/7_HR_5_frame0.png"),
    ("C", "casia/train/fake/7_1_frame0.png"),
    ("I", "replay/train/fake/real_client001_session01_webcam_authenticate_adverse_1_frame0.png"),
    ("O", "oulu/train/real/1_2_07_3_frame0.png"),
    ("O", "oulu/train/real/7_2_07_1_frame0.png"),
    ("O", "casia/train/real/7_1_frame0.png"),
    ("O", "oulu/train/real/1_2_07_1.png"),
    ("CelebA", "celeb/real/4930_spoof_003672.png"),
    ("W", "wmca/test/real/04.06.18_001_07_000_3_05_04.jpg"),
    ("W", "wmca/test/fake/22.05.18_069_06_000_0_01_05.jpg"),
    ("W", "wmca/train/fake/12.02.18_530_03_001_2_19_45.jpg"),
    ("W", "wmca/train/fake/12.02.18_530_03_001_2_18.jpg"),
    ("CeFA", "cefa/test/real/2_217_3_1_4_06.jpg"),
    ("CeFA", "cefa/test/fake/1_213_1_1_1_05.jpg"),
    ("CeFA", "cefa/test/fake/4_217_3_1_4_06.jpg"),
    ("S", "surf/train/fake/Training_real_part_CLKJ_CS0110_real.rssdk_color_91.jpg"),
    ("S", "surf/train/real/Training_fake_part_CLKJ_BS0005_04_en_b.rssdk_color_131.jpg"),
    ("S", "surf/test/real/Val_0007_007243-depth.jpg"),
    ("SiW", "siw/train/real/003-1-2-2-2_frame0.png"),
    ("SiW", "siw/train/fake/003-1-4-2-2_frame0.png"),
    ("SiW-Mv2", "siwmv2/train/real/Replay_1_frame0.png"),
    ("SiW-Mv2", "siwmv2/train/fake/Makeup_1_frame0.png"),
    ("3DMAD", "3dmad/train/real/01_03_05_frame0.png"),
    ("3DMAD", "3dmad/train/fake/01_04_05_frame0.png"),
    ("HiFiMask", "hifimask/train/real/1_06_1_1_1_1_00.jpg"),
    ("HiFiMask", "hifimask/train/fake/1_06_4_1_1_1_00.jpg"),
]


@pytest.mark.parametrize(("domain", "path", "expected"), NAMES)
def test_official_names(domain, path, expected):
    name = parse_name(domain, path)
    assert (name.subject, name.attack_type, name.session, name.device) == expected
    stem = path.rsplit(".", 1)[0]
    if DATA_SETS[domain].frames == "single":
        assert (name.video_id, name.frame) == (stem, 0)
    else:
        video, number = stem.rsplit("_", 1)
        assert (name.video_id, name.frame) == (video, int(number.removeprefix("frame")))


@pytest.mark.parametrize(
    ("domain", "path", "medium"),
    [
        ("M", "msu/train/real/real_client002_android_SD_scene01_frame0.png", ""),
        ("M", "msu/test/fake/attack_client001_laptop_SD_ipad_video_scene01_frame1.png", "ipad"),
        ("M", "msu/test/fake/attack_client001_laptop_SD_printed_photo_scene01_frame1.png", "paper"),
        ("I", "replay/train/real/real_client001_session01_webcam_authenticate_adverse_1_frame0.png", ""),
        ("I", "replay/test/fake/hand_attack_mobile_client009_session01_mobile_photo_controlled_frame1.png", "mobile"),
        ("I", "replay/test/fake/fixed_attack_print_client009_session01_highdef_photo_controlled_frame1.png", "print"),
        ("O", "oulu/test/real/6_3_20_1_frame1.png", ""),
        ("O", "oulu/test/fake/6_3_20_3_frame1.png", "printer2"),
        ("O", "oulu/test/fake/6_3_20_5_frame1.png", "display2"),
        ("W", "wmca/test/real/22.05.18_069_06_000_0_01_05.jpg", ""),
        ("W", "wmca/test/fake/04.06.18_001_07_000_3_05_04.jpg", "3_05"),
        ("SiW", "siw/train/real/003-1-1-2-2_frame0.png", ""),
        ("SiW", "siw/test/fake/165-2-2-1-1_frame1.png", "print1"),
        ("SiW", "siw/test/fake/165-2-3-4-1_frame0.png", "replay4"),
        ("C", "casia/test/fake/12_6_frame0.png", ""),
    ],
)
def test_attack_media(domain, path, medium):
    assert parse_name(domain, path).medium == medium


@pytest.mark.parametrize(("domain", "path"), WRONG)
def test_other_names_are_refused(domain, path):
    with pytest.raises(ValueError, match=rf"'{path}' is no official name of domain {domain}"):
        parse_name(domain, path)


def test_messages_say_which_rules_were_not_tested():
    for domain in DOMAINS:
        with pytest.raises(ValueError) as error:  # noqa: PT011 its text is what is tested
            parse_name(domain, "x")
        assert ("not tested on the archive" in str(error.value)) is (not DATA_SETS[domain].tried)


def test_every_instrument_of_wmca():
    """After the table of Idiap's bob.pad.face; numbers that it lacks are refused."""
    found = Counter()
    for kind, number in itertools.product(range(6), range(1000)):
        folder = "fake" if kind else "real"
        with contextlib.suppress(ValueError):
            name = parse_name("W", f"wmca/train/{folder}/12.02.18_513_03_009_{kind}_{number:02}_27.jpg")
            found[kind, name.attack_type] += 1
    assert found == {
        (0, "bonafide"): 3,
        (1, "glasses"): 8,
        (1, "rigidmask"): 3,
        (1, "wig"): 5,
        (2, "fakehead"): 7,
        (2, "papermask"): 4,
        (2, "rigidmask"): 6,
        (2, "flexiblemask"): 26,
        (3, "prints"): 12,
        (3, "replay"): 3,
        (4, "replay"): 18,
        (5, "makeup"): 139,
    }


@pytest.mark.parametrize("names", [NAMES, WRONG], ids=["NAMES", "WRONG"])
def test_names_of_every_data_set_are_tested(names):
    missing = [domain for domain in DOMAINS if domain not in {name for name, *_ in names}]
    assert not missing, "add names of these data sets to NAMES and WRONG"


@pytest.mark.parametrize(("domain", "line"), {domain: path for domain, path, _ in reversed(NAMES)}.items())
def test_frames_to_test(domain, line):
    line = line.replace("_frame1", "_frame0")
    assert ("_frame0" in line) is (DATA_SETS[domain].frames == "pair")
    expected = [line, line.replace("_frame0", "_frame1")] if "_frame0" in line else [line]
    assert DATA_SETS[domain].frames_to_test(line) == expected


def test_lists_name_frame_0():
    with pytest.raises(ValueError, match=r"names frame 1; lists name frame 0 of a video"):
        DATA_SETS["O"].frames_to_test("oulu/test/fake/6_3_20_5_frame1.png")


# Lines of the official lists: real and spoof of train, of test, of shot.
COUNTS = {
    "M": (70, 210, 60, 200, 10, 10),
    "C": (150, 450, 140, 440, 10, 10),
    "I": (140, 700, 130, 690, 10, 10),
    "O": (720, 2880, 710, 2870, 10, 10),
    "CelebA": (40000, 40000),
    "W": (3470, 13288, 3460, 5470, 10, 10),
    "CeFA": (15000, 45000, 2990, 8990, 10, 10),
    "S": (29394, 67190, 2984, 6604, 10, 10),
}
OFFICIAL = os.environ.get("FLIP_MM_LISTS")


@pytest.mark.skipif(not OFFICIAL, reason="FLIP_MM_LISTS does not name the folder of the official lists, MCIO/ and WCS/")
@pytest.mark.parametrize("domain", COUNTS)
def test_official_lists(domain):
    folder = Path(OFFICIAL, "MCIO" if domain in LAYOUTS["MCIO"] else "WCS")
    found = []
    for split in ("train", "test", "shot") if domain != "CelebA" else ("train",):
        for word in ("real", "fake"):
            lines = (folder / f"{DOMAINS[domain]}_{word}_{split}.txt").read_text(encoding="utf-8").split()
            names = [parse_name(domain, line) for line in dict.fromkeys(lines)]
            assert {name.attack_type == "bonafide" for name in names} == {word == "real"}
            found.append(len(names))
    assert tuple(found) == COUNTS[domain]
