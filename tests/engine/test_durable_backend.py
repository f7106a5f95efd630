# SPDX-License-Identifier: Apache-2.0
import errno
import os
import sys

import pytest
from mmengine.fileio import get_file_backend


@pytest.fixture
def backend():
    return get_file_backend(backend_args=dict(backend="durable"))


def test_written_files_can_be_read(backend, tmp_path):
    backend.put(b"\0one", tmp_path / "new/a.pth")
    backend.put_text("zwölf", tmp_path / "new/b")
    assert backend.get(tmp_path / "new/a.pth") == b"\0one"
    assert (tmp_path / "new/b").read_text(encoding="utf-8") == "zwölf"
    assert sorted(os.listdir(tmp_path / "new")) == ["a.pth", "b"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the names of open files from /proc")
def test_file_and_folder_are_flushed_around_the_rename(backend, tmp_path, monkeypatch):
    done, fsync, replace = [], os.fsync, os.replace

    def flush(descriptor):
        done.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        fsync(descriptor)

    monkeypatch.setattr("os.fsync", flush)
    monkeypatch.setattr("os.replace", lambda *paths: (done.append("rename"), replace(*paths)))
    backend.put(b"x", tmp_path / "a.pth")
    assert done == [str(tmp_path / "a.pth.part"), "rename", str(tmp_path)]


@pytest.mark.parametrize(("options", "end"), [({}, "unchanged$"), (dict(advice="do this"), "unchanged; do this$")])
def test_a_full_disk_leaves_the_old_file(full_disk, tmp_path, options, end):
    backend = get_file_backend(backend_args=dict(backend="durable", **options))
    backend.put(b"old", tmp_path / "a.pth")
    with full_disk(1000), pytest.raises(OSError, match=r"File too large: '.*a.pth' \(2,000 bytes\) was not written.*" + end):
        backend.put(bytes(2000), tmp_path / "a.pth")
    assert os.listdir(tmp_path) == ["a.pth"]
    assert (tmp_path / "a.pth").read_bytes() == b"old"


def test_a_disk_that_returns_other_data_is_detected(backend, tmp_path, monkeypatch):
    backend.put(b"old", tmp_path / "a.pth")
    monkeypatch.setattr("os.fsync", lambda _: (tmp_path / "a.pth.part").write_bytes(b"nex"))
    with pytest.raises(OSError, match="reading the file back gives something else") as error:
        backend.put(b"new", tmp_path / "a.pth")
    assert error.value.errno == errno.EIO
    assert (tmp_path / "a.pth").read_bytes() == b"old"
