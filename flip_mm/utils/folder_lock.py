# SPDX-License-Identifier: Apache-2.0
"""Lock a folder with a lock of the operating system, which ends when its process ends, also after a crash."""

from __future__ import annotations

import errno
import os
import socket
import warnings
from contextlib import suppress
from pathlib import Path

if os.name == "nt":
    import msvcrt
else:
    import fcntl

# Errors if another process holds the lock, and if the file system has no locks.
HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
UNKNOWN = (errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
# On Windows a locked byte cannot be read: lock one far after the text.
FAR = 1 << 30
LONGEST = 200

# File -> process that locked it: a forked child inherits this table, but no lock. A POSIX lock is lost when its process closes
# any descriptor of the file, so every file is opened only once.
_held: dict[Path, int] = {}


class FolderLock:
    """A lock on a folder for one kind of work; a second lock in the same process has no effect.

    It uses POSIX record locks (``fcntl.lockf``) instead of ``flock``: dataloader workers are forked, and a forked process keeps
    a ``flock`` after ``kill -9`` of its parent.

    Args:
        folder: An existing folder.
        work: Name of the lock, ``'training'`` or ``'test'``. Locks with different names do not exclude each other.

    Raises:
        BlockingIOError: Another process holds the lock; the message names it, if it is known, and says what to do.
        OSError: The folder cannot be written.
    """

    def __init__(self, folder: str | Path, work: str) -> None:
        self.path = Path(folder).resolve() / f".{work}.lock"
        self._descriptor: int | None = None
        if _held.get(self.path) != os.getpid():
            self._descriptor = _acquire(self.path, work)
            _held[self.path] = os.getpid()

    def release(self) -> None:
        """Release the lock and remove its file; no effect if another object in this process holds it."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None or _held.get(self.path) != os.getpid():
            return
        del _held[self.path]
        # Remove before closing; on Windows this fails and the file is kept.
        with suppress(OSError):
            self.path.unlink()
        os.close(descriptor)

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _acquire(path: Path, work: str) -> int:
    """Lock the file and return its descriptor."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            _lock(descriptor)
            if _is_same_file(descriptor, path):
                _write_holder(descriptor)
                return descriptor
        except OSError as error:
            if error.errno in UNKNOWN:
                warnings.warn(
                    f"The file system of '{path.parent}' has no locks ({error.strerror}): make sure that only one {work} "
                    "writes into this folder.",
                    stacklevel=3,
                )
                return descriptor
            holder = _read_holder(descriptor)
            os.close(descriptor)
            if error.errno not in HELD:
                raise
            raise BlockingIOError(
                error.errno,
                f"Another {work} is writing into '{path.parent}'{holder}. Nothing was changed: wait until it ends, or choose "
                "another folder with --work-dir",
            ) from None
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        os.lseek(descriptor, FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_same_file(descriptor: int, path: Path) -> bool:
    """Whether the file still has this name; its last holder may have removed it between opening and locking."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _write_holder(descriptor: int) -> None:
    """Write who holds the lock, for the error message."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())


def _read_holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, LONGEST).decode("utf-8", errors="replace").strip()
    return f" ({text})" if text.isprintable() and text else ""
