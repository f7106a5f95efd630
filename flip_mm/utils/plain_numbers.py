# SPDX-License-Identifier: Apache-2.0
"""Numbers in texts that people write: of the forms that Python reads, only those that everybody reads alike."""

from __future__ import annotations

import re

INTEGER = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Longer ones are no measurement, and Python refuses them with other words.
LONGEST = 400


def plain_float(text: str) -> float:
    """A number such as ``0.5``, ``-3`` or ``1e-4``; blanks around it do not count.

    Python's own ``float`` takes ``0_1`` for 1, other scripts' digits, and names such as ``infinity``.

    Raises:
        ValueError: It is another text, or too large.

    >>> plain_float(" 1e-4 ")
    0.0001
    >>> plain_float("0_1")
    Traceback (most recent call last):
    ValueError: '0_1' is no number such as 0.5
    """
    digits = text.strip(" \t\r\n")
    value = float(digits) if len(digits) <= LONGEST and DECIMAL.fullmatch(digits) else float("inf")
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"'{_short(text)}' is no number such as 0.5")
    return value


def plain_int(text: str) -> int:
    """A whole number such as ``12``; see :func:`plain_float`.

    Raises:
        ValueError: It is another text, or too large.
    """
    digits = text.strip(" \t\r\n")
    if len(digits) > LONGEST or not INTEGER.fullmatch(digits):
        raise ValueError(f"'{_short(text)}' is no whole number such as 12")
    return int(digits)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."
