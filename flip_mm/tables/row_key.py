# SPDX-License-Identifier: Apache-2.0
"""What all results of a row share, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flip_mm.datasets.protocols import AUXILIARY
from flip_mm.datasets.sets import DATA_SETS
from flip_mm.evaluation.results import Result
from flip_mm.utils.text import first_few

from .data_kind import REAL, data_kind
from .known_lists import compare_lists
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
            parts.append(f"saw the target's {self.unlabelled} images without labels")
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
        if not self.has_aux and AUXILIARY.get(self.protocol):
            parts.append(f"without {', '.join(DATA_SETS[domain].title for domain in AUXILIARY[self.protocol])}")
        if self.data:
            parts.append(self.data)
        return "; ".join(parts)

    def not_comparable(self) -> str:
        """Say why no published row may be beside it; ``''`` if one may."""
        if self.data:
            return f"{self.data}: not comparable with published values"
        if self.holdout:
            return "published trainings use all source videos: no published row beside it"
        if self.unlabelled or self.unknown_start or self.is_warm:
            return "published trainings start from CLIP and see no target images without labels: no published row beside it"
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
