# SPDX-License-Identifier: Apache-2.0
"""The reproduction report as text for a terminal, as Markdown, and as JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

from flip_mm.utils.table_text import markdown_lines
from flip_mm.utils.text import safe_line, safe_text

from . import sample_interval, spread
from .checklist import Check
from .compare import Comparison, MethodReport
from .finding import SAME
from .rows import Row

HEADER = ("run", "metric", "yours", "seeds", "published", "difference", "within the spread", "within the test set")
CHECKS = ("severity", "what", "yours", "published", "runs")
RULES = ("Percent; mean +- standard deviation over seeds; target-oracle, paper threshold.", spread.RULE, sample_interval.RULE)
ANSWERS = {True: "yes", False: "no"}
# Narrower terminals would break cells after a few letters; the width in a file.
NARROWEST, IN_A_FILE = 100, 128

Grid = Callable[[Sequence[str], Sequence[Sequence[str]]], str]


def terminal_text(comparison: Comparison) -> str:
    """Return the report for a terminal, as wide as the terminal."""
    return _text(comparison, lambda title: f"{title}\n{'=' * len(title)}", _terminal_grid)


def markdown_text(comparison: Comparison) -> str:
    """Return the report as Markdown."""
    return _text(comparison, lambda title: f"## {title}", _markdown_grid)


def json_text(comparison: Comparison) -> str:
    """Return the report as JSON, with all digits."""
    content = dict(
        methods=[_as_dict(method) for method in comparison.methods], not_read=list(comparison.problems), rules=list(RULES)
    )
    return json.dumps(content, indent=1)


FORMATS = dict(terminal=terminal_text, markdown=markdown_text, json=json_text)


def _text(comparison: Comparison, title: Callable[[str], str], grid: Grid) -> str:
    parts = [part for method in comparison.methods for part in _parts(method, title, grid)]
    if any(row.published is not None for method in comparison.methods for row in method.rows):
        parts += RULES
    parts += [f"Not read: {problem}" for problem in comparison.problems]
    return "\n\n".join(safe_text(part, keep="\n") for part in parts)


def _parts(method: MethodReport, title: Callable[[str], str], grid: Grid) -> list[str]:
    name = ", ".join(filter(None, (method.method, method.protocol, method.details)))
    parts = [title(name)]
    if method.reference:
        parts.append(f"Published: {method.source}. Recipe: config {method.reference}, and the authors' released code.")
    parts.append(grid(HEADER, [_cells(row) for row in method.rows]))
    parts += _reasons(method.rows)
    if differences := [check for check in method.checks if check.finding.severity != SAME]:
        parts.append(grid(CHECKS, [_check_cells(check) for check in differences]))
    if equal := [check.finding.subject for check in method.checks if check.finding.severity == SAME]:
        parts.append(f"As published: {', '.join(dict.fromkeys(equal))}.")
    if method.information:
        parts.append(f"Not compared: {method.information}.")
    return [*parts, f"Verdict: {method.verdict}"]


def _cells(row: Row) -> list[str]:
    published = "-" if row.published is None else f"{row.published:.2f}"
    difference = "-"
    if row.difference is not None:
        better = "equal" if abs(row.difference) < 0.005 else "worse" if row.is_worse else "better"
        difference = f"{row.difference:+.2f} {better}"
    seeds = str(len(row.seeds)) if row.seeds else "-"
    intervals = (_interval(row.in_spread, row.spread), _interval(row.in_sample, row.sample))
    return [row.run or "unknown run", row.metric, row.text, seeds, published, difference, *intervals]


def _interval(answer: bool | None, bounds: tuple[float, float] | None) -> str:
    if bounds is None:
        return "-"
    text = f"{bounds[0]:.2f} to {bounds[1]:.2f}"
    return text if answer is None else f"{ANSWERS[answer]}, {text}"


def _reasons(rows: Sequence[Row]) -> list[str]:
    """Say for each dash why there is no value, once per reason."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.reason:
            found.setdefault(row.reason, []).append(f"{row.run or 'unknown run'} {row.metric}")
    reasons = [f"- {', '.join(where)}: {reason}." for reason, where in found.items()]
    alone = [f"{row.run} {row.metric}" for row in rows if len(row.values) == 1]
    if alone:
        reasons.append(f"- Spread of {', '.join(alone)}: one seed has none.")
    unknown = [f"{row.run} {row.metric}" for row in rows if row.values and row.sample is None and row.run != "average"]
    if unknown:
        reasons.append(
            f"- Interval of the test set of {', '.join(unknown)}: not recorded, and no score file beside the record."
        )
    return ["\n".join(reasons)] if reasons else []


def _check_cells(check: Check) -> list[str]:
    found = check.finding
    return [found.severity, found.subject, found.ours, found.published, ", ".join(check.runs) or "all"]


def _terminal_grid(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    # rich takes a while to import.
    from rich.box import ASCII2
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=ASCII2, header_style="")
    for name in header:
        table.add_column(name, overflow="fold")
    for line in lines:
        table.add_row(*(Text(safe_line(cell)) for cell in line))
    out = io.StringIO()
    terminal = Console()
    width = max(terminal.width, NARROWEST) if terminal.is_terminal else IN_A_FILE
    Console(file=out, width=width, no_color=True, highlight=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _markdown_grid(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    return "\n".join(markdown_lines([[safe_line(cell) for cell in row] for row in (header, *lines)]))


def _as_dict(method: MethodReport) -> dict[str, Any]:
    rows = [
        dict(
            run=row.run,
            metric=row.metric,
            seeds=list(row.seeds),
            values=list(row.values),
            mean=row.mean,
            std=row.std,
            published=row.published,
            difference=row.difference,
            reason=row.reason,
            spread=row.spread,
            within_spread=row.in_spread,
            test_set=row.sample,
            within_test_set=row.in_sample,
        )
        for row in method.rows
    ]
    checks = [
        dict(
            severity=check.finding.severity,
            what=check.finding.subject,
            ours=check.finding.ours,
            published=check.finding.published,
            runs=list(check.runs),
        )
        for check in method.checks
    ]
    return dict(
        method=method.method,
        protocol=method.protocol,
        details=method.details,
        reference=method.reference,
        source=method.source,
        results=rows,
        checks=checks,
        not_compared=method.information,
        verdict=method.verdict,
    )
