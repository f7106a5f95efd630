# SPDX-License-Identifier: Apache-2.0
"""The report as text of 120 columns, in ASCII but for names."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from flip_mm.utils.text import safe_line

from .diagnosis import Diagnosis
from .finding import SEVERITIES
from .runs import Verdict

WIDTH = 120
EXAMPLES = 3
RAMP = " .:-=+*#%@"


def format_text(diagnosis: Diagnosis) -> str:
    """The diagnosis: counts, distributions, comparison with the authors' lists, findings, runs."""
    lines = [f"Data root {safe_line(str(diagnosis.root))}", "", *_counts(diagnosis)]
    if diagnosis.facts:
        lines += ["", *_distributions(diagnosis)]
    if diagnosis.comparisons:
        lines += ["", *_comparisons(diagnosis)]
    lines += ["", *_findings(diagnosis), "", *_runs(diagnosis)]
    return "\n".join(line.rstrip() for line in lines)


def bars(counts: Sequence[int]) -> str:
    """A histogram in one line; what is not empty is seen.

    Example:
        >>> bars([0, 1, 50, 100])
        ' .+@'
    """
    top = max([*counts, 1])
    return "".join(RAMP[-(-count * (len(RAMP) - 1) // top)] for count in counts)


def _counts(diagnosis: Diagnosis) -> Iterator[str]:
    yield f"{'':16}{'lines of lists':>21}{'on disk':>11}"
    heads = ("train", "test", "shot", "images", "train/", "test/", "videos", "subjects")
    yield f"{'domain':<8}{'class':<8}{_row(heads)}"
    for own in diagnosis.counts:
        split = [own.split.get(part) for part in ("train", "test")]
        numbers = [*own.lines.values(), own.images, *split, own.videos, own.subjects]
        yield f"{own.domain:<8}{own.name:<8}{_row([number or '-' for number in numbers])}"
    if not any(own.attack_types for own in diagnosis.counts):
        return
    yield ""
    yield "Videos by attack type"
    for own in (own for own in diagnosis.counts if own.attack_types):
        types = ", ".join(f"{name} {videos}" for name, videos in own.attack_types.items())
        head = f"{own.domain:<8}{own.name:<8}"
        yield from _wrap(head + types, "", " " * len(head))


def _row(cells: Sequence[object]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, (7, 7, 7, 9, 8, 8, 8, 10), strict=True))


def _distributions(diagnosis: Diagnosis) -> Iterator[str]:
    yield "domain  class   sharpness 1 ................... 10^4 brightness 0 ...................... 1  sizes"
    for own in diagnosis.distributions:
        sizes = ", ".join(f"{count} of {size}" for size, count in list(own.sizes.items())[:1])
        more = f", {own.size_kinds - 1} more" if own.size_kinds > 1 else ""
        yield (
            f"{own.domain:<8}{own.name or '?':<8}{own.median_sharpness:>9.1f} [{bars(own.sharpness)}]"
            f"{own.median_brightness:>11.2f} [{bars(own.brightness)}] {sizes}{more}"
        )
    yield f"{len(diagnosis.facts)} images read in {diagnosis.seconds:.1f} s; medians, sharpness at 224 x 224 pixels"


def _comparisons(diagnosis: Diagnosis) -> Iterator[str]:
    yield f"{'list':<24}{'ours':>8}{'authors':>9}{'only ours':>11}{'only theirs':>13}"
    for own in diagnosis.comparisons:
        yield f"{own.file:<24}{own.ours:>8}{own.theirs:>9}{len(own.only_ours):>11}{len(own.only_theirs):>13}"


def _findings(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.findings:
        yield "Nothing was found to complain about."
    for severity in SEVERITIES:
        own = [found for found in diagnosis.findings if found.severity == severity]
        if own:
            yield f"{severity.capitalize()}s"
        for found in own:
            detail = f" ({found.detail})" if found.detail else ""
            text = f"{found.where}: {found.kind.title}: {found.count}{detail}. {found.kind.advice}".strip()
            yield from _wrap(text, "  ", "    ")
            for example in found.examples[:EXAMPLES]:
                yield from _wrap(safe_line(example), "      ", "        ")
            if found.count > EXAMPLES:
                yield f"      and {found.count - EXAMPLES} more"


def _runs(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.verdicts:
        yield "Runs: none, no protocol has the lists of its sources and its target."
        return
    can = sum(not own.reasons for own in diagnosis.verdicts)
    yield f"Runs: {can} of {len(diagnosis.verdicts)} can run"
    for own in diagnosis.verdicts:
        aux = f" (+ {', '.join(own.run.aux)})" if own.run.aux else ""
        head = f"  {own.run.protocol:<9}{own.run.name + aux:<24}"
        if not own.reasons:
            yield f"{head}can run: {own.trained} images train, {own.tested} are tested{_doubts(own)}"
            continue
        text = "cannot run because " + "; ".join(safe_line(reason) for reason in own.reasons)
        yield from _wrap(head + text, "", "    ")


def _wrap(text: str, first: str, further: str) -> list[str]:
    """Lines of the diagnosis, names of files whole."""
    breaks = dict(break_long_words=False, break_on_hyphens=False)
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=further, **breaks)


def _doubts(own: Verdict) -> str:
    words = ["leaks"] * bool(own.leaks) + ["duplicates of the test train"] * bool(own.same_image or own.similar_image)
    return f"; see the warnings: {', '.join(words)}" if words else ""
