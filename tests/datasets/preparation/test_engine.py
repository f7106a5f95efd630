# SPDX-License-Identifier: Apache-2.0
import csv
import errno
import json
import multiprocessing
import os
import re
import shutil
import signal
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import cv2
import pytest
from PIL import Image

from flip_mm.datasets.preparation import engine, places, worker
from flip_mm.datasets.preparation.archives import ARCHIVES
from flip_mm.datasets.preparation.faces.face import Face

VIDEOS = ["train/real/1_1_01_1", "train/fake/1_1_01_2", "test/real/2_1_36_1", "test/fake/2_1_36_4"]
LINES = [f"oulu/{video}_frame0.png" for video in VIDEOS]


@pytest.fixture(scope="module")
def shared_raw(tmp_path_factory, write_archive):
    return write_archive("oulu_npu", tmp_path_factory.mktemp("archives") / "OULU NPU é", LINES, media=True)


@pytest.fixture
def raw(shared_raw, tmp_path):
    return Path(shutil.copytree(shared_raw, tmp_path / "raw"))


@pytest.fixture
def convert(run_tool, monkeypatch):
    """convert(raw, out, *flags): OULU's converter, content with four videos of the 3,600."""
    archive = ARCHIVES["oulu_npu"]

    def scan(root):
        found = archive.scan(root)
        return replace(found, problems=[problem for problem in found.problems if problem.source != "."])

    monkeypatch.setitem(ARCHIVES, "oulu_npu", replace(archive, scan=scan))

    def run(raw, out, *arguments, faces="none"):
        return run_tool("dataset_converters/oulu_npu.py", raw, out, "--workers", 1, "--faces", faces, *arguments)

    return run


@pytest.fixture
def tree():
    """Every file below a folder, with its content."""
    return lambda root: {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def whole(shared_raw, tmp_path, convert, tree):
    """What an attempt without interruption writes."""
    assert convert(shared_raw, tmp_path / "whole") == 0
    return tree(tmp_path / "whole")


def read_csv(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_conversion_writes_images_lists_and_manifest(shared_raw, tmp_path, convert, capsys):
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
        with engine.make_pool(2, places.Places(shared_raw, tmp_path, "O"), worker.Settings("none", 0.1)):
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
    assert convert(shared_raw, out) == 1, "without --resume nothing may be mixed"
    monkeypatch.setattr(worker.Worker, "convert", record)
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole
    converted = log.read_text().split()
    assert len({*converted}) == len(converted) == 4, "nothing is converted twice"


def test_what_a_crash_can_leave_is_mended(shared_raw, whole, tmp_path, convert, tree, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(engine, "finish", lambda *_: None)
        patch.setattr("flip_mm.datasets.preparation.convert.finish", lambda *_: None)
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


def test_a_killed_conversion_leaves_no_processes_and_can_be_resumed(shared_raw, whole, tmp_path, convert, tree, monkeypatch):
    out, pids = tmp_path / "out", tmp_path / "pids"
    pids.mkdir()
    original = worker.Worker.convert

    def slow(self, recording):
        (pids / str(os.getpid())).touch()
        time.sleep(30 if "train" in recording.stem else 0)
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


def wait(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def running(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def test_a_finished_conversion_is_not_repeated(shared_raw, whole, tmp_path, convert, tree, capsys):
    out = tmp_path / "whole"
    assert convert(shared_raw, out) == 1
    assert "--resume" in capsys.readouterr().err
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_an_attempt_with_other_settings_is_refused(shared_raw, whole, tmp_path, convert, tree, capsys):
    assert convert(shared_raw, tmp_path / "whole", "--resume", "--margin", 0.3) == 1
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
    assert convert(raw, tmp_path / "out", "--weights", weights, "--resume", **options) == 1
    assert "differs from this one: weights '" in capsys.readouterr().err
    weights.write_text("1")
    (raw / "Test_files/2_1_36_4.avi").rename(raw / "Test_files/2_1_36_5.avi")
    assert convert(raw, tmp_path / "out", "--weights", weights, "--resume", **options) == 1
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


def test_broken_videos_are_listed_and_the_others_converted(raw, tmp_path, convert, capsys):
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
        assert convert(shared_raw, out) == 1
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "2_1_36_4_frame1.png' was not written" in told
    assert not list(out.glob("**/*.png.part"))
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_an_output_that_cannot_be_written_is_told_before_the_work(shared_raw, tmp_path, convert, monkeypatch, capsys):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(places.tempfile, "TemporaryFile", read_only)
    assert convert(shared_raw, tmp_path / "out") == 1
    assert "Read-only file system: nothing can be written into" in capsys.readouterr().err
    assert not list(tmp_path.glob("out/**/*.png"))


@pytest.mark.parametrize(("source", "out"), [("raw", "raw/out"), ("raw", "raw"), ("raw", "."), ("link", "raw/out")])
def test_output_and_archive_inside_each_other_are_refused(source, out, raw, tmp_path, convert, tree, capsys):
    (tmp_path / "link").symlink_to(raw)
    before = tree(tmp_path)
    assert convert(tmp_path / source, tmp_path / out) == 1
    assert "inside each other" in capsys.readouterr().err
    assert tree(tmp_path) == before


def test_an_output_that_is_a_file_is_refused(shared_raw, tmp_path, convert, capsys):
    (tmp_path / "out").touch()
    assert convert(shared_raw, tmp_path / "out") == 1
    assert "is a file. It is the folder that the configs call data_root" in capsys.readouterr().err


@pytest.mark.parametrize("link", ["frame", "frame/oulu", "txt", "preparation/oulu"])
def test_links_out_of_the_output_are_refused(link, shared_raw, tmp_path, convert, capsys):
    outside, place = tmp_path / "outside", tmp_path / "out" / link
    outside.mkdir()
    place.parent.mkdir(parents=True)
    place.symlink_to(outside)
    assert convert(shared_raw, tmp_path / "out") == 1
    assert "leads out of OUT" in capsys.readouterr().err
    assert list(outside.iterdir()) == []


def test_images_of_somebody_else_are_not_mixed_with_ours(shared_raw, tmp_path, convert, capsys):
    stranger = tmp_path / "out/frame/oulu/train/real/mine.png"
    stranger.parent.mkdir(parents=True)
    stranger.touch()
    assert convert(shared_raw, tmp_path / "out") == 1
    assert "no conversion has recorded" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()} == {"mine.png", "lock"}


def test_lists_of_the_authors_are_used_as_they_are(shared_raw, tmp_path, convert, capsys):
    out = tmp_path / "out"
    (out / "txt").mkdir(parents=True)
    texts = {
        f"oulu_{word}_{kind}.txt": "\r\n".join(line for line in reversed(LINES) if f"/{word}/" in line)
        for word in ("real", "fake")
        for kind in ("train", "test")
    }
    texts["oulu_real_train.txt"] += "\r\noulu/test/real/1_1_55_1_frame0.png"
    for name, text in texts.items():
        (out / "txt" / name).write_bytes(text.encode())
    assert convert(shared_raw, out) == 1
    assert f"--lists {out / 'txt'}" in capsys.readouterr().err
    assert convert(shared_raw, out, "--lists", out / "txt") == 0
    assert "2 images of the authors' lists are not there" in capsys.readouterr().out
    assert {path.name: path.read_bytes().decode() for path in (out / "txt").iterdir()} == texts
    (out / "txt/oulu_real_test.txt").write_text(LINES[0])
    assert convert(shared_raw, out, "--lists", out / "txt", "--resume") == 1
    assert "differs from this one: lists '" in capsys.readouterr().err


def test_the_authors_lists_choose_images_and_their_class(tmp_path, write_archive, run_tool, capsys):
    lines = [f"celeb/{name}.jpg" for name in ("real/1_live_000001", "real/2_live_000002", "fake/3_spoof_000003")]
    raw, out = write_archive("celeba_spoof", tmp_path / "raw", lines, media=True), tmp_path / "out"
    (tmp_path / "lists").mkdir()
    chosen = {"real": lines[1], "fake": "celeb/fake/1_live_000001.jpg"}
    for word, line in chosen.items():
        (tmp_path / f"lists/celeb_{word}_train.txt").write_text(line)
    options = ("--lists", tmp_path / "lists", "--faces", "none", "--workers", 1)
    assert run_tool("dataset_converters/celeba_spoof.py", raw, out, *options, "--dry-run") == 0
    told = capsys.readouterr()
    assert {line.split("\t")[2] for line in told.out.splitlines()} == {f"frame/{line}" for line in chosen.values()}
    assert run_tool("dataset_converters/celeba_spoof.py", raw, out, *options) == 0
    assert {str(path.relative_to(out / "frame")) for path in out.glob("frame/**/*.jpg")} == {*chosen.values()}


def test_a_dry_run_prints_what_would_be_written(shared_raw, whole, tmp_path, convert, capsys):
    assert convert(shared_raw, tmp_path / "dry", "--dry-run") == 0
    printed = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert sorted(file for _, _, file in printed) == sorted(name for name in whole if name.startswith("frame/"))
    assert ["Test_files/2_1_36_4.avi", "13", "frame/oulu/test/fake/2_1_36_4_frame1.png"] in printed
    assert not (tmp_path / "dry").exists()


def test_a_dry_run_tells_what_cannot_be_converted(raw, tmp_path, convert, capsys):
    (raw / "Test_files/2_1_36_4.avi").write_bytes(b"")
    assert convert(raw, tmp_path / "dry", "--dry-run") == 1
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        "OULU-NPU: 4 recordings to convert",
        "  left out 6: videos of Dev_files, which the protocols do not use",
        "Test_files/2_1_36_4.avi: it is empty",
    ]
    assert told.out.count("\tframe/") == 6


def test_settings_are_recorded(whole):
    settings = json.loads(whole["preparation/oulu/settings.json"])
    assert settings["faces"] == "none"
    assert settings["size"] == 224
    assert settings["recordings"] == 4


def seen_by(first):
    """A detector that finds a face in a frame whose first pixel is even, or none of them."""
    return lambda image: [Face((8, 8, 40, 40), 0.75)] if first else []


def never(weights):
    return seen_by(False)


def always(weights):
    return seen_by(True)


@pytest.fixture
def detectors(monkeypatch):
    module = ModuleType("own_detectors")
    module.never, module.always = never, always
    monkeypatch.setitem(sys.modules, "own_detectors", module)


@pytest.mark.usefixtures("detectors")
def test_detectors_are_tried_in_turn(shared_raw, tmp_path, convert, capsys):
    out = tmp_path / "out"
    assert convert(shared_raw, out, faces="own_detectors:never,own_detectors:always,none") == 0
    rows = read_csv(out / "preparation/oulu/manifest.csv")
    assert {row["detector"] for row in rows} == {"own_detectors:always"}
    assert {row["face_box"] for row in rows} == {"8.0 8.0 40.0 40.0"}
    assert {row["detector_score"] for row in rows} == {"0.7500"}
    assert {row["faces"] for row in rows} == {"1"}
    assert "converted recordings: real 2 of 2, spoof 2 of 2" in capsys.readouterr().out
    page = (out / "preparation/oulu/faces.html").read_text()
    assert "found by own_detectors:always" in page
    assert page.count("data:image/jpeg") == 8 * 4  # real, spoof, lowest score, smallest and least sharp of 8


@pytest.mark.usefixtures("detectors")
def test_recordings_without_a_face_are_listed_not_converted(shared_raw, tmp_path, convert, capsys):
    out = tmp_path / "out"
    assert convert(shared_raw, out, "--no-thumbnails", faces="own_detectors:never") == 1
    problems = read_csv(out / "preparation/oulu/problems.csv")
    assert [row["source"] for row in problems] == sorted(
        f"{'Train' if split == 'train' else 'Test'}_files/{name}.avi" for split, _, name in (v.split("/") for v in VIDEOS)
    )
    assert all(row["reason"].startswith("own_detectors:never: no face is found in frame 6") for row in problems)
    assert not list(out.glob("frame/**/*.png"))
    assert "converted recordings: real 0 of 2, spoof 0 of 2" in capsys.readouterr().out
    assert "data:image" not in (out / "preparation/oulu/faces.html").read_text()


def test_annotated_faces_are_taken(shared_raw, tmp_path, convert):
    out = tmp_path / "out"
    # Eyes at (20, 20) and (40, 20) in frame 0 alone, 6 frames from the first and 13 from the second frame that is taken.
    assert convert(shared_raw, out, faces="annotations") == 1
    problems = read_csv(out / "preparation/oulu/problems.csv")
    assert {row["reason"].split(" in frame")[0] for row in problems} == {"annotations: no face is annotated"}
    assert {row["reason"].split(" in frame ")[1].split()[0] for row in problems} == {"13"}


def test_opening_a_video_counts_as_decoding(shared_raw, tmp_path, monkeypatch):
    original = worker.open_frames

    @contextmanager
    def slow(*arguments):
        time.sleep(0.2)
        with original(*arguments) as frames:
            yield frames

    monkeypatch.setattr(worker, "open_frames", slow)
    recording = ARCHIVES["oulu_npu"].scan(shared_raw).recordings[0]
    outcome = worker.Worker(shared_raw, tmp_path, worker.Settings("none", 0.1)).convert(recording)
    assert outcome.seconds["decode"] >= 0.2
    assert [image.index for image in outcome.images] == [6, 13]
