# SPDX-License-Identifier: Apache-2.0
"""What a check of a record has found, and how serious a difference is."""

from __future__ import annotations

from dataclasses import dataclass

METHOD = "changes the method"
DATA = "changes the data"
MEASUREMENT = "changes the measurement"
ROUNDING = "changes only rounding"
UNKNOWN = "unknown"
SAME = "same"
# In the order of a report; `SAME` is no difference.
SEVERITIES = (METHOD, DATA, MEASUREMENT, ROUNDING, UNKNOWN)
NOT_RECORDED = "not recorded"


@dataclass(frozen=True)
class Finding:
    """The comparison of one property of a training with the published recipe.

    Attributes:
        severity: One of ``SEVERITIES``, or ``SAME``.
        subject: What is compared, e.g. ``'batch per stream'``.
        ours: Our value, as text.
        published: The published value, as text.
        phrase: The difference in a few words, for the verdict; ``''`` makes it of the other fields.
    """

    severity: str
    subject: str
    ours: str
    published: str
    phrase: str = ""

    @property
    def text(self) -> str:
        """The difference in a few words, e.g. ``'iterations 800 instead of 4000'``."""
        return self.phrase or f"{self.subject} {self.ours} instead of {self.published}"


def same(subject: str, value: str = "") -> Finding:
    """Return the finding that nothing differs."""
    return Finding(SAME, subject, value, value)


def not_recorded(subject: str, published: str) -> Finding:
    """Return the finding that the record does not contain a property."""
    return Finding(UNKNOWN, subject, NOT_RECORDED, published, f"{subject} {NOT_RECORDED}")
