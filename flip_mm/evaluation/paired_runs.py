# SPDX-License-Identifier: Apache-2.0
"""Find the scores of two methods on the same videos: same run, same seeds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from flip_mm.utils.text import first_few

from .checks import Floats, Ints
from .functional import auc, eer_threshold
from .paired import errors
from .record_files import method_of, read_record_file
from .score_file import ScoreFile, read_score_file

# The file of a test, or that of the validation that chose the best checkpoint.
FILES = ("scores_target.csv", "val_scores_target.csv")


class RunScores(NamedTuple):
    """The video scores of one training; the videos are sorted by name.

    Attributes:
        method: Name of the config without its ending.
        run: Protocol and run, ``'p1 ICM->O'``.
        seed: Seed of the training; None if unknown.
        rule: How the checkpoint was chosen.
        videos: (N,) names.
        labels: (N,).
        scores: (N,).
        path: The score file.
    """

    method: str
    run: str
    seed: int | None
    rule: str
    videos: np.ndarray
    labels: Ints
    scores: Floats
    path: Path


class Pair(NamedTuple):
    """K trainings of each of two methods in one run; the arrays are (K, N), the K of both have the same seeds.

    Attributes:
        first, second: Names of the methods.
        run: Protocol and run.
        seeds: The K seeds.
        labels: (N,).
        scores: Those of the first and of the second method.
        errors: Wrong decisions at each training's threshold, see :func:`~flip_mm.evaluation.paired.errors`.
        left_out: Seeds that only one of the methods has.
    """

    first: str
    second: str
    run: str
    seeds: tuple[int | None, ...]
    labels: Ints
    scores: tuple[Floats, Floats]
    errors: tuple[Ints, Ints]
    left_out: tuple[int | None, ...]

    def auc(self, which: int) -> float:
        """Mean AUC of a method over its seeds."""
        return float(np.mean([auc(row, self.labels) for row in self.scores[which]]))

    def hters(self, which: int) -> Floats:
        """HTER of each seed of a method, (K,)."""
        real = self.labels == 1
        return (self.errors[which][:, real].mean(1) + self.errors[which][:, ~real].mean(1)) / 2


def read_runs(*places: str | Path) -> list[RunScores]:
    """Read the scores of all trainings in folders; a training has a ``record.json`` beside its score file.

    Args:
        places: Folders that contain work dirs at any depth. Names of folders have no meaning.

    Returns:
        One entry per score file: the test's, or else the validation's.

    Raises:
        FileNotFoundError: There is no score file with a record.
        ValueError: A file is damaged; the message names it.
    """
    found = []
    for record in sorted(path for place in places for path in Path(place).rglob("record.json")):
        file = next((record.parent / name for name in FILES if (record.parent / name).is_file()), None)
        if file is not None:
            found.append(_run_scores(method_of(read_record_file(record)), read_score_file(file), file))
    if not found:
        raise FileNotFoundError(
            f"{', '.join(map(str, places))}: no folder holds a record.json and one of {', '.join(FILES)}: give work dirs."
        )
    return found


def pair_runs(runs: Iterable[RunScores], first: str, second: str, threshold: float | None = None) -> list[Pair]:
    """Pair the trainings of two methods.

    Args:
        runs: See :func:`read_runs`.
        first: Name of a config.
        second: Name of another config.
        threshold: A fixed threshold; None fits one on the target scores of each training, as in published tables (an oracle).

    Returns:
        One pair per run that both methods have.

    Raises:
        ValueError: A method has no run, or the same run and seed twice; no run has a seed in common; checkpoints were chosen by
            different rules; or the videos or their labels differ.
    """
    groups = [_by_run([run for run in runs if run.method == name], name, runs) for name in (first, second)]
    pairs = []
    for name in (name for name in groups[0] if name in groups[1]):
        own, other = groups[0][name], groups[1][name]
        if seeds := [seed for seed in own if seed in other]:
            pairs.append(_pair(own, other, seeds, threshold))
    if not pairs:
        raise ValueError(
            f"'{first}' and '{second}' have no run and seed in common: train both with the same --target and --seed."
        )
    return pairs


def _pair(own: Mapping, other: Mapping, seeds: list, threshold: float | None) -> Pair:
    chosen = [[group[seed] for seed in seeds] for group in (own, other)]
    base = chosen[0][0]
    for run in (run for group in chosen for run in group):
        if run.rule != base.rule:
            raise ValueError(
                f"'{run.path}' has checkpoint rule '{run.rule}', '{base.path}' has '{base.rule}': compare results of one rule."
            )
        if not (np.array_equal(run.videos, base.videos) and np.array_equal(run.labels, base.labels)):
            raise ValueError(f"'{run.path}' and '{base.path}' hold different videos or labels: they have no paired test.")
    scores = tuple(np.stack([run.scores for run in group]) for group in chosen)
    wrong = tuple(
        np.stack(
            [errors(base.labels, row, eer_threshold(row, base.labels) if threshold is None else threshold) for row in rows]
        )
        for rows in scores
    )
    left_out = sorted((own.keys() ^ other.keys()) - {None})
    return Pair(base.method, chosen[1][0].method, base.run, tuple(seeds), base.labels, scores, wrong, tuple(left_out))


def _by_run(runs: list[RunScores], name: str, known: Iterable[RunScores]) -> dict[str, dict[int | None, RunScores]]:
    if not runs:
        names = sorted({run.method for run in known})
        raise ValueError(f"There is no training of '{name}'; there are {first_few(names, 12)}.")
    groups: dict[str, dict[int | None, RunScores]] = {}
    for run in runs:
        earlier = groups.setdefault(run.run, {}).setdefault(run.seed, run)
        if earlier is not run:
            raise ValueError(f"'{earlier.path}' and '{run.path}' are the same run and seed of '{name}': leave one out.")
    return groups


def _run_scores(method: str, file: ScoreFile, path: Path) -> RunScores:
    table, known = file.frames.at_level("video"), file.provenance
    names = table.videos
    order = np.argsort(names, kind="stable")
    run = f"{known.protocol} {known.run}".strip() if known else ""
    rule = known.selection if known else ""
    seed = known.seed if known else None
    return RunScores(method, run, seed, rule, names[order], table.label[order], table.score[order], path)
