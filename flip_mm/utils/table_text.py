# SPDX-License-Identifier: Apache-2.0
"""Tables and averages as plain text and Markdown."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from statistics import fmean, stdev


def mean_std_text(values: Collection[float], sign: str = "") -> str:
    """Return the mean and, of several values, the standard deviation (n - 1), with two decimals.

    Args:
        values: At least one.
        sign: ``'+'`` also writes the sign of a positive mean.

    Example:
        >>> mean_std_text([1, 3]), mean_std_text([2]), mean_std_text([2], "+")
        ('2.00 +- 1.41', '2.00', '+2.00')
    """
    return f"{fmean(values):{sign}.2f}" + (f" +- {stdev(values):.2f}" if len(values) > 1 else "")


def aligned_lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines with aligned columns.

    Example:
        >>> aligned_lines([["run", "HTER"], ["ICM->O", "1.00"]])
        ['run     HTER', 'ICM->O  1.00']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def markdown_lines(rows: Sequence[Sequence[str]], escaped: str = "|") -> list[str]:
    r"""Return rows of cells, the head first, as lines of a Markdown table.

    Args:
        rows: The cells.
        escaped: Characters of cells that get a backslash.

    Example:
        >>> markdown_lines([["run", "HTER"], ["a|b", "1.00"]])
        ['| run | HTER |', '| --- | --- |', '| a\\|b | 1.00 |']
    """
    backslashes = {ord(char): f"\\{char}" for char in escaped}
    head, *body = [[cell.translate(backslashes) for cell in row] for row in rows]
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *body)]
