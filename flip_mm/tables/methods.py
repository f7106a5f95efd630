# SPDX-License-Identifier: Apache-2.0
"""The methods that the paper compares with: how exactly the shipped configs repeat them, and what their training saw."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flip_mm.evaluation.marks import TEST_TIME, needs_depth, saw_unlabelled, without_aux

FILE = Path(__file__).parent / "published/methods.json"
# Grade of a re-implementation -> what it means.
GRADES = {
    "E": "exact from the authors' code",
    "P": "from the paper or another's code, with choices",
    "S": "in the spirit of the paper only",
}
IN_SPIRIT = "S"
# Further configs of a method: for the synthetic data set, with the batches of protocol 2.
TWINS = ("_demo", "_p2")


@dataclass(frozen=True)
class Method:
    """A method of another paper.

    Attributes:
        title: Name of our row.
        row: Name of its published rows.
        grade: A key of :data:`GRADES`.
        aux: Whether the published training had CelebA-Spoof.
        unlabelled: Unlabelled target images in the published training: those of the ``'train'`` or ``'test'`` list, or of an
            ``'unknown list'``; ``''`` for none.
        test_time: Whether it adapts to target images in the test.
        depth: Whether it trains on depth maps.
        note: What the grade does not say.
    """

    title: str
    row: str
    grade: str
    aux: bool
    unlabelled: str
    test_time: bool
    depth: bool
    note: str

    @property
    def in_spirit(self) -> bool:
        """Whether no published value may be beside our row."""
        return self.grade == IN_SPIRIT

    @property
    def remark(self) -> str:
        """Footnote of our row."""
        return f"{self.title}, re-implemented: {self.about}"

    @property
    def about(self) -> str:
        """Grade and note in words."""
        return f"{GRADES[self.grade]} (grade {self.grade}{f'; {self.note}' if self.note else ''})"

    def marks(self, protocol: str) -> list[str]:
        """Return what tells the published training from a usual one: target images, depth maps, no CelebA-Spoof."""
        found = [saw_unlabelled(self.unlabelled)] if self.unlabelled else []
        found += [TEST_TIME] * self.test_time + [needs_depth("")] * self.depth
        return list(filter(None, [*found, "" if self.aux else without_aux(protocol)]))


@cache
def methods() -> Mapping[str, Method]:
    """Return the methods by the name of their config, without its ending."""
    content = json.loads(FILE.read_text(encoding="utf-8"))["methods"]
    return {name: Method(**values) for name, values in content.items()}


def method_of_config(config: str) -> Method | None:
    """Return the method of a config; None if it is none of these methods."""
    for twin in TWINS:
        config = config.removesuffix(twin)
    return methods().get(config)


def method_of_row(row: str) -> Method | None:
    """Return the method of published rows; None for the paper's own methods."""
    return next((method for method in methods().values() if method.row == row), None)
