# SPDX-License-Identifier: Apache-2.0
"""Packing a data root: what is packed, what is refused, and what an interruption leaves."""

import multiprocessing
import os
import shutil
import sys

import lmdb
import pytest

from flip_mm.doctor.diagnosis import check_dataset
from flip_mm.preparation import pack as packing
from flip_mm.preparation.pack import listed_images, pack
from flip_mm.preparation.places import Places, check_places
from flip_mm.synthetic.shortcuts import shortcut_baselines
from flip_mm.utils.folder_lock import FolderLock


@pytest.fixture
def out(tmp_path):
    return tmp_path / "packed"


def content(out):
    """Key -> value of a pack."""
    with lmdb.open(str(out / "frame.lmdb"), readonly=True, lock=False) as database, database.begin() as transaction:
        return {bytes(key).decode(): bytes(value) for key, value in transaction.cursor()}


def files(root):
    return {path.relative_to(root / "frame").as_posix(): path for path in (root / "frame").rglob("*.*")}


def manifest(root, text="file,sha256\n"):
    path = root / "preparation/msu/manifest.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (path.parent / "settings.json").write_text("{}")
    return path


def test_a_pack_has_the_bytes_of_all_listed_images_the_lists_and_the_manifests(mcio, out):
    manifest(mcio)
    result = pack(mcio, out)
    packed = content(out)
    assert packed == {name: path.read_bytes() for name, path in files(mcio).items()}
    assert result == (len(packed), sum(map(len, packed.values())), 0)
    lists = {path.name: path.read_bytes() for path in (mcio / "txt").iterdir()}
    assert {path.name: path.read_bytes() for path in (out / "txt").iterdir()} == lists
    others = {path.relative_to(out).as_posix() for path in out.rglob("*.*") if path.is_file()}
    assert others == {"frame.lmdb/data.mdb", "preparation/msu/manifest.csv", *(f"txt/{name}" for name in lists)}
    assert not list(out.parent.glob("*.part"))


def test_only_listed_images_or_all(mcio, out, tmp_path):
    extra = mcio / "frame/msu/train/real/extra.png"
    extra.write_bytes(b"pixels")
    (extra.parent / "notes.txt").write_text("text")
    pack(mcio, out)
    assert "msu/train/real/extra.png" not in content(out)
    everything = tmp_path / "all"
    pack(mcio, everything, all_images=True)
    assert content(everything) == content(out) | {"msu/train/real/extra.png": b"pixels"}


def test_second_frames_are_required_where_they_are_tested(mcio, out):
    required, optional = listed_images(mcio)
    assert all(name.endswith("_frame1.png") for name in optional)
    train = next(name for name in optional if "/train/" in name)
    (mcio / "frame" / train).unlink()
    pack(mcio, out)
    assert train not in content(out)
    tested = next(name for name in required if name.endswith("_frame1.png"))
    (mcio / "frame" / tested).unlink()
    shutil.rmtree(out)
    with pytest.raises(FileNotFoundError, match=f"1 of {len(required)} images .* are missing: .*{tested}"):
        pack(mcio, out)


def test_all_missing_images_are_counted(mcio, out):
    required = listed_images(mcio).required
    lost = [name for name in required if name.startswith("msu/train/")]
    shutil.rmtree(mcio / "frame/msu/train")
    with pytest.raises(FileNotFoundError, match=f"^{len(lost)} of {len(required)} images"):
        pack(mcio, out)
    assert not list(out.parent.glob("packed*"))


@pytest.mark.parametrize("after", [0, 1, 3])
def test_an_interrupted_packing_continues(mcio, out, monkeypatch, after):
    monkeypatch.setattr(packing, "CHUNK", 16)
    read, calls = packing._read, []

    def interrupted(path):
        calls.append(path)
        if len(calls) > 16 * after + 5:
            raise KeyboardInterrupt
        return read(path)

    monkeypatch.setattr(packing, "_read", interrupted)
    with pytest.raises(KeyboardInterrupt):
        pack(mcio, out, workers=1)
    assert not out.exists()
    monkeypatch.setattr(packing, "_read", read)
    assert pack(mcio, out).continued == 16 * after
    assert content(out) == {name: path.read_bytes() for name, path in files(mcio).items()}


@pytest.mark.parametrize("keep_time", [False, True])
def test_an_image_that_changes_between_two_packings_is_packed_anew(mcio, out, monkeypatch, keep_time):
    verify = packing._verify
    monkeypatch.setattr(packing, "_verify", lambda part, sizes: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pack(mcio, out)
    path = mcio / "frame" / max(listed_images(mcio).required)
    before = path.stat()
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes()[::-1])
    if keep_time:
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)
    monkeypatch.setattr(packing, "_verify", verify)
    assert pack(mcio, out).continued == 0
    assert content(out) == {name: path.read_bytes() for name, path in files(mcio).items()}


def test_a_named_pipe_is_no_image(mcio, out):
    path = mcio / "frame" / max(listed_images(mcio).required)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(FileNotFoundError, match=r"1 of .* images .* are missing"):
        pack(mcio, out)


@pytest.mark.parametrize("change", ["list", "garbage"])
def test_remains_of_another_packing_are_replaced(mcio, out, change):
    part = out.with_name("packed.part")
    if change == "garbage":
        (part / "frame.lmdb").mkdir(parents=True)
        (part / "frame.lmdb/data.mdb").write_bytes(b"\0" * 10000)
    else:
        pack(mcio, out, all_images=True)
        os.rename(out, part)
        path = mcio / "txt/celeb_real_train.txt"
        path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    assert pack(mcio, out).continued == 0
    assert set(content(out)) == {*listed_images(mcio).required, *listed_images(mcio).optional}


def test_a_file_that_changes_meanwhile_is_refused(mcio, out, monkeypatch):
    read = packing._read
    monkeypatch.setattr(packing, "_read", lambda path: read(path) + b"more")
    with pytest.raises(ValueError, match=r"\.png' changed during the packing"):
        pack(mcio, out)
    assert not out.exists()


@pytest.mark.parametrize(
    ("key", "words"),
    [(None, "it has 155 images in place of 156"), ("celeb/fake/a.png", "'celeb/real/.*' differs from its file")],
)
def test_a_pack_that_differs_from_the_files_is_refused(mcio, out, monkeypatch, key, words):
    write = packing._write_images

    def write_other(root, part, sizes, pool):
        write(root, part, sizes, pool)
        with lmdb.open(str(part / "frame.lmdb"), lock=False) as database, database.begin(write=True) as transaction:
            transaction.delete(max(os.fsencode(file) for file in sizes))
            if key:
                transaction.put(key.encode(), b"bytes")
        return 0

    monkeypatch.setattr(packing, "_write_images", write_other)
    with pytest.raises(ValueError, match=f"packed.part' is not what was to be packed: {words}. Remove it"):
        pack(mcio, out)
    assert not out.exists()


def test_a_full_disk(mcio, out, full_disk):
    with (
        full_disk(100_000),
        pytest.raises(OSError, match=r"packed.part' was not written \(.*\). Remove the cause and pack again"),
    ):
        pack(mcio, out)
    assert not out.exists()
    assert pack(mcio, out).images == 156


def test_too_little_space(mcio, out, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**6, 0, 10**6))
    with pytest.raises(OSError, match=r"The pack needs 0\.0 GB, but '.*' has only 0\.0 GB: choose another OUT"):
        pack(mcio, out)


def hold_lock(folder, locked, end):
    with FolderLock(folder, "packing"):
        locked.set()
        end.wait()


def test_a_second_packing_at_the_same_time_is_refused(mcio, out):
    part, fork = out.with_name("packed.part"), multiprocessing.get_context("fork")
    part.mkdir()
    locked, end = fork.Event(), fork.Event()
    other = fork.Process(target=hold_lock, args=(part, locked, end))
    other.start()
    try:
        assert locked.wait(60)
        with pytest.raises(BlockingIOError, match="Another process is packing into"):
            pack(mcio, out)
    finally:
        end.set()
        other.join()
    assert pack(mcio, out).images == 156


@pytest.mark.parametrize(
    ("break_it", "error", "words"),
    [
        (lambda root, out: out.mkdir(), FileExistsError, "exists, and nothing is overwritten"),
        (lambda root, out: shutil.rmtree(root / "txt"), ValueError, "is no data root: it has no folder txt/"),
        (lambda root, out: shutil.rmtree(root / "frame"), ValueError, "is no data root: it has no folder frame/"),
        (lambda root, out: (root / "frame.lmdb").mkdir(), ValueError, "is packed already"),
        (
            lambda root, out: [path.unlink() for path in (root / "txt").iterdir()],
            ValueError,
            "has no list of a known data set; --import names a module",
        ),
        (
            lambda root, out: (root / "txt/msu_real_train.txt").write_text("msu/train/real/real_a_frame1.png\n"),
            ValueError,
            r"msu_real_train.txt': the line 'msu/train/real/real_a_frame1.png' names frame 1",
        ),
    ],
)
def test_what_cannot_be_packed_is_refused(mcio, out, break_it, error, words):
    break_it(mcio, out)
    with pytest.raises(error, match=words):
        pack(mcio, out)


def test_a_folder_inside_the_data_root_is_refused(mcio):
    with pytest.raises(ValueError, match="is inside the data root"):
        pack(mcio, mcio / "frame/packed")


def test_a_path_that_is_too_long_for_a_key_is_refused(mcio, out):
    line = f"celeb/real/{'x' * 200}/{'y' * 200}/{'z' * 200}.jpg"
    (mcio / "frame" / line).parent.mkdir(parents=True)
    (mcio / "frame" / line).write_bytes(b"bytes")
    with pytest.raises(ValueError, match=r"x/y+/z+\.jpg' has more than 511 bytes"):
        pack(mcio, out, all_images=True)


def test_without_lmdb_the_error_names_the_extra(mcio, out, monkeypatch):
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(ImportError, match=r'pip install "flip_mm\[pack\]"'):
        pack(mcio, out)


def test_other_tools_on_a_packed_data_root(mcio, out):
    pack(mcio, out)
    with pytest.raises(ValueError, match="is a packed data root: check the data root that was packed"):
        check_dataset(out)
    with pytest.raises(ValueError, match="is a packed data root: add to the data root that was packed"):
        check_places(Places(raw=mcio, out=out, domain="M"))
    samples = [[sample(root, name) for name in listed_images(mcio).required] for root in (mcio / "frame", out / "frame.lmdb")]
    files, packed = (shortcut_baselines(each[::2], each[1::2]) for each in samples)
    assert files == packed


def sample(folder, name):
    return dict(img_path=str(folder / name), gt_label=int("/real/" in name), video_id=name)
