# SPDX-License-Identifier: Apache-2.0
"""Read numbers from texts, only in unambiguous forms; Python reads more forms."""

from __future__ import annotations

import re

INTEGER = re.compile(r"[+-]?[0-9]+")
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Python refuses much longer ones with another message.
LONGEST = 400


def plain_float(text: str) -> float:
    """Read a number such as ``0.5``, ``-3`` or ``1e-4``; spaces around it are ignored.

    Python's ``float`` also accepts ``0_1`` as 1, digits of other scripts, and names such as ``infinity``.

    Raises:
        ValueError: The text is no such number, or it is too large.

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
    """Read a whole number such as ``12``; see :func:`plain_float`.

    Raises:
        ValueError: The text is no such number, or it is too large.
    """
    digits = text.strip(" \t\r\n")
    if len(digits) > LONGEST or not INTEGER.fullmatch(digits):
        raise ValueError(f"'{_short(text)}' is no whole number such as 12")
    return int(digits)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}..."
