# SPDX-License-Identifier: Apache-2.0
"""The result of a comparison of two records."""

from __future__ import annotations

from typing import NamedTuple


class Findings(NamedTuple):
    """Sentences about the differences between two records.

    Attributes:
        problems: Reasons not to start the training or test.
        warnings: For the user.
        notes: For the log file.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
