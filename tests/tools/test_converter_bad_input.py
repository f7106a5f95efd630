# SPDX-License-Identifier: Apache-2.0
"""Archives and CSV files that are broken or hostile, through the converters' command lines.

Whatever is wrong is reported with its path, nothing is overwritten silently, and no file is written outside OUT.
"""

import csv
import errno
import io
import os
import shutil
import struct
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import av
import h5py
import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from flip_mm.datasets.sets import ARCHIVES

CELEB = [f"celeb/{word}/{k}_{kind}_{k:06d}.jpg" for k in (1, 2) for word, kind in (("real", "live"), ("fake", "spoof"))]
OULU = [f"oulu/{split}_frame0.png" for split in ("train/real/1_1_01_1", "train/fake/1_1_01_2", "test/fake/2_1_36_4")]
WMCA = ["wmca/train/real/22.05.18_001_06_000_0_00_00.jpg", "wmca/train/fake/22.05.18_001_06_000_4_15_00.jpg"]
CEFA = ["cefa/train/real/1_001_1_1_1_00.jpg", "cefa/train/fake/1_001_3_1_4_00.jpg"]
LINES = {"celeba_spoof": CELEB, "oulu_npu": OULU, "wmca": WMCA, "casia_cefa": CEFA}
# A file of each archive that a test breaks, and the begin of the names of what is made of it.
VICTIMS = {
    "celeba_spoof": ("Data/train/1/live/000001.png", "1_live_000001"),
    "oulu_npu": ("Train_files/1_1_01_1.avi", "1_1_01_1_"),
    "wmca": ("WMCA/face-station/22.05.18/001_06_000_0_00.hdf5", "22.05.18_001_06_000_0_00"),
    "casia_cefa": ("1_001_1_1_1/profile/0004.jpg", "1_001_1_1_1"),
}
STEMS = {"celeba_spoof": "celeb", "oulu_npu": "oulu", "wmca": "wmca", "casia_cefa": "cefa"}
PICTURE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)


@pytest.fixture(scope="module")
def shared_raws(tmp_path_factory, write_archive):
    folder = tmp_path_factory.mktemp("raws")
    return {name: write_archive(name, folder / name, lines, media=True) for name, lines in LINES.items()}


@pytest.fixture
def raw(shared_raws, tmp_path):
    """raw(name): a copy of an archive, with a space and an umlaut in its path."""
    return lambda name: Path(shutil.copytree(shared_raws[name], tmp_path / "the archive é" / name))


@pytest.fixture
def convert(end_tool, capsys, monkeypatch):
    """convert(name, raw, out, *flags): status, problems by source, and what was printed.

    That data sets have more recordings than these archives is no problem here.
    """
    for name in LINES:
        monkeypatch.setitem(ARCHIVES, name, replace(ARCHIVES[name], scan=partial(without_missing, ARCHIVES[name].scan)))

    def run(name, raw, out, *arguments, faces="none", workers=1):
        capsys.readouterr()
        script = f"dataset_converters/{name}.py"
        status = end_tool(script, raw, out, "--workers", workers, "--faces", faces, *arguments)
        printed = capsys.readouterr()
        return status, problems(out), printed.out + printed.err

    return run


def without_missing(scan, walk):
    found = scan(walk)
    return replace(found, problems=[problem for problem in found.problems if problem.source != "."])


def problems(out):
    """Source -> reason."""
    found = {}
    for path in out.glob("preparation/*/problems.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            found |= {row["source"]: row["reason"] for row in csv.DictReader(file)}
    return found


def images(out):
    return sorted(path.name for path in out.glob("frame/**/*") if path.is_file())


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def encoded(picture, form, **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def bomb():
    """A PNG of 30,000 x 30,000 pixels in its head."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    parts = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def sixteen_bits():
    return encoded(Image.fromarray(np.full((48, 64), 40_000, np.uint16)), "PNG")


COLOUR = Image.fromarray(PICTURE)
BROKEN_IMAGES = {
    "empty": (b"", "it is empty"),
    "truncated": (encoded(COLOUR, "PNG")[:-200], "truncated or damaged"),
    "HEIC": (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(500), "none of JPEG"),
    "animated GIF": (encoded(COLOUR, "GIF", save_all=True, append_images=[COLOUR.rotate(90)]), "2 frames"),
    "transparent PNG": (encoded(Image.fromarray(np.dstack([PICTURE, PICTURE[..., 0]])), "PNG"), "transparent"),
    "16 bits": (sixteen_bits(), "more than 8 bits"),
    "bomb": (bomb(), "too many pixels"),
    "text": (b"=cmd|' /C calc'!A0", "none of JPEG"),
}


@pytest.mark.parametrize("kind", BROKEN_IMAGES)
def test_a_broken_image_is_listed_and_the_others_are_converted(kind, raw, tmp_path, convert):
    archive, out = raw("celeba_spoof"), tmp_path / "out"
    source, stem = VICTIMS["celeba_spoof"]
    content, reason = BROKEN_IMAGES[kind]
    (archive / source).write_bytes(content)
    status, told, printed = convert("celeba_spoof", archive, out)
    assert status == 1
    assert list(told) == [source]
    assert reason in told[source]
    assert source in printed
    assert images(out) == sorted(Path(line).name for line in CELEB if stem not in line)
    (archive / source).write_bytes(encoded(COLOUR, "PNG"))
    assert convert("celeba_spoof", archive, out, "--resume")[:2] == (0, {})
    assert images(out) == sorted(Path(line).name for line in CELEB)


EXIF = Image.Exif()
EXIF[0x0112] = 6  # to be turned clockwise
READ_IMAGES = {
    "CMYK": (encoded(COLOUR.convert("CMYK"), "JPEG", quality=95), COLOUR.convert("CMYK").convert("RGB")),
    "EXIF": (encoded(COLOUR, "PNG", exif=EXIF), COLOUR.transpose(Image.Transpose.ROTATE_270)),
    "GIF": (encoded(COLOUR, "GIF"), COLOUR),
    "opaque alpha": (encoded(COLOUR.convert("RGBA"), "PNG"), COLOUR),
}


@pytest.mark.parametrize("kind", READ_IMAGES)
def test_an_unusual_image_becomes_the_right_one(kind, raw, tmp_path, convert):
    archive, out = raw("celeba_spoof"), tmp_path / "out"
    source, stem = VICTIMS["celeba_spoof"]
    content, expected = READ_IMAGES[kind]
    (archive / source).write_bytes(content)
    assert convert("celeba_spoof", archive, out)[:2] == (0, {})
    with Image.open(out / f"frame/celeb/real/{stem}.jpg") as image:
        assert not image.getexif()
        small = np.asarray(image.resize((8, 8), Image.Resampling.BOX), float)
    wanted = np.asarray(expected.resize((8, 8), Image.Resampling.BOX), float)
    assert np.abs(small - wanted).mean() < 8


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("cut", "oulu_npu"),
        ("empty", "oulu_npu"),
        ("cut", "wmca"),
        ("noise", "wmca"),
        ("cut", "casia_cefa"),
        ("empty", "casia_cefa"),
    ],
)
def test_a_broken_recording_is_listed_and_the_others_are_converted(content, name, raw, tmp_path, convert):
    archive, out = raw(name), tmp_path / "out"
    source, stem = VICTIMS[name]
    whole = (archive / source).read_bytes()
    (archive / source).write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "noise": PICTURE.tobytes()}[content])
    status, told, printed = convert(name, archive, out)
    # Of a folder of frames, the recording is the folder.
    place = source.rpartition("/")[0] if name == "casia_cefa" else source
    assert status == 1
    assert list(told) == [place]
    assert "not converted" in told[place]
    assert place in printed
    assert images(out)
    assert not any(image.startswith(stem) for image in images(out))


def test_a_frame_that_is_a_link_to_nowhere_is_not_passed_over(raw, tmp_path, convert):
    archive, out = raw("casia_cefa"), tmp_path / "out"
    frame = archive / "1_001_1_1_1/profile/0004.jpg"
    frame.unlink()
    frame.symlink_to("nowhere.jpg")
    status, told, _ = convert("casia_cefa", archive, out)
    assert status == 1
    assert "0004.jpg" in told["1_001_1_1_1/profile"]


def test_a_frame_whose_name_is_no_utf_8_can_be_reported(raw, tmp_path, convert):
    archive, out = raw("casia_cefa"), tmp_path / "out"
    folder = archive / "1_001_1_1_1/profile"
    for frame in folder.iterdir():
        os.rename(frame, os.fsencode(folder) + b"/\xff" + frame.name.encode())
    (folder / os.fsdecode(b"\xff0001.jpg")).write_bytes(b"")
    status, told, printed = convert("casia_cefa", archive, out)
    assert status == 1
    assert "\\xff0001.jpg: it is empty" in told["1_001_1_1_1/profile"]
    assert "\\xff0001.jpg" in printed


def test_names_that_mean_something_to_other_programs(raw, tmp_path, convert):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    video = (archive / "Train_files/1_1_01_1.avi").read_bytes()
    names = ["=1+1.avi", "+1.avi", "@SUM(A1).avi", "-rf.avi", "Jörg 3.avi", "new\nline.avi", "red\x1b[31m.avi"]
    for name in names:
        (archive / name).write_bytes(video)
    Path(os.fsdecode(os.fsencode(archive) + b"/latin\xe9.avi")).write_bytes(video)
    status, told, printed = convert("oulu_npu", archive, out)
    assert status == 1
    assert {*told} == {
        *("'=1+1.avi", "'+1.avi", "'@SUM(A1).avi", "'-rf.avi", "Jörg 3.avi"),
        *("new\\nline.avi", "red\\x1b[31m.avi", "latin\\xe9.avi"),
    }
    assert "\x1b" not in printed
    text = (out / "preparation/oulu/problems.csv").read_text(encoding="utf-8")
    assert not any(line.startswith(tuple("=+-@")) for line in text.splitlines())


def test_links_in_an_archive(raw, tmp_path, convert):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    outside = tmp_path / "another disk/1_1_01_1.avi"
    outside.parent.mkdir()
    shutil.move(archive / "Train_files/1_1_01_1.avi", outside)
    (archive / "Train_files/1_1_01_1.avi").symlink_to(outside)
    (archive / "Train_files/up").symlink_to(archive)
    (archive / "Train_files/1_1_02_1.avi").symlink_to("nowhere")
    (archive / "Train_files/1_1_02_2.avi").symlink_to("1_1_02_2.avi")
    (archive / "made").symlink_to(out / "frame")
    status, told, _ = convert("oulu_npu", archive, out)
    assert status == 1
    assert {*told} == {"Train_files/up", "Train_files/1_1_02_1.avi", "Train_files/1_1_02_2.avi", "made"}
    assert len(images(out)) == 2 * len(OULU)
    assert [path.name for path in outside.parent.iterdir()] == ["1_1_01_1.avi"]
    # What was written is found through the link now, and is not taken for the archive.
    assert convert("oulu_npu", archive, out, "--resume")[0] == 1
    assert len(images(out)) == 2 * len(OULU)


@pytest.mark.parametrize("place", ["raw", "raw/out", "raw/link/out", "."])
def test_an_output_in_the_archive_is_refused(place, raw, tmp_path, convert):
    archive = raw("oulu_npu")
    (tmp_path / "elsewhere").mkdir()
    (archive / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "raw").symlink_to(archive)
    before = tree(tmp_path)
    status, _, printed = convert("oulu_npu", archive, tmp_path / place)
    assert status == 2
    assert "are inside each other" in printed
    assert tree(tmp_path) == before


@pytest.mark.parametrize("link", ["frame/oulu", "frame/oulu/train", "frame/oulu/test/fake", "txt", "preparation"])
def test_an_output_that_leads_elsewhere_is_refused(link, raw, tmp_path, convert):
    archive, out, outside = raw("oulu_npu"), tmp_path / "out", tmp_path / "outside"
    assert convert("oulu_npu", archive, out)[0] == 0
    shutil.move(out / link, outside)
    (out / link).symlink_to(outside)
    for file in outside.rglob("*.png"):
        file.unlink()
    before = tree(outside)
    status, _, printed = convert("oulu_npu", archive, out, "--resume")
    assert status == 2
    assert f"'{out / link}" in printed
    assert "leads out of OUT" in printed
    assert tree(outside) == before


def test_no_file_is_written_through_a_link(raw, tmp_path, convert):
    archive, out, mine = raw("oulu_npu"), tmp_path / "out", tmp_path / "mine"
    mine.write_text("mine")
    names = ["frame/oulu/train/real/1_1_01_1_frame0.png", "txt/oulu_real_train.txt", "preparation/oulu/manifest.csv"]
    assert convert("oulu_npu", archive, out)[0] == 0
    (out / names[0]).unlink()
    for name in names:
        (out / f"{name}.part").symlink_to(mine)
    assert convert("oulu_npu", archive, out, "--resume")[0] == 0
    assert mine.read_text() == "mine"
    assert not list(out.rglob("*.part"))


def test_a_read_only_output_is_reported_before_the_work(raw, tmp_path, convert, monkeypatch):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    out.mkdir()
    original = os.mkdir

    def read_only(path, *more, **options):
        if out in Path(path).parents:
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        original(path, *more, **options)

    monkeypatch.setattr(os, "mkdir", read_only)
    status, _, printed = convert("oulu_npu", archive, out)
    assert status == 2
    assert f"Read-only file system: nothing can be written into '{out}/frame/oulu'" in printed
    assert tree(out) == {}


@pytest.mark.parametrize(
    ("place", "workers"),
    [("_frame1.png", 2), ("journal.csv", 1), ("manifest.csv", 1), ("_train.txt", 1)],
)
def test_a_full_disk_is_reported_with_the_file(place, workers, raw, tmp_path, convert, monkeypatch):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    assert convert("oulu_npu", archive, tmp_path / "whole")[0] == 0
    original = Path.open

    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def open_full(path, mode="r", *more, **options):
        if mode == ("ab" if place == "journal.csv" else "xb") and path.name.removesuffix(".part").endswith(place):
            path.touch()
            return Full()
        return original(path, mode, *more, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_full)
        status, _, printed = convert("oulu_npu", archive, out, workers=workers)
    assert status == 2
    assert f"{place}' was not written" in printed
    assert "No space left on device" in printed
    assert not list(out.rglob("*.part"))
    assert convert("oulu_npu", archive, out, "--resume", workers=workers)[0] == 0
    assert tree(out) == tree(tmp_path / "whole")


def test_two_conversions_at_once_are_kept_apart(raw, tmp_path, convert):
    oulu, out = raw("oulu_npu"), tmp_path / "out"
    (out / "preparation/oulu").mkdir(parents=True)
    with FileLock(out / "preparation/oulu/lock"):
        status, _, printed = convert("oulu_npu", oulu, out)
        assert status == 2
        assert "Another conversion is writing" in printed
        assert images(out) == []
        assert convert("celeba_spoof", raw("celeba_spoof"), out)[0] == 0, "another data set may"
    assert convert("oulu_npu", oulu, out)[0] == 0


def test_lists_that_somebody_changed_are_not_overwritten(raw, tmp_path, convert):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    assert convert("oulu_npu", archive, out)[0] == 0
    mine = out / "txt/oulu_real_train.txt"
    ours = mine.read_bytes()
    mine.write_bytes(b"oulu/train/real/1_1_09_1_frame0.png")
    status, _, printed = convert("oulu_npu", archive, out, "--resume")
    assert status == 2
    assert f"'{mine}' exists already and is not overwritten" in printed
    assert mine.read_bytes() == b"oulu/train/real/1_1_09_1_frame0.png"
    mine.write_bytes(ours)
    assert convert("oulu_npu", archive, out, "--resume")[0] == 0


OUTSIDE = ["../../x", "/etc/passwd", "C:\\x.png", "..\\x.png", "oulu/train/real/../../../../x_frame0.png"]


@pytest.mark.parametrize("line", OUTSIDE)
def test_a_list_that_leaves_the_folder_is_refused(line, raw, tmp_path, convert):
    archive, out, lists = raw("oulu_npu"), tmp_path / "out", tmp_path / "lists"
    lists.mkdir()
    for word in ("real", "fake"):
        (lists / f"oulu_{word}_train.txt").write_text(f"{line}\n")
    status, _, printed = convert("oulu_npu", archive, out, "--lists", lists)
    assert status == 2
    assert line in printed
    assert not out.exists()


NOT_READ = ["link.png", "up/secret.png", "photo.heic", "photo.gif", "gone.png", "new\nline.png"]


@pytest.mark.parametrize("path", [*OUTSIDE[:4], *NOT_READ])
def test_a_csv_names_no_file_outside_and_nothing_unknown(path, tmp_path, convert):
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    for name in ("photo.heic", "photo.gif", "good.png", "bad.png", "new\nline.png", "../secret.png"):
        (data / name).write_bytes(encoded(COLOUR, "PNG"))
    (data / "link.png").symlink_to(tmp_path / "secret.png")
    (data / "up").symlink_to(tmp_path)
    (data / "gone.png").symlink_to("nowhere.png")
    (data / "my.csv").write_text(f'path,label\ngood.png,real\n"{path}",spoof\nbad.png,spoof\n')
    status, _, printed = convert("generic", data / "my.csv", out, "--domain", "MINE")
    assert status == 2
    assert path in printed or repr(path) in printed
    assert f"my.csv', line {3 + path.count(chr(10))}" in printed
    assert not out.exists()


def test_a_csv_of_broken_and_odd_files(tmp_path, convert, registrations):
    data, out = tmp_path / "my data é", tmp_path / "out"
    data.mkdir()
    contents = {f"{kind.replace(' ', '_')}.png": content for kind, (content, _) in BROKEN_IMAGES.items()}
    names = ["=1+1.png", "+x.png", "-rf.png", "@y.png", "Jörg 3.png"]
    contents |= dict.fromkeys(names, encoded(COLOUR, "PNG")) | {"attack.jpg": encoded(COLOUR, "JPEG")}
    for name, content in contents.items():
        (data / name).write_bytes(content)
    lines = [f"{name},{'spoof' if name == 'attack.jpg' else 'real'},-s" for name in contents]
    (data / "my.csv").write_text("\n".join(["path,label,subject", *lines]), encoding="utf-8")
    status, told, _ = convert("generic", data / "my.csv", out, "--domain", "MINE")
    assert status == 1
    assert {*told} == {*contents} - {*names, "attack.jpg"}
    with (out / "preparation/mine/manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["source"] for row in rows} == {"'=1+1.png", "'+x.png", "'-rf.png", "'@y.png", "Jörg 3.png", "attack.jpg"}
    assert {row["subject"] for row in rows} == {"'-s"}


@pytest.mark.parametrize("names", [("a.jpg", "a.png"), ("a.png", "A.png"), ("1/a.png", "2/a.png"), ("a b.png", "a_b.png")])
def test_two_files_of_a_csv_that_would_become_one_are_refused(names, tmp_path, convert):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    for name in (*names, "x.png"):
        (tmp_path / name).write_bytes(encoded(COLOUR, "PNG"))
    (tmp_path / "my.csv").write_text("path,label\n" + "".join(f"{name},real\n" for name in names) + "x.png,spoof\n")
    status, _, printed = convert("generic", tmp_path / "my.csv", tmp_path / "out", "--domain", "MINE")
    assert status == 2
    assert all(name in printed for name in names)
    assert not (tmp_path / "out").exists()


TWINS = {"celeba_spoof": ".jpg", "oulu_npu": ".AVI", "wmca": ".h5"}


@pytest.mark.parametrize("name", TWINS)
def test_two_files_of_an_archive_that_would_become_one_are_both_listed(name, raw, tmp_path, convert):
    archive, out = raw(name), tmp_path / "out"
    source, stem = VICTIMS[name]
    twin = Path(source).with_suffix(TWINS[name]).as_posix()
    shutil.copy(archive / source, archive / twin)
    status, told, _ = convert(name, archive, out)
    assert status == 1
    assert {*told} == {source, twin}
    assert twin in told[source]
    assert not any(image.startswith(stem) for image in images(out))


def test_a_changed_archive_is_reported_on_resume(raw, tmp_path, convert):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    assert convert("oulu_npu", archive, out)[0] == 0
    before = tree(out)
    (archive / VICTIMS["oulu_npu"][0]).unlink()
    status, _, printed = convert("oulu_npu", archive, out, "--resume")
    assert status == 2
    assert "the same archive, or another OUT" in printed
    assert tree(out) == before


@pytest.mark.parametrize(("file", "text"), [("settings.json", "[1]"), ("manifest.csv", "\0"), ("lists.json", "[1]")])
def test_damaged_manifests_are_reported(file, text, raw, tmp_path, convert):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    assert convert("oulu_npu", archive, out)[0] == 0
    (out / "preparation/oulu" / file).write_text(text)
    status, _, printed = convert("oulu_npu", archive, out, "--resume")
    assert status == 2
    assert f"{file}'" in printed


DETECTORS = """
import os, signal
from flip_mm.faces.face import Face

def fail(weights): return lambda image: 1 / 0
def none(weights): return lambda image: None
def tuples(weights): return lambda image: [(10, 10, 40, 40)]
def nan(weights): return lambda image: [Face((float("nan"), 10, 40, 40))]
def short(weights): return lambda image: [Face((10, 10))]
def negative(weights): return lambda image: [Face((-90, -90, -20, -20)), Face((40, 40, 10, 10))]
def die(weights): return lambda image: os.kill(os.getpid(), signal.SIGKILL)
def die_once(weights): return dying
def dying(image):
    if not os.path.exists(__file__ + ".died"):
        open(__file__ + ".died", "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return [Face((8, 8, 40, 40))]
"""


@pytest.fixture
def detectors(tmp_path, monkeypatch):
    (tmp_path / "bad_detectors.py").write_text(DETECTORS)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.parametrize(
    ("detector", "reason", "workers"),
    [
        ("fail", "the face detector failed: ZeroDivisionError", 2),
        ("none", "the face detector failed: TypeError", 1),
        ("tuples", "which is no Face", 1),
        ("nan", "four finite numbers", 1),
        ("short", "four finite numbers", 1),
        ("negative", "no face was found", 1),
    ],
)
@pytest.mark.usefixtures("detectors")
def test_a_bad_detector_is_reported_for_each_recording(detector, reason, workers, raw, tmp_path, convert):
    archive, out = raw("celeba_spoof"), tmp_path / "out"
    status, told, _ = convert("celeba_spoof", archive, out, faces=f"bad_detectors:{detector}", workers=workers)
    assert status == 1
    assert len(told) == len(CELEB)
    assert all(reason in text for text in told.values())
    assert images(out) == []


@pytest.mark.usefixtures("detectors")
def test_killed_processes_are_reported(raw, tmp_path, convert):
    archive = raw("celeba_spoof")
    status, _, printed = convert("celeba_spoof", archive, tmp_path / "out", faces="bad_detectors:die", workers=2)
    assert status == 2
    assert f"killed at '{VICTIMS['celeba_spoof'][0]}'" in printed
    assert "--resume --workers 1" in printed


@pytest.mark.usefixtures("detectors")
def test_a_recording_that_a_process_dies_of_is_listed_and_the_others_converted(raw, tmp_path, convert):
    archive, out = raw("celeba_spoof"), tmp_path / "out"
    status, told, printed = convert("celeba_spoof", archive, out, faces="bad_detectors:die_once", workers=1)
    assert status == 1
    assert list(told) == [VICTIMS["celeba_spoof"][0]]
    assert "it killed the process" in told[VICTIMS["celeba_spoof"][0]]
    assert len(images(out)) == len(CELEB) - 1
    assert "50% of the real recordings are lost" in printed
    status, told, _ = convert("celeba_spoof", archive, out, "--resume", faces="bad_detectors:die_once", workers=1)
    assert (status, told, len(images(out))) == (0, {}, len(CELEB))


def test_annotations_that_a_data_set_has_not_are_refused(raw, tmp_path, convert):
    status, _, printed = convert("wmca", raw("wmca"), tmp_path / "out", faces="annotations")
    assert status == 2
    assert "--faces annotations: WMCA has no annotations" in printed
    assert not (tmp_path / "out").exists()


NONSENSE = [b"garbage", b"\xff\xfe", b"nan nan nan nan 1", b"0 0 0 0 0", b"1e300 1e300 1e300 1e300 1"]


@pytest.mark.parametrize("text", NONSENSE)
def test_invalid_annotations_are_reported(text, raw, tmp_path, convert):
    archive, out = raw("celeba_spoof"), tmp_path / "out"
    source, _ = VICTIMS["celeba_spoof"]
    for file in archive.rglob("*_BB.txt"):
        file.write_text("20 20 150 150 0.99")
    (archive / source).with_name("000001_BB.txt").write_bytes(text)
    status, told, _ = convert("celeba_spoof", archive, out, faces="annotations")
    assert status == 1
    assert list(told) == [source]
    assert "annotat" in told[source]
    assert len(images(out)) == len(CELEB) - 1


def linked(file):
    file["Frame_0/array"] = h5py.ExternalLink("other.h5", "/Frame_0/array")


def outside(file):
    file.create_dataset("Frame_0/array", (3, 48, 64), np.uint8, external=[("other.raw", 0, 3 * 48 * 64)])


def huge(file):
    file.create_dataset("color", (10, 3, 10**6, 10**6), np.uint8, chunks=(1, 3, 100, 100))


def endless(file):
    file.create_dataset("color", (2**40, 3, 48, 64), np.uint8, chunks=(1, 3, 48, 64))


@pytest.mark.parametrize("write", [linked, outside, huge, endless])
def test_an_hdf5_file_that_leads_elsewhere_or_is_absurd_is_listed(write, raw, tmp_path, convert):
    archive, out = raw("wmca"), tmp_path / "out"
    source, stem = VICTIMS["wmca"]
    with h5py.File(archive / source, "w") as file:
        write(file)
    status, told, _ = convert("wmca", archive, out)
    assert status == 1
    assert list(told) == [source]
    assert not any(image.startswith(stem) for image in images(out))


def test_a_video_of_far_too_many_pixels_is_listed(raw, tmp_path, convert, monkeypatch):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    source, _ = VICTIMS["oulu_npu"]
    with av.open(str(archive / source), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 256, "yuv420p"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((256, 256, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 60_000)
    status, told, _ = convert("oulu_npu", archive, out)
    assert status == 1
    assert told == {source: "it has too many pixels for a video (256 x 256); not converted"}


@pytest.mark.parametrize("name", ["oulu_npu", "celeba_spoof", "wmca", "casia_cefa"])
def test_a_dry_run_lists_what_is_broken_and_writes_nothing(name, raw, tmp_path, convert):
    archive, (source, stem) = raw(name), VICTIMS[name]
    if name == "casia_cefa":
        source = source.rpartition("/")[0]
        shutil.rmtree(archive / source)
        (archive / source).mkdir()
    else:
        (archive / source).write_bytes(b"")
    before = tree(tmp_path)
    status, _, printed = convert(name, archive, tmp_path / "out", "--dry-run")
    assert status == 1
    assert f"{source}: it" in printed
    assert not any(f"/{stem}" in line for line in printed.splitlines() if "\t" in line)
    assert tree(tmp_path) == before
