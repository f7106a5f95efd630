# SPDX-License-Identifier: Apache-2.0
"""Handle Ctrl-C and SIGTERM: say what was saved and how to continue."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from flip_mm.utils.files import short_path

POINTER = "last_checkpoint"
SIGNALS = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
# Seconds.
REPEATED = 5


class Interrupted(KeyboardInterrupt):
    """An interruption with a message for the user; the message is '' in processes that print nothing."""


@contextmanager
def interruptible() -> Iterator[Stop]:
    """Let Ctrl-C and SIGTERM raise one ``KeyboardInterrupt``: torchrun repeats the signal while the process ends.

    A signal that the process ignores or already handles is not changed.

    Yields:
        Says whether a signal came. Python drops a ``KeyboardInterrupt`` that is raised in a destructor, and a worker that dies
        of the same signal raises another error.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    ours = [number for number, handler in SIGNALS.items() if signal.getsignal(number) is handler]
    for number in ours:
        signal.signal(number, stop)
    report_dropped = sys.unraisablehook
    sys.unraisablehook = lambda dropped: None if stop.is_ours(dropped.exc_value) else report_dropped(dropped)
    try:
        yield stop
    finally:
        sys.unraisablehook = report_dropped
        if not stop.is_requested:
            for number in ours:
                signal.signal(number, SIGNALS[number])


class Stop:
    """Handles the first signal and ignores repeated ones; after some seconds they have their usual effect again."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.since: float | None = None
        self._raised: KeyboardInterrupt | None = None

    @property
    def is_requested(self) -> bool:
        """Whether a signal came."""
        return self.since is not None

    def is_ours(self, error: BaseException | None) -> bool:
        """Return whether a signal raised this error."""
        return error is not None and error is self._raised

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` if a signal came."""
        if self.is_requested:
            raise KeyboardInterrupt

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal."""
        now = time.monotonic()
        if os.getpid() != self.process and number == signal.SIGINT:
            # A terminal sends it to all processes, and the parent ends its dataloader workers.
            return
        if os.getpid() != self.process or (self.since is not None and now - self.since > REPEATED):
            signal.signal(number, SIGNALS[number])
            os.kill(os.getpid(), number)
        elif self.since is None:
            self.since = now
            # A cluster also ends dataloader workers, and torch's handler would raise an error for each.
            if hasattr(signal, "SIGCHLD"):
                signal.signal(signal.SIGCHLD, lambda number, frame: None)
            self._raised = KeyboardInterrupt()
            raise self._raised


def last_checkpoint(folder: Path) -> tuple[str, int]:
    """Return the path of the work dir's last checkpoint, and the time it was written; ('', 0) if there is none."""
    pointer = folder / POINTER
    try:
        path = pointer.read_text(encoding="utf-8", errors="replace").strip()
        return (path, pointer.stat().st_mtime_ns) if Path(path).is_file() else ("", 0)
    except OSError:
        return "", 0


def best_checkpoints(folder: Path) -> dict[str, int]:
    """Return the names of the best checkpoints in the work dir, and the times they were written."""
    return {path.name: path.stat().st_mtime_ns for path in sorted(folder.glob("best_*.pth"))}


def training_message(
    before: tuple[str, int], after: tuple[str, int], is_resumed: bool, command: str, best: Sequence[str] = ()
) -> str:
    """Return the message for an interrupted training.

    Args:
        before: :func:`last_checkpoint` before the training started.
        after: :func:`last_checkpoint` now.
        is_resumed: Whether the training resumed an earlier one of this work dir.
        command: The command to continue.
        best: Names of the best checkpoints that the training wrote; they have no optimizer state.
    """
    best_only = f"saved: {', '.join(best)} (cannot be resumed)" if best else ""
    if not after[0] or (after == before and not is_resumed):
        nothing = f"nothing to resume from; {best_only}" if best else "nothing was saved"
        return f"Interrupted before the first checkpoint: {nothing}."
    number = re.fullmatch(r"(iter|epoch)_(\d+)", Path(after[0]).stem)
    at = f"{'iteration' if number[1] == 'iter' else 'epoch'} {number[2]}, " if number else ""
    nothing = f"Interrupted, {best_only or 'nothing new was saved'}. The last checkpoint is"
    new = nothing if after == before else "Interrupted. Saved:"
    return f"{new} {at}{short_path(after[0])}\nContinue with: {command}"


def resume_command(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the command that continues a training.

    Args:
        arguments: ``sys.argv`` of the training.
        environment: Environment variables, which show whether torchrun or Slurm started it.
    """
    program, *rest = _without(arguments, "--resume")
    start = ["python", short_path(program)] if program.endswith(".py") else Path(program).name.split()
    if "TORCHELASTIC_RUN_ID" in environment or "SLURM_PROCID" in environment:
        if environment.get("GROUP_WORLD_SIZE") != "1" or rest[:1] == [] or rest[0].startswith("-"):
            return "the command that started it, with --resume at its end"
        config, *rest = _without(rest, "--launcher")
        script = os.path.join(os.path.dirname(program), "dist_train.sh")
        start = ["bash", short_path(script), config, environment["LOCAL_WORLD_SIZE"]]
    return shlex.join([*start, *rest, "--resume"])


def _without(arguments: Sequence[str], option: str) -> list[str]:
    """Arguments without an option and its value."""
    kept: list[str] = []
    previous = ""
    for word in arguments:
        is_value = previous == option and not word.startswith("-")
        if not (is_value or word == option or word.startswith(f"{option}=")):
            kept.append(word)
        previous = word
    return kept
