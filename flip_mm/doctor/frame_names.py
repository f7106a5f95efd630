# SPDX-License-Identifier: Apache-2.0
"""What the paths of images say; each path is parsed once, however many checks ask."""

from __future__ import annotations

from typing import NamedTuple

from flip_mm.datasets.naming import FrameName, parse_name

from .disk import Disk

FOLDER_LABELS = {"real": "real", "fake": "spoof"}


class ImageName(NamedTuple):
    """An image on disk.

    Attributes:
        domain: A key of :data:`~flip_mm.datasets.protocols.DOMAINS`.
        label: ``'real'`` or ``'spoof'``: the name's, else that of a folder ``real`` or ``fake``, else ''.
        name: What the name says; None where it is no official one.
    """

    domain: str
    label: str
    name: FrameName | None


class NameReader:
    """Parses paths and remembers what they say."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], FrameName | None] = {}

    def read(self, domain: str, path: str) -> FrameName | None:
        """What a path inside ``frame/`` says; None where it is no official name of the domain."""
        key = domain, path
        if key not in self._known:
            try:
                self._known[key] = parse_name(domain, path)
            except ValueError:
                self._known[key] = None
        return self._known[key]

    def add(self, domain: str, path: str, name: FrameName) -> None:
        """Remember what a path says that follows from another one."""
        self._known[domain, path] = name

    def images(self, disk: Disk) -> dict[str, ImageName]:
        """Path of every image on disk -> what is known of it."""
        return {path: self._image(domain, path) for domain, images in disk.images.items() for path in images}

    def _image(self, domain: str, path: str) -> ImageName:
        if name := self.read(domain, path):
            return ImageName(domain, name.label, name)
        labels = (FOLDER_LABELS[folder] for folder in path.split("/")[:-1] if folder in FOLDER_LABELS)
        return ImageName(domain, next(labels, ""), None)
