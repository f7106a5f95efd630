# SPDX-License-Identifier: Apache-2.0
"""Rule that decides which images of a data set are in its training and test lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .frame_name import original_split


@dataclass(frozen=True)
class ListRule:
    """Rule for the lists of a data set.

    Attributes:
        train: Lines of the training list: ``'all'``, or those in the folder ``'train'``.
        test: Lines of the test list: ``'all'``, those in the folder ``'test'``, or ``'none'``.
        shots: Lines per class that are drawn from the test lines, at most a fifth of them.
        undivided: Whether both lists name all images if the folder ``test`` is empty.
    """

    train: str = "train"
    test: str = "test"
    shots: int = 0
    undivided: bool = False

    def divide(self, lines: Mapping[str, Sequence[str]]) -> dict[str, tuple[list[str], list[str]]]:
        """Split the lines of a data set.

        Args:
            lines: Class -> lines.

        Returns:
            Class -> (training lines, test lines before shots are drawn), in the given order.

        Example:
            >>> ListRule(train="all").divide({"real": ["cefa/train/real/a.jpg", "cefa/test/real/b.jpg"]})
            {'real': (['cefa/train/real/a.jpg', 'cefa/test/real/b.jpg'], ['cefa/test/real/b.jpg'])}
        """
        all_in_both = self.undivided and all(original_split(line) != "test" for of_class in lines.values() for line in of_class)
        train, test = ("all", "all") if all_in_both else (self.train, self.test)
        return {name: (_lines_in(of_class, train), _lines_in(of_class, test)) for name, of_class in lines.items()}


# For data sets that are not in the published protocols, and for registered ones.
TRAIN_TEST_FOLDERS = ListRule(undivided=True)


def _lines_in(lines: Sequence[str], folder: str) -> list[str]:
    return [line for line in lines if folder == "all" or (folder != "none" and original_split(line) == folder)]
