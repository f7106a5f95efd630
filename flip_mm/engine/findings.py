# SPDX-License-Identifier: Apache-2.0
"""What a comparison has found."""

from __future__ import annotations

from typing import NamedTuple


class Findings(NamedTuple):
    """What a comparison of two records has found, in sentences.

    Attributes:
        problems: Why the training or test must not start.
        warnings: What the user should know of.
        notes: What is worth a line in the log.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
