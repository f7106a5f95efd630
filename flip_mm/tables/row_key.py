# SPDX-License-Identifier: Apache-2.0
"""What all results of a row share, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flip_mm.evaluation.marks import TEST_TIME, needs_depth, saw_unlabelled, without_aux
from flip_mm.evaluation.results import Result
from flip_mm.utils.text import first_few

from .data_kind import REAL, data_kind
from .known_lists import compare_lists
from .methods import Method
from .trainings import Training


@dataclass(frozen=True)
class RowKey:
    """What all results of a row share, see :class:`~flip_mm.evaluation.results.Result`."""

    method: str
    protocol: str
    sources: str = ""
    shots: int = 0
    unlabelled: str = ""
    holdout: float = 0.0
    data: str = REAL
    tested_holdout: float | None = None
    unknown_start: str = ""
    is_warm: bool = False
    weights: str = "raw"
    has_aux: bool = True
    depth: str = ""
    test_time: bool = False

    @classmethod
    def of(cls, result: Result, with_sources: bool = False) -> RowKey:
        """Return the key of a result.

        Args:
            result: The result.
            with_sources: Whether the sources name the row, because the targets are columns.
        """
        known = result.provenance
        return cls(
            method=result.method,
            protocol=known.protocol,
            sources=known.run.partition("->")[0] if with_sources else "",
            shots=known.shots or 0,
            unlabelled=known.unlabelled or "",
            holdout=known.holdout or 0.0,
            data=data_kind(result.is_synthetic, result.data),
            tested_holdout=result.holdout if result.holdout != known.holdout else None,
            unknown_start=known.unknown_start,
            is_warm=result.is_warm,
            weights=result.weights,
            has_aux=result.aux != (),
            depth=result.depth,
            test_time=result.test_time,
        )

    def is_of(self, training: Training) -> bool:
        """Return whether the results of a training would be in this row."""
        names = ("method", "protocol", "shots", "unlabelled", "holdout", "data")
        return all(getattr(self, name) == getattr(training, name) for name in names)

    @property
    def setting(self) -> str:
        """Shots, and everything in which the training or test differs from the usual one."""
        parts = [f"{self.shots}-shot" + (", saw target images" if self.shots else "")]
        if self.sources:
            parts.insert(0, f"trained on {self.sources}")
        if self.unlabelled:
            parts.append(saw_unlabelled(self.unlabelled))
        if self.test_time:
            parts.append(TEST_TIME)
        if self.unknown_start:
            parts.append(f"unknown what {self.unknown_start}, its start, has seen of the target")
        elif self.is_warm:
            parts.append("started from a checkpoint")
        if self.holdout:
            parts.append(f"trained on {100 * (1 - self.holdout):g} % of the source videos")
        if self.tested_holdout is not None:
            parts.append(f"tested with holdout {self.tested_holdout:g}")
        if self.weights != "raw":
            parts.append(f"{self.weights} weights")
        if self.depth:
            parts.append(needs_depth(self.depth))
        if not self.has_aux and (without := without_aux(self.protocol)):
            parts.append(without)
        if self.data:
            parts.append(self.data)
        return "; ".join(parts)

    def not_comparable(self, method: Method | None = None) -> str:
        """Say why no published row may be beside it; ``''`` if one may.

        Args:
            method: The method of another paper that the row repeats; None for those of the paper itself.
        """
        if self.data:
            return f"{self.data}: not comparable with published values"
        if self.holdout:
            return "published trainings use all source videos: no published row beside it"
        adapts = bool(method and method.unlabelled)
        if self.unknown_start or self.is_warm or (self.unlabelled and not adapts):
            start = "no other checkpoint" if method else "CLIP"
            return f"published trainings start from {start} and see no target images without labels: no published row beside it"
        if adapts and not self.unlabelled:
            return "the published training saw target images without labels: no published row beside it"
        if method and self.has_aux and not method.aux and (without := without_aux(self.protocol)):
            return f"the published training is {without}: no published row beside it"
        if self.weights != "raw":
            return f"published values are those of raw weights, not of {self.weights} weights: no published row beside it"
        return ""


def lists_remark(results: Iterable[Result]) -> str:
    """Say which lists of a row are not those of the authors of FLIP; ``''`` if all are."""
    found = {one.name: one for result in results for one in compare_lists(result.data)}
    if not found:
        return "unknown lists: the record holds no hashes"
    other = [name for name, one in found.items() if not one.is_same]
    return f"{len(other)} of {len(found)} lists are not the authors': {first_few(other, most=3)}" if other else ""
