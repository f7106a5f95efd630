# SPDX-License-Identifier: Apache-2.0
import multiprocessing
import os
import re
import signal
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from flip_mm.datasets.forking import process_pool

ROOT = Path(__file__).parents[2]


def test_no_process_waits_for_opencvs_threads_of_its_parent():
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        cv2.GaussianBlur(np.zeros((800, 800, 3), np.float32), (0, 0), 5)
        with process_pool(1, cv2.setNumThreads, 1) as pool:
            assert pool.submit(abs, -3).result(timeout=30) == 3
    finally:
        cv2.setNumThreads(before)


def sleep(folder):
    (folder / str(os.getpid())).touch()
    time.sleep(60)


def wait_for_workers(folder):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it
    with process_pool(2) as pool:
        list(pool.map(sleep, [folder] * 20))


def wait(condition):
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def running(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("ended_by", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_no_process_outlives_its_parent(ended_by, tmp_path):
    parent = multiprocessing.get_context("fork").Process(target=wait_for_workers, args=(tmp_path,))
    parent.start()
    wait(lambda: len(list(tmp_path.iterdir())) == 2)
    os.kill(parent.pid, getattr(signal, ended_by))
    parent.join(timeout=30)
    assert parent.exitcode == -getattr(signal, ended_by)
    wait(lambda: not any(running(int(path.name)) for path in tmp_path.iterdir()))


def nap(folder):
    (folder / f"{os.getpid()}_{time.monotonic_ns()}").touch()
    time.sleep(0.5)


def interrupt(folder):
    with process_pool(1) as pool:
        next(iter(pool.map(nap, [folder] * 50)))
        raise KeyboardInterrupt


def test_an_interrupted_pool_drops_what_has_not_begun(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        interrupt(tmp_path)
    # One is done, one runs, and one waits in the queue of the process.
    assert len(list(tmp_path.iterdir())) <= 4


def test_all_pools_are_started_here():
    files = [*ROOT.glob("flip_mm/**/*.py"), *ROOT.glob("tools/**/*.py")]
    own = {path.name for path in files if re.search(r"ProcessPoolExecutor\(|\.Pool\(|\.Process\(", path.read_text())}
    assert own == {"forking.py"}
