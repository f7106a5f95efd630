# SPDX-License-Identifier: Apache-2.0
import errno
import os
import signal
import time

import pytest
import torch
from torch.utils.data import DataLoader

from flip_mm.utils import folder_lock
from flip_mm.utils.folder_lock import FolderLock

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


@pytest.fixture
def forked():
    """forked(function) -> what it returned in a forked process, or the error that it raised, as text."""

    def run(function):
        read, write = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                answer = str(function())
            except BaseException as error:
                answer = f"{type(error).__name__}: {error}"
            os.write(write, answer.encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as file:
            answer = file.read()
        os.waitpid(pid, 0)
        return answer

    return run


def test_another_process_is_refused_until_the_lock_is_given_up(forked, tmp_path):
    with FolderLock(tmp_path, "training") as lock:
        refused = forked(lambda: FolderLock(tmp_path, "training"))
        assert refused.startswith("BlockingIOError: ")
        assert f"Another training is writing into '{tmp_path}' (process {os.getpid()} on " in refused
        assert refused.endswith("Nothing was changed: wait until it ends, or choose another folder with --work-dir")
        # Asking again in the process that holds it, also from a link, changes nothing.
        (tmp_path / "link").symlink_to(tmp_path)
        FolderLock(tmp_path / "link", "training").release()
        assert "BlockingIOError" in forked(lambda: FolderLock(tmp_path, "training"))
        # Other work, and other folders, are free.
        assert forked(lambda: FolderLock(tmp_path, "test").path.name) == ".test.lock"
    assert not lock.path.exists()
    assert forked(lambda: FolderLock(tmp_path, "training").path) == str(lock.path)


def test_a_file_of_a_dead_process_is_no_lock(forked, tmp_path):
    (tmp_path / ".training.lock").write_text("process 1 on elsewhere\n")
    assert "BlockingIOError" not in forked(lambda: FolderLock(tmp_path, "training"))


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / ".training.lock").symlink_to(tmp_path / "mine")
    with pytest.raises(OSError, match=r"\.training\.lock"):
        FolderLock(tmp_path, "training")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_killed_process_releases_the_lock_although_its_workers_live(tmp_path):
    pid = os.fork()
    if not pid:
        FolderLock(tmp_path, "training")
        loader = iter(DataLoader(torch.arange(100), num_workers=2))
        next(loader)
        (tmp_path / "workers").write_text(" ".join(str(worker.pid) for worker in loader._workers))
        (tmp_path / "ready").touch()
        time.sleep(600)
    deadline = time.monotonic() + 60
    while not (tmp_path / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    workers = [int(word) for word in (tmp_path / "workers").read_text().split()]
    # They would end by themselves within seconds; stopped, they live on.
    for worker in workers:
        os.kill(worker, signal.SIGSTOP)
    try:
        with pytest.raises(BlockingIOError, match=rf"\(process {pid} on "):
            FolderLock(tmp_path, "training")
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        for worker in workers:
            os.kill(worker, 0)
        FolderLock(tmp_path, "training").release()
    finally:
        for worker in workers:
            os.kill(worker, signal.SIGKILL)


def test_the_last_owner_may_remove_the_file_between_opening_and_locking(tmp_path, monkeypatch):
    path, opened, lock = tmp_path / ".training.lock", [], folder_lock._lock

    def remove(descriptor):
        opened.append(os.fstat(descriptor).st_ino)
        if len(opened) == 1:
            path.unlink()
        lock(descriptor)

    monkeypatch.setattr(folder_lock, "_lock", remove)
    with FolderLock(tmp_path, "training"):
        assert len(opened) == 2
        assert path.stat().st_ino == opened[-1]


def test_a_file_system_without_locks_warns(tmp_path, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(folder_lock, "_lock", fail)
    with pytest.warns(UserWarning, match=r"has no locks \(No locks available\): make sure that only one training"):
        FolderLock(tmp_path, "training").release()
