# SPDX-License-Identifier: Apache-2.0
"""One writer per folder: a lock of the operating system, which ends with the process that holds it, however that ends."""

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

# What the system answers where another process holds the lock, and where the file system knows no locks.
HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
UNKNOWN = (errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)
# Windows locks a byte against reading, too: one far behind the text that says who holds the lock.
FAR = 1 << 30
LONGEST = 200

# File -> process that locked it: a forked child inherits this table and no lock. A POSIX lock is lost when its process closes
# any descriptor of the file, so that every file is opened once.
_held: dict[Path, int] = {}


class FolderLock:
    """A lock on a folder for one kind of work; whoever asks for it again in the same process leaves it to the first.

    POSIX record locks (``fcntl.lockf``), not ``flock``: dataloader workers are forked, and a forked process keeps a ``flock``
    alive after ``kill -9`` of its parent.

    Args:
        folder: An existing folder.
        work: ``'training'`` or ``'test'``: what is done in it, and the name of the lock. Different kinds do not exclude each
            other.

    Raises:
        BlockingIOError: Another process holds it; the message says which, where it is known, and what to do.
        OSError: The folder cannot be written.
    """

    def __init__(self, folder: str | Path, work: str) -> None:
        self.path = Path(folder).resolve() / f".{work}.lock"
        self._descriptor: int | None = None
        if _held.get(self.path) != os.getpid():
            self._descriptor = _acquire(self.path, work)
            _held[self.path] = os.getpid()

    def release(self) -> None:
        """Give it up and remove its file; without effect on a lock that another owner of this process took."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is None or _held.get(self.path) != os.getpid():
            return
        del _held[self.path]
        # Before it is closed; Windows removes no open file and keeps it.
        with suppress(OSError):
            self.path.unlink()
        os.close(descriptor)

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _acquire(path: Path, work: str) -> int:
    """A descriptor of the locked file."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        try:
            _lock(descriptor)
            if _is(descriptor, path):
                _introduce(descriptor)
                return descriptor
        except OSError as error:
            if error.errno in UNKNOWN:
                warnings.warn(
                    f"The file system of '{path.parent}' has no locks ({error.strerror}): make sure that only one {work} "
                    "writes into this folder.",
                    stacklevel=3,
                )
                return descriptor
            holder = _holder(descriptor)
            os.close(descriptor)
            if error.errno not in HELD:
                raise
            raise BlockingIOError(
                error.errno,
                f"Another {work} is writing into '{path.parent}'{holder}. Nothing was changed: wait for its end, or choose "
                "another folder with --work-dir",
            ) from None
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    if os.name == "nt":
        os.lseek(descriptor, FAR, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is(descriptor: int, path: Path) -> bool:
    """Whether the file still has this name; its last owner may have removed it between opening and locking."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except FileNotFoundError:
        return False


def _introduce(descriptor: int) -> None:
    """Write down who holds the lock, for the message alone."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())


def _holder(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, LONGEST).decode("utf-8", errors="replace").strip()
    return f" ({text})" if text.isprintable() and text else ""
