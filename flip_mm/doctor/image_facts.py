# SPDX-License-Identifier: Apache-2.0
"""Read every image once, as training reads it, and measure its properties."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import struct
import warnings
from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import cv2
from PIL import ExifTags, Image
from tqdm import tqdm

from flip_mm.media.decoding import decode_image
from flip_mm.media.quality import grey_brightness, sharpness
from flip_mm.utils.process_pool import process_pool

from .perceptual_hash import perceptual_hash

# Sharpness is compared at the input size of the networks.
SIDE = 224
# Side of the small luma image that confirms near duplicates after the comparison of hashes.
SMALL = 16
# Metadata: chunks of PNG, and what Pillow finds in other formats.
JPEG = b"\xff\xd8"
PNG = b"\x89PNG\r\n\x1a\n"
PNG_CHUNKS = {b"eXIf": "EXIF", b"tEXt": "text", b"zTXt": "text", b"iTXt": "text"}
METADATA = {"xmp": "XMP", "photoshop": "IPTC", "comment": "text"}


class ImageFacts(NamedTuple):
    """Measured properties of an image.

    Attributes:
        error: Why training cannot read it, then all other attributes are empty; '' if it can.
        digest: Hash of the file's bytes.
        phash: Perceptual hash, 64 bits.
        small: (16, 16) uint8 luma, as bytes.
        width: In pixels.
        height: In pixels.
        sharpness: Variance of the Laplacian at 224 x 224.
        brightness: Mean luma in 0..1.
        spread: Largest minus smallest luma, 0..255.
        metadata: Kinds of metadata in the file, e.g. ``('EXIF', 'GPS')``.
        doubtful: Whether it is a JPEG that is damaged according to FFmpeg, without a sum in a manifest.
    """

    error: str = ""
    digest: bytes = b""
    phash: int = 0
    small: bytes = b""
    width: int = 0
    height: int = 0
    sharpness: float = 0.0
    brightness: float = 0.0
    spread: int = 0
    metadata: tuple[str, ...] = ()
    doubtful: bool = False


def inspect_image(path: str, folder: Path, sha256: str = "") -> ImageFacts:
    """Read one image as training reads it, and measure it.

    Args:
        path: Relative to ``folder``.
        folder: ``frame/`` of the data root.
        sha256: Sum in a manifest; '' if there is none.

    Returns:
        Its properties, or the error if it cannot be read.
    """
    from flip_mm.media.ffmpeg_check import ffmpeg_refuses

    file = folder / path
    try:
        data = _bytes(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image, metadata = decode_image(data, sha256), _metadata(data)
    except Exception as error:  # decoders may raise any exception
        return ImageFacts(f"{type(error).__name__}: {str(error).replace(str(folder), 'frame')}")
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    seen = image if (height, width) == (SIDE, SIDE) else cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return ImageFacts(
        digest=hashlib.sha256(data).digest(),
        phash=perceptual_hash(grey),
        small=cv2.resize(grey, (SMALL, SMALL), interpolation=cv2.INTER_AREA).tobytes(),
        width=width,
        height=height,
        sharpness=sharpness(seen),
        brightness=grey_brightness(grey),
        spread=int(grey.max()) - int(grey.min()),
        metadata=metadata,
        doubtful=data.startswith(JPEG) and not sha256 and ffmpeg_refuses(data),
    )


def _bytes(file: Path) -> bytes:
    # Reading a pipe could block forever.
    if not stat.S_ISREG(os.stat(file).st_mode):
        raise ValueError("it is no regular file")
    return file.read_bytes()


def inspect_images(
    paths: Sequence[str], folder: Path, workers: int, sums: Mapping[str, str] | None = None
) -> dict[str, ImageFacts]:
    """Inspect images in several processes, with a progress bar on a terminal.

    Args:
        paths: Relative to ``folder``.
        folder: ``frame/`` of the data root.
        workers: Processes.
        sums: Path -> SHA-256 of the file, if a manifest has it.

    Returns:
        Path -> facts, in the order of ``paths``.

    Raises:
        ImportError: ImageHash or PyAV is not installed.
        concurrent.futures.process.BrokenProcessPool: The system killed a process, for example because memory ran out.
    """
    try:
        import av  # noqa: F401  both before forking, so that a missing package is reported once
        import imagehash  # noqa: F401
    except ImportError as error:
        raise ImportError('Checking images needs ImageHash and PyAV: pip install "flip_mm[prepare]"') from error
    expected = [sums.get(path, "") if sums else "" for path in paths]
    with tqdm(total=len(paths), unit="image", desc="read", disable=None) as bar:
        facts_by_path = {}
        if workers == 1 or len(paths) < 64:
            for path, sha256 in zip(paths, expected, strict=True):
                facts_by_path[path] = inspect_image(path, folder, sha256)
                bar.update()
            return facts_by_path
        with process_pool(workers) as pool:
            results = pool.map(inspect_image, paths, repeat(folder), expected, chunksize=16)
            for path, facts in zip(paths, results, strict=True):
                facts_by_path[path] = facts
                bar.update()
    return facts_by_path


def _metadata(data: bytes) -> tuple[str, ...]:
    """Kinds of metadata in a readable file."""
    chunks = set(_png_chunks(data))
    kinds = {kind for chunk, kind in PNG_CHUNKS.items() if chunk in chunks}
    if chunks and b"eXIf" not in chunks:
        # Pillow would have to decode the pixels to find chunks after them.
        return tuple(sorted(kinds))
    try:
        with Image.open(io.BytesIO(data)) as image:
            kinds |= {kind for key, kind in METADATA.items() if image.info.get(key)}
            if exif := image.getexif():
                kinds |= {"EXIF", "GPS"} if exif.get_ifd(ExifTags.IFD.GPSInfo) else {"EXIF"}
    except Exception:  # damaged metadata do not stop training
        kinds.add("EXIF")
    return tuple(sorted(kinds))


def _png_chunks(data: bytes) -> Iterator[bytes]:
    """Names of the chunks of a PNG; none for other formats."""
    position = len(PNG) if data.startswith(PNG) else len(data)
    while position + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, position)
        yield name
        position += 12 + length
