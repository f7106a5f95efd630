# SPDX-License-Identifier: Apache-2.0
"""The training and the checkpoint that scores come from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from .selection import RULES, SelectionRule, get_rule

# Lists of the target that may train without labels.
UNLABELLED = ("train", "test")
TEST_TIME = "saw target images in the test (adapts to them)"


@dataclass(frozen=True)
class Provenance:
    """The training and the checkpoint that scores come from. ``''`` or None means unknown.

    Attributes:
        protocol: ``'p1'``.
        run: ``'OCI->M'``.
        seed: Seed of the training.
        checkpoint: File name without folder.
        iteration: Iteration of the checkpoint.
        selection: Name of the selection rule, see :mod:`~flip_mm.evaluation.selection`.
        selection_metric: Metric of the selection, ``'target/HTER'``.
        shots: Labelled target images per class in training; 0 for none.
        unlabelled: List of the target that trained without labels: ``'train'``, ``'test'``; ``''`` or None for none.
        unknown_start: Names of checkpoints that the training started from and that do not say which images they have seen.
        holdout: Share of the source videos that training left out.
        depth: Where the depth maps of the training came from; ``''`` if it had none.
        adapted: ``'test'`` if the method adapts to the images of the target that it is tested on; ``''`` if it does not.

    Raises:
        ValueError: The rule is unknown, the checkpoint has a folder, a text has more than one line or invisible characters, or
            a number is negative.
    """

    protocol: str = ""
    run: str = ""
    seed: int | None = None
    checkpoint: str = ""
    iteration: int | None = None
    selection: str = ""
    selection_metric: str = ""
    shots: int | None = None
    unlabelled: str | None = None
    unknown_start: str = ""
    holdout: float | None = None
    depth: str = ""
    adapted: str = ""

    def __post_init__(self) -> None:
        for name in ("protocol", "run", "checkpoint", "selection", "selection_metric", "unknown_start", "depth", "adapted"):
            if not isinstance(text := getattr(self, name), str) or not text.isprintable():
                raise ValueError(f"{name} must be text in one line, without invisible characters, got {text!a}.")
        if self.selection:
            object.__setattr__(self, "selection", get_rule(self.selection).name)
        if "/" in self.checkpoint or "\\" in self.checkpoint:
            raise ValueError(f"checkpoint must be the name of a file without its folder, got {self.checkpoint!r}.")
        if self.unlabelled and self.unlabelled not in UNLABELLED:
            raise ValueError(f"unlabelled must be 'train', 'test' or None, got {self.unlabelled!r}.")
        for name in ("seed", "iteration", "shots", "holdout"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, (int, float) if name == "holdout" else int):
                raise ValueError(f"{name} must be a number, got {value!r}.")
            if value is not None and value < 0:
                raise ValueError(f"{name} must be 0 or more, got {value}.")

    @property
    def rule(self) -> SelectionRule | None:
        """The selection rule; None if unknown."""
        return RULES.get(self.selection)

    @property
    def is_oracle(self) -> bool:
        """Whether the checkpoint was chosen with labels of the target, so that the metrics are optimistic."""
        return self.rule is not None and self.rule.uses_target

    @property
    def target_seen(self) -> str:
        """Description of the target images in training and, if the method adapts to them, in the test; ``''`` if unknown."""
        return "; ".join(filter(None, (self._trained_on, TEST_TIME if self.adapted else "")))

    @property
    def _trained_on(self) -> str:
        images = "image" if self.shots == 1 else "images"
        seen = [f"{self.shots} labelled target {images} per class"] if self.shots else []
        if self.unlabelled:
            seen.append(f"the target's {self.unlabelled} images without labels")
        known = f"trained on {' and '.join(seen)}" if seen else ""
        if self.unknown_start:
            unknown = f"unknown what {self.unknown_start}, the start of the training, has seen of the target"
            return "; ".join(filter(None, (known, unknown)))
        return known or ("" if self.shots is None else "no target images in training")

    @property
    def origin(self) -> str:
        """Protocol, run, seed, checkpoint and iteration, if known."""
        at = "" if self.iteration is None else f"iteration {self.iteration}"
        file = f"{self.checkpoint} ({at})" if self.checkpoint and at else self.checkpoint or at
        seed = "" if self.seed is None else f"seed {self.seed}"
        return ", ".join(filter(None, (f"{self.protocol} {self.run}".strip(), seed, file)))

    @property
    def selection_text(self) -> str:
        """Description of the selection rule; ``''`` without a checkpoint."""
        if self.rule is None:
            return "unknown how the checkpoint was chosen" if self.checkpoint else ""
        by = f" by {self.selection_metric}" if self.selection_metric else ""
        return f"{self.rule.meaning}{by} ('{self.rule.name}'{', oracle, optimistic' if self.is_oracle else ''})"

    def line(self) -> str:
        """Return all known values in one line.

        Example:
            >>> Provenance("p1", "OCI->M", seed=0, checkpoint="iter_400.pth", selection="last", shots=0).line()
            "p1 OCI->M, seed 0, iter_400.pth; checkpoint of the last iteration ('last'); no target images in training"
        """
        depth = f"trained with depth: {self.depth}" if self.depth else ""
        return "; ".join(filter(None, (self.origin, self.selection_text, self.target_seen, depth)))

    def to_dict(self) -> dict[str, Any]:
        """Return all values and ``checkpoint_oracle``, for JSON."""
        return asdict(self) | dict(checkpoint_oracle=self.is_oracle)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Provenance:
        """Build it from :meth:`to_dict`. Unknown keys are ignored."""
        return cls(**{field.name: values[field.name] for field in fields(cls) if field.name in values})
