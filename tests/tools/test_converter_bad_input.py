# SPDX-License-Identifier: Apache-2.0
"""Archives and CSV files that are broken or hostile, through the converters' command lines.

Whatever is wrong is reported with its path, nothing is overwritten silently, and no file is written outside OUT.
"""

import csv
import importlib.util
import io
import os
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
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
def shared_raws(tmp_path_factory):
    path = ROOT / "tests/datasets/preparation/archives.py"
    spec = importlib.util.spec_from_file_location("archives", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("raws")
    return {name: module.write_archive(name, folder / name, lines, media=True) for name, lines in LINES.items()}


@pytest.fixture
def raw(shared_raws, tmp_path):
    """raw(name): a copy of an archive, with a space and an umlaut in its path."""
    return lambda name: Path(shutil.copytree(shared_raws[name], tmp_path / "the archive é" / name))


@pytest.fixture
def convert(run_tool, capsys):
    """convert(name, raw, out, *flags): status, problems by source, and what was printed."""

    def run(name, raw, out, *arguments, faces="none", workers=1):
        capsys.readouterr()
        script = f"dataset_converters/{name}.py"
        status = run_tool(script, raw, out, "--workers", workers, "--faces", faces, *arguments)
        printed = capsys.readouterr()
        return status, problems(out), printed.out + printed.err

    return run


def problems(out):
    """Source -> reason, but for what is told of the data set as a whole."""
    found = {}
    for path in out.glob("preparation/*/problems.csv"):
        with path.open(newline="", encoding="utf-8") as file:
            found |= {row["source"]: row["reason"] for row in csv.DictReader(file) if row["source"] != "."}
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


@pytest.mark.parametrize("name", VICTIMS)
@pytest.mark.parametrize("content", ["cut", "empty", "noise"])
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


@pytest.mark.parametrize("workers", [1, 2])
def test_names_that_mean_something_to_other_programs(workers, raw, tmp_path, convert):
    archive, out = raw("oulu_npu"), tmp_path / "out"
    video = (archive / "Train_files/1_1_01_1.avi").read_bytes()
    names = ["=1+1.avi", "+1.avi", "@SUM(A1).avi", "-rf.avi", "Jörg 3.avi", "new\nline.avi", "red\x1b[31m.avi"]
    for name in names:
        (archive / name).write_bytes(video)
    Path(os.fsdecode(os.fsencode(archive) + b"/latin\xe9.avi")).write_bytes(video)
    status, told, printed = convert("oulu_npu", archive, out, workers=workers)
    assert status == 1
    assert {*told} == {
        *("'=1+1.avi", "'+1.avi", "'@SUM(A1).avi", "'-rf.avi", "Jörg 3.avi"),
        *("new\\x0aline.avi", "red\\x1b[31m.avi", "latin\\xe9.avi"),
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
