# SPDX-License-Identifier: Apache-2.0
import errno
import json
import sys
from types import ModuleType

import pytest

from flip_mm.faces.face import Face
from flip_mm.preparation import places

VIDEOS = ["train/real/1_1_01_1", "train/fake/1_1_01_2", "test/real/2_1_36_1", "test/fake/2_1_36_4"]
LINES = [f"oulu/{video}_frame0.png" for video in VIDEOS]


def test_an_output_that_cannot_be_written_is_found_before_the_work(shared_raw, tmp_path, convert, monkeypatch, capsys):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(places.tempfile, "TemporaryFile", read_only)
    assert convert(shared_raw, tmp_path / "out") == 2
    assert "Read-only file system: nothing can be written into" in capsys.readouterr().err
    assert not list(tmp_path.glob("out/**/*.png"))


@pytest.mark.parametrize(("source", "out"), [("raw", "raw/out"), ("raw", "raw"), ("raw", "."), ("link", "raw/out")])
def test_output_and_archive_inside_each_other_are_refused(source, out, raw, tmp_path, convert, tree, capsys):
    (tmp_path / "link").symlink_to(raw)
    before = tree(tmp_path)
    assert convert(tmp_path / source, tmp_path / out) == 2
    assert "inside each other" in capsys.readouterr().err
    assert tree(tmp_path) == before


def test_an_output_that_is_a_file_is_refused(shared_raw, tmp_path, convert, capsys):
    (tmp_path / "out").touch()
    assert convert(shared_raw, tmp_path / "out") == 2
    assert "is a file. Use a folder, the data_root of the configs" in capsys.readouterr().err


@pytest.mark.parametrize("link", ["frame", "frame/oulu", "txt", "preparation/oulu"])
def test_links_out_of_the_output_are_refused(link, shared_raw, tmp_path, convert, capsys):
    outside, place = tmp_path / "outside", tmp_path / "out" / link
    outside.mkdir()
    place.parent.mkdir(parents=True)
    place.symlink_to(outside)
    assert convert(shared_raw, tmp_path / "out") == 2
    assert "leads out of OUT" in capsys.readouterr().err
    assert list(outside.iterdir()) == []


def test_images_of_somebody_else_are_not_mixed_with_ours(shared_raw, tmp_path, convert, capsys):
    stranger = tmp_path / "out/frame/oulu/train/real/mine.png"
    stranger.parent.mkdir(parents=True)
    stranger.touch()
    assert convert(shared_raw, tmp_path / "out") == 2
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
    assert convert(shared_raw, out) == 2
    assert f"--lists {out / 'txt'}" in capsys.readouterr().err
    assert convert(shared_raw, out, "--lists", out / "txt") == 0
    assert "2 images of the authors' lists are missing" in capsys.readouterr().out
    assert {path.name: path.read_bytes().decode() for path in (out / "txt").iterdir()} == texts
    (out / "txt/oulu_real_test.txt").write_text(LINES[0])
    assert convert(shared_raw, out, "--lists", out / "txt", "--resume") == 2
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


def test_a_dry_run_prints_the_planned_images(shared_raw, whole, tmp_path, convert, capsys):
    assert convert(shared_raw, tmp_path / "dry", "--dry-run") == 0
    printed = [line.split("\t") for line in capsys.readouterr().out.splitlines() if "\t" in line]
    assert sorted(file for _, _, file in printed) == sorted(name for name in whole if name.startswith("frame/"))
    assert ["Test_files/2_1_36_4.avi", "13", "frame/oulu/test/fake/2_1_36_4_frame1.png"] in printed
    assert not (tmp_path / "dry").exists()


def test_a_dry_run_reports_problems(raw, tmp_path, convert, capsys):
    (raw / "Test_files/2_1_36_4.avi").write_bytes(b"")
    assert convert(raw, tmp_path / "dry", "--dry-run") == 1
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        "OULU-NPU: 4 recordings to convert",
        "  skipped 6: videos of Dev_files, which the protocols do not use",
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
def test_detectors_are_tried_in_turn(shared_raw, tmp_path, convert, capsys, read_csv):
    out = tmp_path / "out"
    assert convert(shared_raw, out, faces="own_detectors:never,own_detectors:always,none") == 0
    rows = read_csv(out / "preparation/oulu/manifest.csv")
    assert {row["detector"] for row in rows} == {"own_detectors:always"}
    assert {row["face_box"] for row in rows} == {"8.0 8.0 40.0 40.0"}
    assert {row["detector_score"] for row in rows} == {"0.7500"}
    assert {row["faces"] for row in rows} == {"1"}
    assert {row["uncertain"] for row in rows} == {"no_landmarks"}
    printed = capsys.readouterr().out
    assert "converted recordings: real 2 of 2, spoof 2 of 2" in printed
    assert "8 of 8 images have an uncertain face box (no landmarks: 8): check them in faces.html." in printed
    page = (out / "preparation/oulu/faces.html").read_text()
    assert "found by own_detectors:always" in page
    assert "score 0.7500, no landmarks, sharpness" in page
    assert page.count("data:image/jpeg") == 8 * 5  # real, spoof, uncertain, lowest score, smallest and least sharp of 8


@pytest.mark.usefixtures("detectors")
def test_recordings_without_a_face_are_listed_not_converted(shared_raw, tmp_path, convert, capsys, read_csv):
    out = tmp_path / "out"
    assert convert(shared_raw, out, "--no-thumbnails", faces="own_detectors:never") == 1
    problems = read_csv(out / "preparation/oulu/problems.csv")
    assert [row["source"] for row in problems] == sorted(
        f"{'Train' if split == 'train' else 'Test'}_files/{name}.avi" for split, _, name in (v.split("/") for v in VIDEOS)
    )
    assert all(row["reason"].startswith("own_detectors:never: no face was found in frame 6") for row in problems)
    assert not list(out.glob("frame/**/*.png"))
    assert "converted recordings: real 0 of 2, spoof 0 of 2" in capsys.readouterr().out
    assert "data:image" not in (out / "preparation/oulu/faces.html").read_text()


def test_annotated_faces_are_taken(shared_raw, tmp_path, convert, read_csv):
    out = tmp_path / "out"
    # Eyes at (20, 20) and (40, 20) in frame 0 alone, 6 frames from the first and 13 from the second frame that is taken.
    assert convert(shared_raw, out, faces="annotations") == 1
    problems = read_csv(out / "preparation/oulu/problems.csv")
    assert {row["reason"].split(" in frame")[0] for row in problems} == {"annotations: no face was annotated"}
    assert {row["reason"].split(" in frame ")[1].split()[0] for row in problems} == {"13"}
