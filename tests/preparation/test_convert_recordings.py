# SPDX-License-Identifier: Apache-2.0
import errno
import multiprocessing
import os
import re
import shutil
import signal
import sys
import time
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from types import ModuleType

import cv2
import pytest
from PIL import Image

from flip_mm.datasets.sets import ARCHIVES
from flip_mm.faces.face import Face
from flip_mm.preparation import convert_recordings, places, worker
from flip_mm.preparation.archives.walk import walk

VIDEOS = ["train/real/1_1_01_1", "train/fake/1_1_01_2", "test/real/2_1_36_1", "test/fake/2_1_36_4"]
LINES = [f"oulu/{video}_frame0.png" for video in VIDEOS]


def test_a_conversion_writes_images_lists_and_manifest(shared_raw, tmp_path, convert, capsys, read_csv):
    out = tmp_path / "out"
    assert convert(shared_raw, out) == 0
    images = sorted(str(path.relative_to(out / "frame")) for path in out.glob("frame/**/*.png"))
    assert images == sorted(f"oulu/{video}_frame{k}.png" for video in VIDEOS for k in (0, 1))
    assert Image.open(out / "frame" / LINES[0]).size == (224, 224)
    assert (out / "txt/oulu_fake_train.txt").read_text().split() == sorted(LINES[1::2])
    rows = {row["file"]: row for row in read_csv(out / "preparation/oulu/manifest.csv")}
    assert len(rows) == 8
    row = rows["oulu/test/fake/2_1_36_4_frame1.png"]
    assert row["label"] == "spoof"
    assert row["subject"] == "36"
    assert row["attack_type"] == "replay_1"
    assert row["device"] == "phone2"
    assert row["original_split"] == "test"
    assert row["source"] == "Test_files/2_1_36_4.avi"
    assert row["frame_index"] == "13"  # 6 + 14 // 2
    assert row["face_box"] == ""
    assert float(row["sharpness"]) >= 0
    assert {file: sha256((out / "frame" / file).read_bytes()).hexdigest() for file in rows} == {
        file: row["sha256"] for file, row in rows.items()
    }
    assert read_csv(out / "preparation/oulu/problems.csv") == []
    assert {path.name for path in (out / "preparation/oulu").iterdir()} == {
        *("faces.html", "lists.json", "lock", "manifest.csv", "problems.csv", "settings.json")
    }
    told = capsys.readouterr().out
    assert "8 images" in told
    assert int(re.search(r"(\d+)% busy", told)[1]) > 0


def test_several_processes_write_the_same(shared_raw, whole, tmp_path, convert, tree):
    assert convert(shared_raw, tmp_path / "two", "--workers", 2) == 0
    assert tree(tmp_path / "two") == whole


def test_opencv_has_no_threads_that_a_forked_process_would_wait_for(shared_raw, tmp_path):
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        # Its processes start with the first recording.
        with convert_recordings.make_pool(2, places.Places(shared_raw, tmp_path, "O"), worker.ConversionOptions("none", 0.1)):
            assert cv2.getNumThreads() == 1
    finally:
        cv2.setNumThreads(before)


@pytest.mark.parametrize("after", range(4))
def test_an_interrupted_conversion_ends_with_the_same_tree(after, shared_raw, whole, tmp_path, convert, tree, monkeypatch):
    out, original, log = tmp_path / "out", worker.Worker.convert, tmp_path / "log"
    log.touch()

    def record(self, recording):
        with log.open("a") as file:
            file.write(f"{recording.stem}\n")
        return original(self, recording)

    def stop(self, recording):
        if len(log.read_text().split()) == after:
            raise KeyboardInterrupt
        return record(self, recording)

    monkeypatch.setattr(worker.Worker, "convert", stop)
    assert convert(shared_raw, out) == 130
    assert not (out / "preparation/oulu/manifest.csv").exists()
    assert convert(shared_raw, out) == 2, "without --resume nothing may be mixed"
    monkeypatch.setattr(worker.Worker, "convert", record)
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole
    converted = log.read_text().split()
    assert len({*converted}) == len(converted) == 4, "nothing is converted twice"


def test_resume_fixes_what_a_crash_left(shared_raw, whole, tmp_path, convert, tree, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(convert_recordings, "finish", lambda *_: None)
        patch.setattr("flip_mm.preparation.convert_archive.finish", lambda *_: None)
        convert(shared_raw, out)
    journal = out / "preparation/oulu/journal.csv"
    # Folders are read in the order of their names, Test_files first. Of the four recordings the second is whole.
    content = journal.read_bytes()
    journal.write_bytes(content[: content.rindex(b"1_1_01_2_frame1") + 5])
    cut = out / "frame" / LINES[2]
    cut.write_bytes(cut.read_bytes()[:-20])
    (out / "frame" / LINES[0]).unlink()
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_an_image_that_was_damaged_later_is_converted_again(shared_raw, whole, tmp_path, convert, tree):
    out = tmp_path / "out"
    convert(shared_raw, out)
    damaged = bytearray((out / "frame" / LINES[1]).read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (out / "frame" / LINES[1]).write_bytes(damaged)
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_a_conversion_of_an_earlier_version_is_resumed(shared_raw, whole, tmp_path, convert, tree, read_csv):
    out = tmp_path / "out"
    convert(shared_raw, out)
    manifest = out / "preparation/oulu/manifest.csv"
    manifest.write_text("".join(f"{line[: line.rindex(',')]}\n" for line in manifest.read_text().splitlines()))
    cut = out / "frame" / LINES[2]
    cut.write_bytes(cut.read_bytes()[:-20])
    assert convert(shared_raw, out, "--resume") == 0
    sums = {row["file"]: row["sha256"] for row in read_csv(manifest)}
    assert sums[LINES[2]] == sha256(cut.read_bytes()).hexdigest()
    assert sums[LINES[0]] == ""
    assert tree(out / "frame") == tree(tmp_path / "whole/frame")


def test_a_killed_conversion_leaves_no_processes_and_can_be_resumed(
    shared_raw, whole, tmp_path, convert, tree, monkeypatch, wait, running
):
    out, pids = tmp_path / "out", tmp_path / "pids"
    pids.mkdir()
    original = worker.Worker.convert

    def slow(self, recording):
        (pids / str(os.getpid())).touch()
        time.sleep(300 if "train" in recording.stem else 0)
        return original(self, recording)

    with monkeypatch.context() as patch:
        patch.setattr(worker.Worker, "convert", slow)
        process = multiprocessing.get_context("fork").Process(target=convert, args=(shared_raw, out, "--workers", "2"))
        process.start()
        journal = out / "preparation/oulu/journal.csv"
        # A kill takes nothing of what is recorded: the first line and two images of both videos of the test set.
        wait(lambda: len(list(pids.iterdir())) == 2 and journal.read_bytes().count(b"\n") == 5)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    wait(lambda: not any(running(int(path.name)) for path in pids.iterdir()))
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_a_finished_conversion_is_not_repeated(shared_raw, whole, tmp_path, convert, tree, capsys):
    out = tmp_path / "whole"
    assert convert(shared_raw, out) == 2
    assert "--resume" in capsys.readouterr().err
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_an_attempt_with_other_settings_is_refused(shared_raw, whole, tmp_path, convert, tree, capsys):
    assert convert(shared_raw, tmp_path / "whole", "--resume", "--margin", 0.3) == 2
    assert "margin 0.1 is now 0.3" in capsys.readouterr().err
    assert tree(tmp_path / "whole") == whole


def test_an_attempt_with_another_archive_or_model_is_refused(raw, tmp_path, convert, monkeypatch, capsys):
    module, weights = ModuleType("own"), tmp_path / "weights"
    module.build = lambda path: lambda image: [Face((10.0, 5.0, 40.0, 35.0))] if path == weights else []
    monkeypatch.setitem(sys.modules, "own", module)
    options = dict(faces="own:build")
    weights.write_text("1")
    assert convert(raw, tmp_path / "out", "--weights", weights, **options) == 0
    weights.write_text("2")
    assert convert(raw, tmp_path / "out", "--weights", weights, "--resume", **options) == 2
    assert "differs from this one: weights '" in capsys.readouterr().err
    weights.write_text("1")
    (raw / "Test_files/2_1_36_4.avi").rename(raw / "Test_files/2_1_36_5.avi")
    assert convert(raw, tmp_path / "out", "--weights", weights, "--resume", **options) == 2
    assert "differs from this one: recordings_sha256 '" in capsys.readouterr().err


def test_both_recordings_that_are_made_of_one_file_can_be_resumed(tmp_path, write_archive, run_tool, monkeypatch):
    lines = [f"wmca/{split}/real/22.05.18_069_06_000_0_00_00.jpg" for split in ("train", "test")]
    raw, out = write_archive("wmca", tmp_path / "raw", lines, media=True), tmp_path / "out"
    arguments = ("dataset_converters/wmca.py", raw, out, "--faces", "none", "--workers", 1)
    run_tool(*arguments)
    manifest = (out / "preparation/wmca/manifest.csv").read_text()
    monkeypatch.setattr(worker.Worker, "convert", lambda self, recording: pytest.fail("converted again"))
    run_tool(*arguments, "--resume")
    assert (out / "preparation/wmca/manifest.csv").read_text() == manifest
    assert [manifest.count(f"\nwmca/{split}/") for split in ("train", "test")] == [10, 10]


def test_broken_videos_are_listed_and_the_others_converted(raw, tmp_path, convert, capsys, read_csv):
    out = tmp_path / "out"
    broken = raw / "Test_files/2_1_36_4.avi"
    broken.write_bytes(broken.read_bytes()[:40])
    (raw / "=1+1.avi").touch()
    assert convert(raw, out) == 1
    assert len(list(out.glob("frame/**/*.png"))) == 6
    rows = read_csv(out / "preparation/oulu/problems.csv")
    assert [row["source"] for row in rows] == ["'=1+1.avi", "Test_files/2_1_36_4.avi"]
    problems = {row["source"]: row["reason"] for row in rows}
    assert "not converted" in problems["Test_files/2_1_36_4.avi"]
    assert "Test_files/2_1_36_4.avi" in capsys.readouterr().out
    shutil.copy(raw / "Test_files/2_1_36_1.avi", broken)
    (raw / "=1+1.avi").unlink()
    assert convert(raw, out, "--resume") == 0
    assert len(list(out.glob("frame/**/*.png"))) == 8


def test_a_full_disk_leaves_no_half_files(shared_raw, whole, tmp_path, convert, tree, monkeypatch, capsys):
    out, original, calls = tmp_path / "out", os.replace, []

    def full(source, target):
        if str(target).endswith(".png"):
            calls.append(target)
            if len(calls) > 3:
                raise OSError(errno.ENOSPC, "No space left on device")
        return original(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(places.os, "replace", full)
        assert convert(shared_raw, out) == 2
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "2_1_36_4_frame1.png' was not written" in told
    assert not list(out.glob("**/*.png.part"))
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_opening_a_video_counts_as_decoding(shared_raw, tmp_path, monkeypatch):
    original = worker.open_frames

    @contextmanager
    def slow(*arguments):
        time.sleep(0.2)
        with original(*arguments) as frames:
            yield frames

    monkeypatch.setattr(worker, "open_frames", slow)
    recording = ARCHIVES["oulu_npu"].scan(partial(walk, shared_raw)).recordings[0]
    outcome = worker.Worker(shared_raw, tmp_path, worker.ConversionOptions("none", 0.1)).convert(recording)
    assert outcome.seconds["decode"] >= 0.2
    assert [image.index for image in outcome.images] == [6, 13]
