# SPDX-License-Identifier: Apache-2.0
"""Where the images of a data root are: files under ``frame/``, or entries of the LMDB ``frame.lmdb`` of a packed data root."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

PACK = "frame.lmdb"
# Part of the path of an image in a packed data root: frame.lmdb/msu/train/real/a.png.
INSIDE = f"{PACK}{os.sep}"


class ImageFolder:
    """Image files under ``frame/``.

    Attributes:
        name: Name of the folder.
        prefix: The path of an image is ``prefix`` + its path inside ``frame/``.
    """

    name = "frame"

    def __init__(self, root: str | Path) -> None:
        self.prefix = os.path.join(root, self.name, "")

    def missing(self, files: Iterable[str]) -> list[str]:
        """Return the files that do not exist, with one listing per folder.

        Args:
            files: Paths inside ``frame/``, with ``/``.
        """
        expected: dict[str, list[str]] = defaultdict(list)
        for file in files:
            folder, _, name = file.rpartition("/")
            expected[folder].append(name)
        missing = []
        for folder, names in expected.items():
            path = self.prefix + folder
            present = {entry.name for entry in os.scandir(path)} if os.path.isdir(path) else set()
            missing += [f"{folder}/{name}" if folder else name for name in names if name not in present]
        return missing


class ImagePack:
    """Images in the LMDB of a packed data root; the keys are their paths inside ``frame/``.

    Attributes:
        name: Name of the LMDB's folder.
        prefix: As for :class:`ImageFolder`; :func:`read_image_file` reads such a path.
    """

    name = PACK

    def __init__(self, root: str | Path) -> None:
        self.prefix = os.path.join(root, self.name, "")

    def missing(self, files: Iterable[str]) -> list[str]:
        """Return the files that the pack does not have; reads only keys."""
        with environment(self.prefix).begin() as transaction, transaction.cursor() as cursor:
            # Neighbours in the file are looked up one after another.
            return [file for file in sorted(files) if not cursor.set_key(os.fsencode(file))]


def is_packed(root: str | Path) -> bool:
    """Return whether ``flip_mm pack`` wrote this data root."""
    return os.path.isdir(os.path.join(root, PACK))


def image_source(root: str | Path) -> ImageFolder | ImagePack:
    """Return where the images of a data root are.

    Raises:
        ValueError: It has both ``frame/`` and ``frame.lmdb``.
    """
    if not is_packed(root):
        return ImageFolder(root)
    if os.path.isdir(os.path.join(root, "frame")):
        raise ValueError(
            f"The data root '{root}' has both frame/ and {PACK}, so it is unclear which images count: move one of them away. "
            "To add a data set to a packed data root, add it to the root that was packed, and pack that again."
        )
    return ImagePack(root)


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
    if not inside:
        # Imported here: it takes seconds, and packing needs none of it.
        from mmengine import fileio

        return fileio.get(path)
    with environment(root + inside).begin() as transaction:
        data = transaction.get(os.fsencode(file))
    if data is None:
        raise FileNotFoundError(f"'{file}' is not in the pack '{root}{PACK}'.")
    return data


def environment(path: str) -> Any:
    """Return the LMDB in a folder, opened once per process.

    Raises:
        ValueError: It is damaged.
        ImportError: The extra ``pack`` is not installed.
    """
    if path not in _opened:
        # An LMDB must not be opened twice in a process, perhaps by another path.
        same = (opened for other, opened in _opened.items() if os.path.samefile(other, path))
        _opened[path] = next(same, None) or open_pack(path)
    return _opened[path]


def close_packs() -> None:
    """Close all LMDBs; the next reading opens them again."""
    for opened in _opened.values():
        opened.close()
    _opened.clear()


# Folder -> open LMDB. A forked process can neither use that of its parent nor open it again, so it must not inherit it.
_opened: dict[str, Any] = {}
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=close_packs)


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
