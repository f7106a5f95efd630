# SPDX-License-Identifier: Apache-2.0
"""``python -m flip_mm.experiments.child PARENT ARGUMENTS``: the command ``flip_mm``, which ends when its parent is killed."""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """On Linux: let this process get SIGTERM when its parent ends, also after ``kill -9``; elsewhere without effect.

    Args:
        parent: Process id of the parent. If that has already ended, this process ends.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]))
    sys.argv[1:] = sys.argv[2:]
    runpy.run_module("flip_mm", run_name="__main__", alter_sys=True)
