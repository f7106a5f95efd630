# SPDX-License-Identifier: Apache-2.0
from concurrent.futures import ProcessPoolExecutor

import cv2
import numpy as np

from flip_mm.datasets.forking import pool_context


def test_no_process_waits_for_opencvs_threads_of_its_parent():
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        cv2.GaussianBlur(np.zeros((800, 800, 3), np.float32), (0, 0), 5)
        with ProcessPoolExecutor(1, pool_context(), cv2.setNumThreads, (1,)) as pool:
            assert pool.submit(abs, -3).result(timeout=30) == 3
    finally:
        cv2.setNumThreads(before)
