# SPDX-License-Identifier: Apache-2.0
"""What was found about a detector."""

from __future__ import annotations

from typing import NamedTuple

ERROR, WARNING, NOTE, GOOD = SEVERITIES = ("error", "warning", "note", "good")


class Finding(NamedTuple):
    """A sentence about a detector.

    Attributes:
        severity: ``'error'``: it is connected wrongly or cannot be used; ``'warning'``: a risk; ``'note'``; ``'good'``: a check
            that it passed.
        code: Fixed word for programs.
        text: One or two sentences.
        advice: What to do; '' for nothing.
    """

    severity: str
    code: str
    text: str
    advice: str = ""
