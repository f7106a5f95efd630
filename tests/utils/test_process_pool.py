# SPDX-License-Identifier: Apache-2.0
import multiprocessing
import os
import signal
import sys
import threading
import time

import cv2
import numpy as np
import pytest

from flip_mm.utils.process_pool import process_pool


def test_no_process_waits_for_opencvs_threads_of_its_parent():
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        cv2.GaussianBlur(np.zeros((800, 800, 3), np.float32), (0, 0), 5)
        with process_pool(1, cv2.setNumThreads, 1) as pool:
            assert pool.submit(abs, -3).result(timeout=120) == 3
    finally:
        cv2.setNumThreads(before)


def sleep(folder):
    (folder / str(os.getpid())).touch()
    time.sleep(300)


def wait_for_workers(folder):
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup ignores it
    with process_pool(2) as pool:
        list(pool.map(sleep, [folder] * 20))


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("ended_by", ["SIGTERM", "SIGHUP", "SIGKILL"])
def test_no_process_outlives_its_parent(ended_by, tmp_path, wait, running):
    parent = multiprocessing.get_context("fork").Process(target=wait_for_workers, args=(tmp_path,))
    parent.start()
    wait(lambda: len(list(tmp_path.iterdir())) == 2)
    os.kill(parent.pid, getattr(signal, ended_by))
    parent.join()
    assert parent.exitcode == -getattr(signal, ended_by)
    wait(lambda: not any(running(int(path.name)) for path in tmp_path.iterdir()))


def wait_for(end):
    while not end.exists():
        time.sleep(0.05)


def interrupt(end, futures):
    with process_pool(1) as pool:
        futures += [pool.submit(wait_for, end) for _ in range(50)]
        raise KeyboardInterrupt


def test_an_interrupted_pool_drops_what_has_not_begun(tmp_path, wait):
    end, futures = tmp_path / "end", []

    def end_when_dropped():
        try:
            wait(lambda: futures and futures[-1].cancelled())
        finally:
            end.touch()

    thread = threading.Thread(target=end_when_dropped)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        interrupt(end, futures)
    thread.join()
    # One runs, and two wait in the queue of the process.
    assert sum(future.cancelled() for future in futures) >= 47
