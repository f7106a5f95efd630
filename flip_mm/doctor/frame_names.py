# SPDX-License-Identifier: Apache-2.0
"""Parse the paths of images; each path is parsed only once."""

from __future__ import annotations

from typing import NamedTuple

from flip_mm.datasets.naming import FrameName, parse_name

from .disk import Disk

FOLDER_LABELS = {"real": "real", "fake": "spoof"}


class ImageName(NamedTuple):
    """An image on disk.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        label: ``'real'`` or ``'spoof'``, from the name or else from a folder ``real`` or ``fake``; '' if unknown.
        name: The parsed name; None if it is no official name.
    """

    domain: str
    label: str
    name: FrameName | None


class NameReader:
    """Parses paths and caches the results."""

    def __init__(self) -> None:
        self._cache: dict[tuple[str, str], FrameName | None] = {}

    def read(self, domain: str, path: str) -> FrameName | None:
        """Parse a path inside ``frame/``; None if it is no official name of the domain."""
        key = domain, path
        if key not in self._cache:
            try:
                self._cache[key] = parse_name(domain, path)
            except ValueError:
                self._cache[key] = None
        return self._cache[key]

    def add(self, domain: str, path: str, name: FrameName) -> None:
        """Add a parsed name to the cache."""
        self._cache[domain, path] = name

    def images(self, disk: Disk) -> dict[str, ImageName]:
        """Path of every image on disk -> its name."""
        return {path: self._image(domain, path) for domain, images in disk.images.items() for path in images}

    def _image(self, domain: str, path: str) -> ImageName:
        if name := self.read(domain, path):
            return ImageName(domain, name.label, name)
        labels = (FOLDER_LABELS[folder] for folder in path.split("/")[:-1] if folder in FOLDER_LABELS)
        return ImageName(domain, next(labels, ""), None)
