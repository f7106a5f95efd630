# SPDX-License-Identifier: Apache-2.0
"""Format the report as text of 120 columns, in ASCII except for names."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from flip_mm.utils.text import safe_line

from .diagnosis import Diagnosis
from .finding import SEVERITIES
from .runs import Verdict

WIDTH = 120
EXAMPLES = 3
RAMP = " .:-=+*#%@"


def format_text(diagnosis: Diagnosis) -> str:
    """Format a diagnosis: counts, distributions, comparison with the authors' lists, findings, runs."""
    lines = [f"Data root {safe_line(str(diagnosis.root))}", "", *_counts(diagnosis)]
    if diagnosis.facts:
        lines += ["", *_distributions(diagnosis)]
    if diagnosis.comparisons:
        lines += ["", *_comparisons(diagnosis)]
    lines += ["", *_findings(diagnosis), "", *_runs(diagnosis)]
    return "\n".join(line.rstrip() for line in lines)


def histogram_line(counts: Sequence[int]) -> str:
    """Draw a histogram in one line; every bin that is not empty has a visible character.

    Example:
        >>> histogram_line([0, 1, 50, 100])
        ' .+@'
    """
    top = max([*counts, 1])
    return "".join(RAMP[-(-count * (len(RAMP) - 1) // top)] for count in counts)


def _column(names: Iterable[str], narrowest: int) -> int:
    """Width of a column of names, with at least one blank after the longest."""
    return max([narrowest, *(len(name) + 1 for name in names)])


def _counts(diagnosis: Diagnosis) -> Iterator[str]:
    wide = _column((row.domain for row in diagnosis.counts), 8)
    yield f"{'':{wide + 8}}{'lines of lists':>21}{'on disk':>11}"
    heads = ("train", "test", "shot", "images", "train/", "test/", "videos", "subjects")
    yield f"{'domain':<{wide}}{'class':<8}{_row(heads)}"
    for row in diagnosis.counts:
        split = [row.split.get(part) for part in ("train", "test")]
        numbers = [*row.lines.values(), row.images, *split, row.videos, row.subjects]
        yield f"{row.domain:<{wide}}{row.name:<8}{_row([number or '-' for number in numbers])}"
    if not any(row.attack_types for row in diagnosis.counts):
        return
    yield ""
    yield "Videos by attack type"
    for row in (row for row in diagnosis.counts if row.attack_types):
        types = ", ".join(f"{name} {videos}" for name, videos in row.attack_types.items())
        head = f"{row.domain:<{wide}}{row.name:<8}"
        yield from _wrap(head + types, "", " " * len(head))


def _row(cells: Sequence[object]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, (7, 7, 7, 9, 8, 8, 8, 10), strict=True))


def _distributions(diagnosis: Diagnosis) -> Iterator[str]:
    wide = _column((c.domain for c in diagnosis.distributions), 8)
    yield f"{'domain':<{wide}}class   sharpness 1 ................... 10^4 brightness 0 ...................... 1  sizes"
    for c in diagnosis.distributions:
        sizes = ", ".join(f"{count} of {size}" for size, count in list(c.sizes.items())[:1])
        more = f", {c.size_kinds - 1} more" if c.size_kinds > 1 else ""
        yield (
            f"{c.domain:<{wide}}{c.name or '?':<8}{c.median_sharpness:>9.1f} [{histogram_line(c.sharpness)}]"
            f"{c.median_brightness:>11.2f} [{histogram_line(c.brightness)}] {sizes}{more}"
        )
    yield f"{len(diagnosis.facts)} images read in {diagnosis.seconds:.1f} s; medians, sharpness at 224 x 224 pixels"


def _comparisons(diagnosis: Diagnosis) -> Iterator[str]:
    yield f"{'list':<24}{'ours':>8}{'authors':>9}{'only ours':>11}{'only theirs':>13}"
    for c in diagnosis.comparisons:
        yield f"{c.file:<24}{c.ours:>8}{c.theirs:>9}{len(c.only_ours):>11}{len(c.only_theirs):>13}"


def _findings(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.findings:
        yield "No problems were found."
    for severity in SEVERITIES:
        of_severity = [found for found in diagnosis.findings if found.severity == severity]
        if of_severity:
            yield f"{severity.capitalize()}s"
        for found in of_severity:
            detail = f" ({found.detail})" if found.detail else ""
            text = f"{found.where}: {found.kind.title}: {found.count}{detail}. {found.kind.advice}".strip()
            yield from _wrap(text, "  ", "    ")
            for example in found.examples[:EXAMPLES]:
                yield from _wrap(safe_line(example), "      ", "        ")
            if found.count > EXAMPLES:
                yield f"      and {found.count - EXAMPLES} more"


def _runs(diagnosis: Diagnosis) -> Iterator[str]:
    if diagnosis.skipped:
        runs = ", ".join(diagnosis.skipped)
        yield from _wrap(f"Runs that were not checked, because the target has no lists: {runs}", "", "  ")
    if not diagnosis.verdicts:
        yield "Runs: none. No protocol has the lists of its sources and its target."
        return
    can = sum(not verdict.reasons for verdict in diagnosis.verdicts)
    yield f"Runs: {can} of {len(diagnosis.verdicts)} can run"
    wide = _column((verdict.run.protocol for verdict in diagnosis.verdicts), 9)
    for verdict in diagnosis.verdicts:
        aux = f" (+ {', '.join(verdict.run.aux)})" if verdict.run.aux else ""
        head = f"  {verdict.run.protocol:<{wide}}{verdict.run.name + aux:<24}"
        if not verdict.reasons:
            yield f"{head}can run: {verdict.trained} training images, {verdict.tested} test images{_warnings(verdict)}"
            continue
        text = "cannot run because " + "; ".join(safe_line(reason) for reason in verdict.reasons)
        yield from _wrap(head + text, "", "    ")


def _wrap(text: str, first: str, further: str) -> list[str]:
    """Wrap text without breaking file names."""
    breaks = dict(break_long_words=False, break_on_hyphens=False)
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=further, **breaks)


def _warnings(verdict: Verdict) -> str:
    duplicates = bool(verdict.same_image or verdict.similar_image)
    words = ["leaks"] * bool(verdict.leaks) + ["test images that are also training images"] * duplicates
    return f"; see the warnings: {', '.join(words)}" if words else ""
