# SPDX-License-Identifier: Apache-2.0
"""Lists against files, and what lies about in frame/."""

import os
import shutil

import pytest

from flip_mm.doctor.disk import scan_disk

REAL = "msu/test/real/real_client002_android_SD_scene01"


def test_missing_first_frame(found, check, mcio):
    (mcio / f"frame/{REAL}_frame0.png").unlink()
    expected = {("image_missing", f"msu_real_{kind}.txt"): 1 for kind in ("train", "test")}
    assert found(mcio, images=False) == expected
    first, second, *_ = check(mcio, images=False).verdicts
    assert first.reasons == ["test images missing: 1 of 30"]
    assert second.reasons == ["training images missing: 1 of 66"]


def test_a_missing_second_frame_stops_only_the_test(found, check, mcio):
    (mcio / f"frame/{REAL}_frame1.png").unlink()
    assert found(mcio, images=False) == {("image_missing", "msu_real_test.txt"): 1}
    assert [own.reasons for own in check(mcio, images=False).verdicts] == [["test images missing: 1 of 30"], [], [], []]


def test_missing_second_frame_of_a_video_that_only_trains(found, check, mcio):
    (shot,) = (mcio / "txt/msu_real_shot.txt").read_text().split()
    (mcio / "frame" / shot.replace("frame0", "frame1")).unlink()
    assert found(mcio, images=False) == {("frame_missing", "msu_real_train.txt"): 1}
    assert check(mcio, images=False).passed


def test_a_missing_folder(found, mcio):
    shutil.rmtree(mcio / "frame/casia/test")
    result = found(mcio, images=False)
    # 2 of 3 subjects are in the test folder: 4 of 6 real videos; one of the six is a shot.
    assert result["image_missing", "casia_real_train.txt"] == 4
    assert result["image_missing", "casia_fake_train.txt"] == 8


def test_names_in_other_case(found, check, mcio):
    old = mcio / f"frame/{REAL}_frame1.png"
    old.rename(old.with_name(old.name.replace("client", "Client")))
    result = found(mcio, images=False)
    assert result == {("image_case", "msu_real_test.txt"): 1, ("image_name", "M"): 1}
    assert (
        f"{REAL}_frame1.png (exists as {REAL.replace('client', 'Client')}" in check(mcio, images=False).findings[0].examples[0]
    )


def test_images_that_no_list_names(found, mcio):
    folder = mcio / "frame/msu/test/real"
    source = mcio / f"frame/{REAL}_frame0.png"
    for name in ("real_client009_android_SD_scene01_frame0.png", "attack_client002_laptop_SD_ipad_video_scene01_frame0.png"):
        shutil.copy(source, folder / name)
    for name in ("holiday photo.png", "日本 <script>.JPG"):
        shutil.copy(source, folder / name)
    assert found(mcio, images=False) == {("image_unlisted", "M"): 1, ("image_polarity", "M"): 1, ("image_name", "M"): 2}


def test_other_files_in_frame(found, mcio):
    (mcio / "frame/.DS_Store").write_text("x")
    (mcio / "frame/mine").mkdir()
    shutil.copy(mcio / f"frame/{REAL}_frame0.png", mcio / "frame/mine/a.png")
    os.mkfifo(mcio / "frame/msu/pipe.png")
    expected = {("file_other", "frame"): 1, ("folder_unknown", "frame"): 1, ("file_special", "frame"): 1}
    assert found(mcio, images=False) == expected


def test_a_pipe_in_the_place_of_an_image_is_missing(check, mcio):
    path = mcio / f"frame/{REAL}_frame1.png"
    path.unlink()
    os.mkfifo(path)
    report = check(mcio)
    assert {own.code for own in report.findings} == {"file_special", "image_missing"}
    assert not report.passed


def test_links(found, check, mcio, tmp_path):
    shutil.move(mcio / "frame/celeb", tmp_path / "elsewhere")
    (mcio / "frame/celeb").symlink_to(tmp_path / "elsewhere")
    assert found(mcio, images=False) == {}
    (mcio / "frame/msu/train/up").symlink_to(mcio / "frame")
    (mcio / "frame/msu/self").symlink_to("self")
    (mcio / "frame/msu/self.png").symlink_to("self.png")
    (mcio / "frame/msu/broken.png").symlink_to("absent.png")
    report = check(mcio)
    codes = {(own.code, own.count) for own in report.findings}
    assert codes == {("link_loop", 1), ("file_other", 1), ("image_name", 2), ("unused_unreadable", 2)}
    assert report.passed


def test_folders_that_cannot_be_read(mcio, monkeypatch):
    def scandir(path, real=os.scandir):
        if str(path).endswith("oulu/train"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    scanned = scan_disk(mcio)
    assert [(own.code, own.examples) for own in scanned.findings] == [
        ("folder_unreadable", ("oulu/train: Permission denied",)),
    ]
    assert len(scanned.images["O"]) == 24


@pytest.mark.parametrize("name", [b"\xff.png", b"tab\t.png"])
def test_names_that_are_no_text(name, found, check, mcio):
    shutil.copy(mcio / f"frame/{REAL}_frame0.png", os.fsencode(mcio / "frame/msu") + b"/" + name)
    assert found(mcio)["image_name", "M"] == 1
    assert "\\" in check(mcio, images=False).to_dict()["findings"][0]["examples"][0]
