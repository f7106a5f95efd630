# SPDX-License-Identifier: Apache-2.0
import csv
import errno
import json
import multiprocessing
import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from flip_mm.datasets.preparation import engine, places, worker
from flip_mm.datasets.preparation.archives import ARCHIVES

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
    assert "8 images" in capsys.readouterr().out


def test_several_processes_write_the_same(shared_raw, whole, tmp_path, convert, tree):
    assert convert(shared_raw, tmp_path / "two", "--workers", 2) == 0
    assert tree(tmp_path / "two") == whole


@pytest.mark.parametrize("after", range(4))
def test_an_interrupted_conversion_ends_with_the_same_tree(after, shared_raw, whole, tmp_path, convert, tree, monkeypatch):
    out, original, calls = tmp_path / "out", worker.Worker.convert, []

    def stop(self, recording):
        if len(calls) == after:
            raise KeyboardInterrupt
        calls.append(recording)
        return original(self, recording)

    monkeypatch.setattr(worker.Worker, "convert", stop)
    assert convert(shared_raw, out) == 130
    assert not (out / "preparation/oulu/manifest.csv").exists()
    assert convert(shared_raw, out) == 1, "without --resume nothing may be mixed"
    monkeypatch.setattr(worker.Worker, "convert", original)
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_what_a_crash_can_leave_is_mended(shared_raw, whole, tmp_path, convert, tree, monkeypatch):
    out = tmp_path / "out"
    with monkeypatch.context() as patch:
        patch.setattr(engine, "finish", lambda *_: None)
        patch.setattr("flip_mm.datasets.preparation.convert.finish", lambda *_: None)
        convert(shared_raw, out)
    journal = out / "preparation/oulu/journal.csv"
    content = journal.read_bytes()
    journal.write_bytes(content[: content.rindex(b"2_1_36_4_frame1") + 5])
    cut = out / "frame" / LINES[0]
    cut.write_bytes(cut.read_bytes()[:-20])
    (out / "frame" / LINES[1]).unlink()
    assert convert(shared_raw, out, "--resume") == 0
    assert tree(out) == whole


def test_a_killed_conversion_leaves_no_processes_and_can_be_resumed(shared_raw, whole, tmp_path, convert, tree, monkeypatch):
    out, pids = tmp_path / "out", tmp_path / "pids"
    pids.mkdir()
    original = worker.Worker.convert

    def slow(self, recording):
        (pids / str(os.getpid())).touch()
        time.sleep(0 if recording.stem.endswith("01_1") else 30)
        return original(self, recording)

    with monkeypatch.context() as patch:
        patch.setattr(worker.Worker, "convert", slow)
        process = multiprocessing.get_context("fork").Process(target=convert, args=(shared_raw, out, "--workers", "2"))
        process.start()
        wait(lambda: len(list(pids.iterdir())) == 2)
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


def test_broken_videos_are_listed_and_the_others_converted(raw, tmp_path, convert, capsys):
    out = tmp_path / "out"
    broken = raw / "Test_files/2_1_36_4.avi"
    broken.write_bytes(broken.read_bytes()[:40])
    (raw / "=1+1.avi").touch()
    assert convert(raw, out) == 1
    assert len(list(out.glob("frame/**/*.png"))) == 6
    problems = {row["source"]: row["reason"] for row in read_csv(out / "preparation/oulu/problems.csv")}
    assert set(problems) == {"Test_files/2_1_36_4.avi", "'=1+1.avi"}
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


def test_a_dry_run_prints_what_would_be_written(shared_raw, whole, tmp_path, convert, capsys):
    assert convert(shared_raw, tmp_path / "dry", "--dry-run") == 0
    printed = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert sorted(file for _, _, file in printed) == sorted(name for name in whole if name.startswith("frame/"))
    assert ["Test_files/2_1_36_4.avi", "13", "frame/oulu/test/fake/2_1_36_4_frame1.png"] in printed
    assert not (tmp_path / "dry").exists()


def test_settings_are_recorded(whole):
    settings = json.loads(whole["preparation/oulu/settings.json"])
    assert settings["faces"] == "none"
    assert settings["size"] == 224
    assert settings["recordings"] == 4
