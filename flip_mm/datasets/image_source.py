# SPDX-License-Identifier: Apache-2.0
"""Where the images of a data root are: files under ``frame/``, or entries of the LMDB ``frame.lmdb`` of a packed data root."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACK = "frame.lmdb"
# Part of the path of an image in a packed data root: frame.lmdb/msu/train/real/a.png.
INSIDE = f"{PACK}{os.sep}"


def is_packed(root: str | Path) -> bool:
    """Return whether ``flip_mm pack`` wrote this data root."""
    return os.path.isdir(os.path.join(root, PACK))


def image_prefix(root: str | Path) -> str:
    """Return what is put before a path inside ``frame/``; :func:`read_image_file` reads the result.

    Raises:
        ValueError: The data root has both ``frame/`` and ``frame.lmdb``.

    Example:
        >>> image_prefix("data/MCIO")
        'data/MCIO/frame/'
    """
    packed = is_packed(root)
    if packed and os.path.isdir(os.path.join(root, "frame")):
        raise ValueError(
            f"The data root '{root}' has both frame/ and {PACK}, so it is unclear which images count: move one of them away. "
            "To add a data set to a packed data root, add it to the root that was packed, and pack that again."
        )
    return os.path.join(root, PACK if packed else "frame", "")


def names_in(folder: str) -> Iterator[str]:
    """Return the names in a folder of images, without those in its folders; no name if it does not exist.

    Args:
        folder: Path as for :func:`read_image_file`.
    """
    root, inside, part = os.path.join(folder, "").rpartition(INSIDE)
    if not inside:
        if os.path.isdir(folder):
            with os.scandir(folder) as entries:
                yield from (entry.name for entry in entries)
        return
    prefix = os.fsencode(part.replace(os.sep, "/"))
    with environment(root + inside).begin() as transaction, transaction.cursor() as cursor:
        found = cursor.set_range(prefix)
        while found and (key := cursor.key()).startswith(prefix):
            if b"/" not in (name := key[len(prefix) :]):
                yield os.fsdecode(name)
            found = cursor.next()


def read_image_file(path: str | Path) -> bytes:
    """Return the content of an image file, also of one in a packed data root.

    Args:
        path: ``img_path`` of a sample: a file, an address that mmengine's ``fileio`` reads, or a path such as
            ``data/packed/frame.lmdb/msu/train/real/a.png``.

    Raises:
        OSError: There is no such file or entry.
        ValueError: The pack is damaged.
        ImportError: The path is in a pack, and the extra ``pack`` is not installed.
    """
    root, inside, file = str(path).rpartition(INSIDE)
    if not inside and "://" in str(path):
        # Imported here: it takes seconds, and packing needs none of it.
        from mmengine import fileio

        return fileio.get(path)
    if not inside:
        with open(path, "rb") as opened:
            return opened.read()
    with environment(root + inside).begin() as transaction:
        data = transaction.get(os.fsencode(file.replace(os.sep, "/")))
    if data is None:
        raise FileNotFoundError(f"'{file}' is not in the pack '{root}{PACK}'.")
    return data


def environment(path: str) -> Any:
    """Return the LMDB in a folder, opened once per process.

    Raises:
        ValueError: It is damaged.
        ImportError: The extra ``pack`` is not installed.
    """
    if (opened := _opened.get(path)) is not None:
        return opened
    with _lock:
        # An LMDB must not be opened twice in a process, perhaps by another path or thread.
        same = (opened for other, opened in _opened.items() if os.path.isdir(other) and os.path.samefile(other, path))
        _opened[path] = next(same, None) or open_pack(path)
        return _opened[path]


def close_packs() -> None:
    """Close all LMDBs; the next reading opens them again."""
    for opened in _opened.values():
        opened.close()
    _opened.clear()


# Folder -> open LMDB. A forked process can neither use that of its parent nor open it again, so it must not inherit it.
_opened: dict[str, Any] = {}
_lock = threading.Lock()


def _before_fork() -> None:
    _lock.acquire()
    close_packs()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_lock.release, after_in_child=_lock.release)


def open_pack(path: str) -> Any:
    """Open an LMDB for reading.

    Raises:
        ValueError: It is damaged.
        ImportError: The extra ``pack`` is not installed.
    """
    lmdb = import_lmdb()
    try:
        # No lock: nobody writes into a finished pack, and network file systems may have no locks. No readahead: the order of
        # training is random, so the neighbours that it would load are not needed.
        opened = lmdb.open(path, readonly=True, lock=False, readahead=False, create=False)
    except lmdb.Error as error:
        raise ValueError(f"The pack '{path}' is damaged ({error}): copy it again, or run `flip_mm pack` again.") from error
    pages = opened.info()["last_pgno"] + 1
    if os.path.getsize(os.path.join(path, "data.mdb")) < pages * opened.stat()["psize"]:
        opened.close()
        # Reading behind the end would end the process by SIGBUS.
        raise ValueError(f"The pack '{path}' is truncated: copy it again, or run `flip_mm pack` again.")
    return opened


def import_lmdb() -> Any:
    """Import the package ``lmdb``.

    Raises:
        ImportError: The extra ``pack`` is not installed.
    """
    try:
        import lmdb
    except ImportError as error:
        raise ImportError('Packed data roots need the package lmdb: pip install "flip_mm[pack]"') from error
    return lmdb
