# SPDX-License-Identifier: Apache-2.0
"""Pack a data root: all image files in one LMDB, for file systems that are slow with many small files."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

from flip_mm.datasets.image_source import PACK, image_prefix, import_lmdb, is_packed, open_pack
from flip_mm.datasets.lists import LIST_KINDS, list_path, read_list
from flip_mm.datasets.protocols import DOMAINS
from flip_mm.datasets.recorded_sums import manifest_path
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.labels import LIST_WORDS
from flip_mm.media.file_types import is_image_name
from flip_mm.utils.files import name_in_errors
from flip_mm.utils.folder_lock import FolderLock
from flip_mm.utils.text import first_few
from flip_mm.utils.tree import Kind, walk_tree

# Images that are read ahead, and written in one transaction.
CHUNK = 512
# LMDB stores an image in whole pages, each with a header; keys and tree need about a hundred bytes per image.
PAGE = 4096
HEADER = 16
PER_IMAGE = 256
SPARE = 1 << 24


class Packed(NamedTuple):
    """What was packed.

    Attributes:
        images: Number of images.
        size: Sum of the sizes of their files in bytes.
        continued: Number of images that an interrupted packing had written.
    """

    images: int
    size: int
    continued: int


class ListedImages(NamedTuple):
    """Images that the lists of a data root name, as paths inside ``frame/``.

    Attributes:
        required: Every line, and the second frames that a test adds.
        optional: Second frames of other lists: only ``--holdout`` and protocol ``intra`` test them.
    """

    required: set[str]
    optional: set[str]


def pack(root: Path, out: Path, all_images: bool = False, workers: int = 8) -> Packed:
    """Write a packed data root: ``frame.lmdb`` with the image files, and copies of the lists and manifests.

    It is written as ``OUT.part`` and renamed when it is complete and verified. An interrupted packing is
    continued, or started again if images that it wrote changed.

    Args:
        root: The data root.
        out: The packed data root; it must not exist.
        all_images: Pack every image under ``frame/``, not only those that the lists name.
        workers: Threads that read files.

    Raises:
        FileExistsError: ``out`` exists.
        FileNotFoundError: An image that a list names is missing.
        ValueError: ``root`` is no data root or is packed already, a list has a wrong line, a path is too long for a key, an
            image changed meanwhile, or ``out`` is inside ``root``.
        OSError: The disk has too little space, or a file cannot be read or written.
        ImportError: The extra ``pack`` is not installed.
    """
    import_lmdb()
    _check_places(root, out)
    listed = listed_images(root)
    with ThreadPoolExecutor(workers) as pool:
        sizes = _sizes(root, listed, all_images, pool)
        part = out.with_name(f"{out.name}.part")
        with name_in_errors(part):
            part.mkdir(parents=True, exist_ok=True)
        with _lock(part):
            _check_space(part, sizes)
            continued = _write_images(root, part, sizes, pool)
            _verify(part, sizes)
            _copy_texts(root, part)
    os.replace(part, out)
    return Packed(len(sizes), sum(sizes.values()), continued)


def listed_images(root: Path) -> ListedImages:
    """Return the images that the lists of all data sets name.

    Raises:
        ValueError: There is no list, or a list has a wrong line.
    """
    required: set[str] = set()
    optional: set[str] = set()
    for domain, name, kind in product(DATA_SETS, LIST_WORDS, LIST_KINDS):
        path = list_path(root, domain, name, kind)
        if not path.is_file():
            continue
        for line in read_list(path):
            try:
                first, *second = DATA_SETS[domain].frames_to_test(line)
            except ValueError as error:
                raise ValueError(f"'{path}': {error}") from error
            required.add(first)
            (required if kind == "test" else optional).update(second)
    if not required:
        raise ValueError(f"'{root / 'txt'}' has no list of a known data set; --import names a module that registers yours.")
    return ListedImages(required, optional - required)


def unknown_lists(root: Path) -> list[str]:
    """Return the names of lists in ``txt/`` that belong to no known data set."""
    known = {list_path(root, *key).name for key in product(DATA_SETS, LIST_WORDS, LIST_KINDS)}
    ends = tuple(f"_{word}_{kind}.txt" for word in LIST_WORDS.values() for kind in LIST_KINDS)
    return sorted(path.name for path in (root / "txt").iterdir() if path.name.endswith(ends) and path.name not in known)


def _check_places(root: Path, out: Path) -> None:
    if is_packed(root):
        raise ValueError(f"'{root}' is packed already: copy the folder, or pack the data root that it was made from.")
    for part in ("txt", "frame"):
        if not (root / part).is_dir():
            raise ValueError(f"'{root}' is no data root: it has no folder {part}/.")
    if root.resolve() in out.resolve().parents:
        raise ValueError(f"OUT '{out}' is inside the data root '{root}': choose a folder outside of it.")
    if os.path.lexists(out):
        raise FileExistsError(f"OUT '{out}' exists, and nothing is overwritten: choose another name, or remove it.")


def _sizes(root: Path, listed: ListedImages, all_images: bool, pool: ThreadPoolExecutor) -> dict[str, int]:
    """Size of every image file, in the order of the keys.

    Raises:
        FileNotFoundError: An image is missing.
    """
    files = listed.required | listed.optional
    if all_images:
        entries = walk_tree(root / "frame", once=True)
        files |= {entry.path for entry in entries if entry.kind is Kind.FILE and is_image_name(entry.path)}
    ordered = sorted(files, key=os.fsencode)
    prefix = image_prefix(root)
    found = _in_order(pool, lambda file: _size(prefix + file), ordered)
    found = tqdm(found, "check", len(ordered), unit="image", disable=None)
    sizes = dict(zip(ordered, found, strict=True))
    if missing := [file for file in ordered if sizes[file] is None and file in listed.required]:
        raise FileNotFoundError(
            f"{len(missing)} of {len(listed.required)} images that the lists in '{root / 'txt'}' name are missing: "
            f"{first_few([prefix + file for file in missing])}. `flip_mm doctor` shows all findings."
        )
    return {file: size for file, size in sizes.items() if size is not None}


def _in_order(pool: ThreadPoolExecutor, function: Callable[[str], Any], files: Sequence[str]) -> Iterator[Any]:
    """As ``pool.map``, which would make an object for each of ten million files."""
    for first in range(0, len(files), CHUNK):
        yield from pool.map(function, files[first : first + CHUNK])


def _size(path: str) -> int | None:
    """Size of a file; None for anything else, such as a folder or a named pipe, which would block a reader."""
    try:
        found = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _lock(part: Path) -> FolderLock:
    try:
        return FolderLock(part, "packing")
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, f"Another process is packing into '{part}': wait until it ends") from None


def _check_space(part: Path, sizes: dict[str, int]) -> None:
    written = sum(entry.stat().st_size for entry in os.scandir(part / PACK)) if is_packed(part) else 0
    need, free = _space(sizes.values()) - written, shutil.disk_usage(part).free
    if need > free:
        raise OSError(
            errno.ENOSPC,
            f"The pack needs {need / 1e9:.1f} GB, but '{part.parent}' has only {free / 1e9:.1f} GB: choose another OUT",
        )


def _space(sizes: Collection[int]) -> int:
    """Estimate of the size of the LMDB in bytes, rather too large."""
    return sum(-(-(HEADER + size) // PAGE) * PAGE + PER_IMAGE for size in sizes) + SPARE


def _write_images(root: Path, part: Path, sizes: dict[str, int], pool: ThreadPoolExecutor) -> int:
    """Append all images in the order of their keys; return how many were written before.

    Raises:
        ValueError: A path is too long, or a file changed.
        OSError: A file cannot be read or written.
    """
    lmdb = import_lmdb()
    files, prefix = list(sizes), image_prefix(root)
    # A folder changes when a file is created in it, so this is when an interrupted packing began.
    began = (part / PACK).stat().st_mtime_ns if is_packed(part) else 0
    try:
        start = _written(lmdb, part, files)
        if start and any(_in_order(pool, lambda file: _changed(prefix + file, began), files[:start])):
            start = 0
            shutil.rmtree(part / PACK)
        with (
            # Only one process writes, see _lock().
            lmdb.open(str(part / PACK), map_size=2 * _space(sizes.values()), lock=False) as database,
            tqdm(total=len(files), initial=start, desc="pack", unit="image", disable=None) as bar,
        ):
            longest = database.max_key_size()
            if wrong := next((file for file in files if len(os.fsencode(file)) > longest), None):
                raise ValueError(f"The path '{wrong}' has more than {longest} bytes, the limit of a pack: shorten it.")
            for first in range(start, len(files), CHUNK):
                chunk = files[first : first + CHUNK]
                with database.begin(write=True) as transaction:
                    for file, data in zip(chunk, pool.map(lambda file: _read(prefix + file), chunk), strict=True):
                        if len(data) != sizes[file]:
                            raise ValueError(f"'{prefix + file}' changed during the packing: pack again.")
                        transaction.put(os.fsencode(file), data, append=True)
                bar.update(len(chunk))
    except lmdb.Error as error:
        raise OSError(f"'{part}' was not written ({error}). Remove the cause and pack again: it continues.") from error
    return start


def _changed(path: str, since: int) -> bool:
    """Whether a file was written, replaced or renamed after a time in nanoseconds."""
    found = os.stat(path)
    return max(found.st_mtime_ns, found.st_ctime_ns) > since


def _written(lmdb: Any, part: Path, files: Sequence[str]) -> int:
    """Number of images that an interrupted packing wrote; 0, and removes them, if they are not the first ones of ``files``."""
    if not is_packed(part):
        return 0
    try:
        with lmdb.open(str(part / PACK), readonly=True, lock=False) as database, database.begin() as transaction:
            count = transaction.stat()["entries"]
            keys = transaction.cursor().iternext(values=False)
            if count <= len(files) and all(key == os.fsencode(file) for key, file in zip(keys, files, strict=False)):
                return count
    except lmdb.Error:
        pass
    shutil.rmtree(part / PACK)
    return 0


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _verify(part: Path, sizes: dict[str, int]) -> None:
    """Compare names and sizes in the pack with those of the files."""
    with open_pack(str(part / PACK)) as database, database.begin(buffers=True) as transaction:
        count = transaction.stat()["entries"]
        pairs = zip(transaction.cursor(), sizes.items(), strict=False)
        wrong = next(
            (file for (key, data), (file, size) in pairs if (bytes(key), len(data)) != (os.fsencode(file), size)), None
        )
    if count != len(sizes) or wrong is not None:
        problem = f"it has {count} images in place of {len(sizes)}" if wrong is None else f"'{wrong}' differs from its file"
        raise ValueError(f"'{part}' is not what was to be packed: {problem}. Remove it, and pack again.")


def _copy_texts(root: Path, part: Path) -> None:
    """Copy lists and manifests."""
    with name_in_errors(part):
        (part / "txt").mkdir(exist_ok=True)
        for path in (root / "txt").iterdir():
            if path.is_file():
                shutil.copy2(path, part / "txt")
        for manifest in (manifest_path(root, domain) for domain in DOMAINS):
            if manifest.is_file():
                copy = part / manifest.relative_to(root)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(manifest, copy)
