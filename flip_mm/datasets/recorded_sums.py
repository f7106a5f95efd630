# SPDX-License-Identifier: Apache-2.0
"""Read the SHA-256 sums of images from the manifests of a data root."""

from __future__ import annotations

import csv
import io
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from flip_mm.utils.csv_cells import unquote_cell
from flip_mm.utils.files import read_utf8

from .data_roots import DataRoots, root_of
from .protocols import DOMAINS

LINE = re.compile(r"[^\n]*\n|[^\n]+")


def manifest_path(root: Path | DataRoots, domain: str) -> Path:
    """Path of the manifest, in which the converter of a data set records its images.

    Example:
        >>> manifest_path(Path("data/MCIO"), "M").as_posix()
        'data/MCIO/preparation/msu/manifest.csv'
    """
    return root_of(root, domain) / "preparation" / DOMAINS[domain] / "manifest.csv"


def recorded_sums(root: Path | DataRoots, domains: Iterable[str]) -> dict[str, str]:
    """Read the sums in the manifests of data sets.

    Args:
        root: Data root.
        domains: Keys of ``DOMAINS``. Domains without a manifest, or with one of an earlier version, have no sums.

    Returns:
        Path inside ``frame/``, with ``/`` -> SHA-256 in hexadecimal digits.

    Raises:
        ValueError: A manifest is damaged.
        OSError: A manifest cannot be read.
    """
    sums: dict[str, str] = {}
    for path in (manifest_path(root, domain) for domain in domains):
        if path.is_file():
            sums |= _read(path)
    return sums


def _read(path: Path) -> dict[str, str]:
    rows = csv.reader(_lines(read_utf8(path)))
    try:
        columns = {name: number for number, name in enumerate(next(rows, []))}
        if "file" not in columns:
            raise ValueError("its first line does not name the column 'file'")
        file, digest = columns["file"], columns.get("sha256", sys.maxsize)
        # Programs that edited the file may have written backslashes or upper case.
        return {
            unquote_cell(row[file]).replace("\\", "/"): text.lower()
            for row in rows
            if len(row) > max(file, digest) and (text := row[digest].strip())
        }
    except (csv.Error, ValueError) as error:
        raise ValueError(
            f"'{path}' is no manifest of a conversion: {error}. Restore it, or move it away to train without its sums."
        ) from error


def _lines(text: str) -> Iterable[str]:
    """Lines with their ends; a StringIO stores four bytes for each character."""
    return io.StringIO(text, newline="") if "\r" in text else (match[0] for match in LINE.finditer(text))
