# SPDX-License-Identifier: Apache-2.0
"""Check that results can be averaged over seeds."""

from __future__ import annotations

from collections.abc import Sequence

from flip_mm.utils.text import first_few

from .results import Result

HASHES = (("settings", "config"), ("lists", "lists"), ("initial weights", "start"))


def comparable(results: Sequence[Result], metrics: Sequence[str]) -> dict[int | None, Result]:
    """Return the results of one method, run and rule by their seed.

    Args:
        results: At least one result.
        metrics: Names of the metrics that must be equal in two results of a seed.

    Returns:
        Seed -> result, in ascending order. A result in two records counts once.

    Raises:
        ValueError: They have different settings, lists, initial weights or numbers of processes, or a seed has two different
            results.
    """
    where = place(results[0])
    for kind, key in HASHES:
        found = {getattr(result, key): result for result in results}
        if len(found) > 1:
            which = first_few([f"sha256 {value[:8] or 'unknown'} of {_origin(result)}" for value, result in found.items()])
            raise ValueError(f"{where}: the results come from different {kind} ({which}); make a table of each.")
    sizes = {result.world_size: result for result in results}
    if len(sizes) > 1:
        which = first_few([f"{size or 'unknown'} of {_origin(result)}" for size, result in sizes.items()])
        raise ValueError(f"{where}: the results come from different numbers of processes ({which}); make a table of each.")
    by_seed: dict[int | None, Result] = {}
    for result in results:
        earlier = by_seed.setdefault(result.provenance.seed, result)
        if any(earlier.metrics.get(name) != result.metrics.get(name) for name in metrics):
            raise ValueError(
                f"{where}: seed {result.provenance.seed} has two different results, of {_file(earlier)} and "
                f"{_file(result)}; leave one of the records out."
            )
    return dict(sorted(by_seed.items(), key=lambda item: -1 if item[0] is None else item[0]))


def place(result: Result) -> str:
    """Return method and run, for messages."""
    return f"{result.method}, {result.provenance.run or 'unknown run'}"


def _origin(result: Result) -> str:
    return f"seed {result.provenance.seed}" + (f" in '{result.path}'" if result.path else "")


def _file(result: Result) -> str:
    known = result.provenance
    return (known.checkpoint or f"iteration {known.iteration}") + (f" in '{result.path}'" if result.path else "")
