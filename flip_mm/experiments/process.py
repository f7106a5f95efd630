# SPDX-License-Identifier: Apache-2.0
"""Run a stage as a process, and say why it failed."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, STDOUT, Popen, TimeoutExpired

from flip_mm.apis.work_dir import WORK
from flip_mm.utils.files import read_tail
from flip_mm.utils.folder_lock import FolderLock
from flip_mm.utils.text import safe_text

from .stage import Stage

COMMAND = (sys.executable, "-m", f"{__package__}.child")
# Seconds.
POLL = 0.2
LOCKED_POLL = 1.0
# A training that gets SIGTERM ends after its step, and its dataloader workers with it.
PATIENCE = 60
# Arithmetic depends on the number of threads: it must not depend on how many processes run in parallel.
THREADS = ("OMP_NUM_THREADS", "1")
# A disk with less space than this, in bytes, is full.
FULL = 1 << 20


def run_process(stage: Stage, environment: Mapping[str, str], stop: threading.Event) -> str:
    """Run a stage and wait for its end; its output is added to ``stage.log``.

    It waits until no other process trains in the work dir: a training may still be running after its runner was killed.

    Args:
        stage: The stage.
        environment: Added to the variables of this process.
        stop: When it is set, the process gets SIGTERM.

    Returns:
        Why it failed in one line; ``''`` if it did not fail.

    Raises:
        OSError: The work dir cannot be written, or the checkpoint of the stage before is missing.
    """
    folder = Path(stage.work_dir)
    folder.mkdir(parents=True, exist_ok=True)
    _wait_for_lock(folder, WORK[stage.action], stop)
    if stop.is_set():
        return "interrupted"
    arguments = stage.command()
    variables = {THREADS[0]: THREADS[1], **os.environ, **environment}
    with stage.log.open("ab") as log:
        log.write(f"$ {shlex.join(['flip_mm', *arguments])}\n".encode())
        log.flush()
        code = _run([*COMMAND, str(os.getpid()), *arguments], variables, log.fileno(), stop)
    return _reason(code, stage.log) if code else ""


def _run(command: Sequence[str], environment: Mapping[str, str], log: int, stop: threading.Event) -> int:
    """Run a process in a session of its own, so that Ctrl-C reaches only this process, and return its exit code."""
    process = Popen(command, env=environment, stdin=DEVNULL, stdout=log, stderr=STDOUT, start_new_session=True)
    try:
        while not stop.is_set():
            with suppress(TimeoutExpired):
                return process.wait(POLL)
        return _end(process)
    except BaseException:
        _end(process)
        raise


def _end(process: Popen) -> int:
    """Ask a process to end, and kill it if it does not."""
    process.terminate()
    try:
        return process.wait(PATIENCE)
    except TimeoutExpired:
        process.kill()
        return process.wait()


def _wait_for_lock(folder: Path, work: str, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            FolderLock(folder, work).release()
            return
        except BlockingIOError:
            stop.wait(LOCKED_POLL)


def _reason(code: int, log: Path) -> str:
    """Why a process failed: the signal, a full disk, or the last line that it printed."""
    last = last_line(log)
    if shutil.disk_usage(log.parent).free < FULL and "No space left" not in last:
        return f"No space left on the disk of '{log.parent}'; the last line before was: {last}"
    if code < 0:
        with suppress(ValueError):
            name = signal.Signals(-code).name
            hint = ", the system does this when memory is short" if name == "SIGKILL" else ""
            return f"ended by {name}{hint}; the last line before was: {last}"
    return last


def last_line(path: Path) -> str:
    """Return the last line of a text file that is not empty, without control characters."""
    lines = read_tail(path).decode("utf-8", errors="replace").replace("\r", "\n").split("\n")
    return safe_text(next((line.strip() for line in reversed(lines) if line.strip()), ""), keep="")
