# SPDX-License-Identifier: Apache-2.0
"""Read which runs, seeds and shots are wanted: ``M,O``, ``C-I``, ``0-4``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flip_mm.datasets.protocols import RUNS, Run
from flip_mm.utils.nearest import did_you_mean

ALL = "all"
RANGE = re.compile(r"\s*([0-9]+)\s*(?:-\s*([0-9]+)\s*)?")
LARGEST_SEED = 2**32 - 1
HIGHEST_GPU = 1023
MOST_SHOTS = 100_000
# More trainings than this are a mistake in the range.
MOST = 1000


def numbers(text: str, option: str, highest: int) -> tuple[int, ...]:
    """Return the numbers of a list of numbers and ranges, ascending, each once.

    Args:
        text: ``'0-4'``, ``'0,5'``, ``'0-2,7'``.
        option: Name of the option, for messages.
        highest: The highest allowed number.

    Raises:
        ValueError: It is no such list, a range is reversed, or a number is too high.

    Example:
        >>> numbers("0-2,7", "--seeds", 9)
        (0, 1, 2, 7)
    """
    found: set[int] = set()
    for part in text.split(","):
        match = RANGE.fullmatch(part)
        if match is None:
            raise ValueError(f"{option} {text}: '{part.strip()}' is no number or range; give, e.g., 0-4 or 0,2,5.")
        first, last = int(match[1]), int(match[2] or match[1])
        if last < first:
            raise ValueError(f"{option} {text}: the range {part.strip()} is reversed; give {last}-{first}.")
        if last > highest:
            raise ValueError(f"{option} {text}: {last} is more than the highest possible number, {highest}.")
        if last - first >= MOST:
            raise ValueError(f"{option} {text}: {part.strip()} contains more than {MOST} numbers.")
        found.update(range(first, last + 1))
    return tuple(sorted(found))


def seeds(text: str) -> tuple[int, ...]:
    """Return the seeds of ``'0-4'``; see :func:`numbers`."""
    return numbers(text, "--seeds", LARGEST_SEED)


def choose_runs(text: str, protocol: str) -> list[tuple[tuple[str, ...], str]]:
    """Return the wanted runs of a protocol, in its order.

    Args:
        text: ``'all'``, or names of runs with commas between them: a target (``M``; of protocol 3 all runs with this target), a
            source and a target (``C-I`` or ``C->I``), or a name such as ``OCM->I``.
        protocol: A key of :data:`~flip_mm.datasets.protocols.RUNS`.

    Returns:
        (sources, target) of each run.

    Raises:
        ValueError: There is no such run.

    Example:
        >>> choose_runs("O,m", "p1")
        [(('O', 'C', 'I'), 'M'), (('I', 'C', 'M'), 'O')]
    """
    runs = RUNS[protocol]
    if text.strip().lower() == ALL:
        return list(runs)
    names: dict[str, set[int]] = {}
    for number, (sources, target) in enumerate(runs):
        name = Run(protocol, tuple(sources), (), target).name
        for alias in {target, name, name.replace("->", "-")}:
            names.setdefault(alias.lower(), set()).add(number)
    wanted: set[int] = set()
    for word in text.split(","):
        key = word.strip().lower()
        if key not in names:
            known = [Run(protocol, tuple(sources), (), target).name for sources, target in runs]
            targets = sorted({target for _, target in runs})
            suggestion = did_you_mean(key, [*targets, *known], most=1) or "."
            raise ValueError(
                f"--runs {text}: protocol {protocol} has no run '{word.strip()}'{suggestion} Give all, a target "
                f"({', '.join(targets)}) or a run ({', '.join(known)})."
            )
        wanted |= names[key]
    return [runs[number] for number in sorted(wanted)]


def needs_source(runs: Sequence[tuple[Sequence[str], str]], target: str) -> bool:
    """Return whether a protocol has several runs with this target, so that the source is needed to name one."""
    return sum(other == target for _, other in runs) > 1
