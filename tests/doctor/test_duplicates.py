# SPDX-License-Identifier: Apache-2.0
import shutil

import numpy as np
import pytest
from PIL import Image

from flip_mm.datasets.naming import parse_name
from flip_mm.doctor.duplicates import recording_of
from flip_mm.doctor.near_duplicates import near_pairs

M_REAL = "msu/test/real/real_client002_android_SD_scene01_frame0.png"
M_REAL_2 = "msu/test/real/real_client003_android_SD_scene01_frame0.png"
M_TRAIN = "msu/train/real/real_client001_android_SD_scene01_frame0.png"
M_SPOOF = "msu/test/fake/attack_client002_android_SD_printed_photo_scene01_frame0.png"


@pytest.fixture
def frame(pair):
    return pair / "frame"


@pytest.fixture
def spoof(frame):
    """An attack of subject 2 in the test folder of M."""
    return min(path.relative_to(frame).as_posix() for path in frame.glob("msu/test/fake/*client002*frame0.png"))


def test_the_same_file_in_both_classes(found, look, frame, pair, spoof):
    shutil.copy(frame / M_REAL, frame / spoof)
    report = look(pair)
    assert found(report) == {("same_classes", "frame"): 1}
    assert report.findings[0].examples == (f"{spoof} = {M_REAL}",)
    assert report.passed


def test_nearly_the_same_image_in_both_classes(found, look, frame, pair, spoof):
    size = Image.open(frame / spoof).size
    Image.open(frame / M_REAL).resize((64, 64)).resize(size).save(frame / spoof)
    # The other frame of the video that was copied may look the same as well.
    report = look(pair)
    assert found(report).keys() == {("near_classes", "frame")}
    assert f"{spoof} ~ {M_REAL}" in report.findings[0].examples


def test_the_same_file_in_two_recordings_of_a_class(found, look, frame, pair):
    shutil.copy(frame / M_REAL, frame / M_REAL_2)
    assert found(look(pair)) == {("same_image", "frame"): 1}


def test_test_images_that_are_training_images_under_another_name(found, look, frame, pair):
    tested = (pair / "txt/msu_real_test.txt").read_text().split()[0]
    (shot,) = (pair / "txt/casia_real_shot.txt").read_text().split()
    shutil.copy(frame / tested, frame / shot)
    report = look(pair)
    assert found(report) == {("same_image", "frame"): 1, ("same_tested", "runs"): 1}
    verdicts = {own.title: own for own in report.verdicts}
    assert verdicts["p3 C->M"].same_image == [f"{tested} = {shot}"]
    # A shot is not tested.
    assert verdicts["p3 M->C"].same_image == []
    assert report.passed


def test_test_images_that_look_like_training_images(found, look, frame, pair):
    tested = (pair / "txt/msu_real_test.txt").read_text().split()[0]
    (shot,) = (pair / "txt/casia_real_shot.txt").read_text().split()
    Image.open(frame / tested).resize((64, 64)).save(frame / shot)
    report = look(pair)
    assert found(report)["near_tested", "runs"] == 1
    (own,) = (own for own in report.verdicts if own.similar_image)
    assert own.title == "p3 C->M"
    assert f"{tested} ~ {shot}" in own.similar_image


def test_frames_of_a_video(found, look, frame, pair):
    shutil.copy(frame / M_REAL, frame / M_REAL.replace("frame0", "frame1"))
    assert found(look(pair)) == {("same_frame", "frame"): 1}


def test_a_video_in_both_folders_is_a_leak_and_no_duplicate(found, look, frame, pair, edit):
    copy = M_TRAIN.replace("train", "test")
    for k in "01":
        shutil.copy(frame / M_TRAIN.replace("frame0", f"frame{k}"), frame / copy.replace("frame0", f"frame{k}"))
    edit(pair, "msu_real_test", lambda lines: [*lines, copy])
    report = look(pair)
    assert found(report) == {("leak", "runs"): 1}
    (leak,) = (own for own in report.verdicts if own.leaks)
    assert leak.title == "intra M->M"
    # Of subject 1 nothing was tested before.
    assert leak.leaks == [
        "target M: of 13 test videos, 1 are also in the training set and 1 show a subject of the training set"
    ]


@pytest.mark.parametrize(
    ("domain", "first", "second", "same"),
    [
        ("W", "wmca/train/real/26.01.18_001_01_000_0_00_05.jpg", "wmca/test/real/26.01.18_001_01_000_0_00_01.jpg", True),
        ("C", "casia/train/real/1_1_frame0.png", "casia/test/real/1_1_frame0.png", False),
        (
            "S",
            "surf/train/real/Training_real_part_CLKJ_CS0110_real.rssdk_color_91.jpg",
            "surf/train/real/Training_real_part_CLKJ_CS0110_real.rssdk_color_101.jpg",
            True,
        ),
        ("S", "surf/test/real/Val_0007_007243-color.jpg", "surf/test/real/Val_0008_008243-color.jpg", True),
        ("S", "surf/test/real/Val_0007_007243-color.jpg", "surf/test/fake/Val_0007_007244-color.jpg", False),
        ("CelebA", "celeb/real/1_live_000001.jpg", "celeb/real/1_live_000002.jpg", False),
        ("CelebA", "celeb/real/1_live_000001.jpg", "celeb/fake/1_live_000001.jpg", False),
    ],
)
def test_recordings(domain, first, second, same):
    one, two = (recording_of(path, (domain, "real", parse_name(domain, path))) for path in (first, second))
    assert (one == two) is same


def test_pairs_equal_those_of_a_comparison_of_all_with_all():
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**64, 60, np.uint64).repeat(20)[:300]
    for flips in range(4):
        own = slice(flips, None, 4)
        for _ in range(flips):
            hashes[own] ^= np.uint64(1) << rng.integers(0, 64, len(hashes[own])).astype(np.uint64)
    small = rng.integers(0, 256, (60, 16)).repeat(20, axis=0)[:300]
    small = np.clip(small + rng.integers(-6, 7, small.shape), 0, 255).astype(np.uint8)
    groups = np.arange(300) // 2
    expected = []
    for i in range(300):
        for j in range(i + 1, 300):
            apart = small[i].astype(float) - small[j]
            close = int(hashes[i] ^ hashes[j]).bit_count() <= 4 and np.abs(apart - apart.mean()).mean() <= 3
            expected += [[i, j]] if close and groups[i] != groups[j] else []
    assert len(expected) > 20
    assert near_pairs(hashes, small, groups).tolist() == expected


def test_pairs_where_all_images_hash_alike():
    small = np.zeros((2000, 4), np.uint8)
    small[:, 0] = np.arange(2000) // 8  # alike within 32 grey levels of one of the four
    pairs = near_pairs(np.zeros(2000, np.uint64), small, np.arange(2000) // 1999)
    # One of four values apart by d differs by 3/8 d on average, brightness aside: up to 8 levels, of 8 images each.
    assert pairs.tolist() == [[k, 1999] for k in range(1928, 1999)]
