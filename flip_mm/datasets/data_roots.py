# SPDX-License-Identifier: Apache-2.0
"""One data root, or several that each hold some of the data sets: ``MCIO=/data/MCIO,WCS=/data/WCS``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from flip_mm.labels import LIST_WORDS

from .sets import DATA_SETS

# `flip_mm synth` writes this file into the data root of a synthetic set.
SYNTHETIC_MARKER = "synthetic.json"
KINDS = ("train", "test", "shot")
NAMED = re.compile(r"[\w-]+=")
BETWEEN = re.compile(rf",(?={NAMED.pattern})")


class DataRoots(os.PathLike):
    """Several data roots. Each domain is read from the only one that has a list of it.

    Args:
        folders: Name -> data root. Under the name of a domain a data root is read for this domain only, in place of any other.

    Raises:
        FileNotFoundError: A data root has no folder ``txt/``.
    """

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self.folders = dict(folders)
        self._found: dict[str, Path] = {}
        for name, folder in self.folders.items():
            if not (folder / "txt").is_dir():
                wrong = "has no folder txt/" if folder.is_dir() else "is no folder"
                raise FileNotFoundError(
                    f"The data root {name}='{folder}' {wrong}: it must contain txt/ with lists and frame/ with images."
                )

    def __str__(self) -> str:
        """Return the text that :func:`parse_roots` reads."""
        return ",".join(f"{name}={folder}" for name, folder in self.folders.items())

    def __fspath__(self) -> str:
        """Return the same text, for messages that name a path."""
        return str(self)

    def of(self, domain: str) -> Path:
        """Return the data root of a domain.

        Raises:
            FileNotFoundError: No data root has a list of the domain.
            ValueError: Several have one.
        """
        if domain not in self._found:
            self._found[domain] = self.folders.get(domain) or self._search(domain)
        return self._found[domain]

    def _search(self, domain: str) -> Path:
        names = [f"{DATA_SETS[domain].stem}_{word}_{kind}.txt" for word in LIST_WORDS.values() for kind in KINDS]
        found = {
            name: folder
            for name, folder in self.folders.items()
            if name not in DATA_SETS and any((folder / "txt" / file).is_file() for file in names)
        }
        if not found:
            raise FileNotFoundError(
                f"No data root has a list of {domain} ({names[0]}): --data-root names {self}. Add the data root of {domain}."
            )
        if len(found) > 1:
            places = " and ".join(f"{name} ('{folder}')" for name, folder in found.items())
            first = next(iter(found.values()))
            raise ValueError(
                f"The data roots {places} both have lists of {domain}: choose one of them by adding {domain}=PATH, such as "
                f"{domain}={first}."
            )
        return next(iter(found.values()))


def parse_roots(text: str | os.PathLike) -> Path | DataRoots:
    """Read a ``data_root``: the path of one data root, or ``NAME=PATH`` of several, separated by commas.

    Raises:
        FileNotFoundError: One of several data roots has no folder ``txt/``.
        ValueError: A name or a path is missing, or a name is there twice.

    Example:
        >>> parse_roots("data/MCIO").as_posix()
        'data/MCIO'
    """
    if isinstance(text, DataRoots):
        return text
    if not NAMED.match(os.fspath(text)) or os.path.exists(text):
        return Path(text)
    folders: dict[str, Path] = {}
    for part in BETWEEN.split(os.fspath(text)):
        name, _, path = part.partition("=")
        if not path.strip():
            raise ValueError(f"--data-root: '{part}' names no folder; write NAME=PATH,NAME=PATH, e.g. MCIO=/a,WCS=/b.")
        name = next((domain for domain in DATA_SETS if domain.lower() == name.lower()), name)
        if name in folders:
            raise ValueError(f"--data-root names {name} twice, '{folders[name]}' and '{path}': keep one of them.")
        folders[name] = Path(path)
    return DataRoots(folders)


def root_of(root: str | os.PathLike, domain: str) -> Path:
    """Return the data root of a domain; ``root`` as for :func:`parse_roots`."""
    root = parse_roots(root) if isinstance(root, str) else root
    return root.of(domain) if isinstance(root, DataRoots) else Path(root)
