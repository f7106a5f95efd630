# SPDX-License-Identifier: Apache-2.0
"""Which images of a data set train and which are tested, before a list is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .frame_name import original_split


@dataclass(frozen=True)
class ListRule:
    """What the lists of a data set name.

    Attributes:
        train: Whose lines train: ``'all'``, or those in the folder ``'train'``.
        test: Whose lines are tested: ``'all'``, those in the folder ``'test'``, or ``'none'``.
        shots: Lines per class that are drawn out of those that are tested, a fifth of them where that is less.
        undivided: Whether a data set without images in the folder ``test`` trains and is tested as a whole.
    """

    train: str = "train"
    test: str = "test"
    shots: int = 0
    undivided: bool = False

    def divide(self, lines: Mapping[str, Sequence[str]]) -> dict[str, tuple[list[str], list[str]]]:
        """Divide lines of a data set.

        Args:
            lines: Class -> lines.

        Returns:
            Class -> lines that train, lines that may be tested, each in their order.

        Example:
            >>> ListRule(train="all").divide({"real": ["cefa/train/real/a.jpg", "cefa/test/real/b.jpg"]})
            {'real': (['cefa/train/real/a.jpg', 'cefa/test/real/b.jpg'], ['cefa/test/real/b.jpg'])}
        """
        whole = self.undivided and all(original_split(line) != "test" for own in lines.values() for line in own)
        train, test = ("all", "all") if whole else (self.train, self.test)
        return {name: (_take(own, train), _take(own, test)) for name, own in lines.items()}


# Data sets beyond the published protocols, and registered ones.
OWN_FOLDERS = ListRule(undivided=True)


def _take(lines: Sequence[str], folder: str) -> list[str]:
    return [line for line in lines if folder == "all" or (folder != "none" and original_split(line) == folder)]
