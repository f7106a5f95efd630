# SPDX-License-Identifier: Apache-2.0
"""Count how the images of a manifest were prepared, without keeping its rows."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import NamedTuple


class Way(NamedTuple):
    """How an image was prepared.

    Attributes:
        detector: As in the manifest.
        margin: As in the manifest; '' if it does not say.
    """

    detector: str
    margin: str


def count_ways(path: Path) -> Counter[Way]:
    """Count the images of each way of preparation.

    Args:
        path: A manifest; also one of an earlier version without margins, or of an interrupted conversion.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no manifest.
    """
    with path.open(encoding="utf-8", newline="") as file:
        try:
            # After an interruption the last line may be incomplete.
            rows = csv.reader(line for line in file if line.endswith("\n"))
            if not (header := next(rows, [])):
                return Counter()
            detector, margin = header.index("detector"), header.index("margin") if "margin" in header else None
            complete = (row for row in rows if len(row) == len(header))
            return Counter(Way(row[detector], "" if margin is None else row[margin]) for row in complete)
        except (ValueError, csv.Error) as error:
            raise ValueError(f"'{path}' is no manifest of a conversion: {error}. Restore it.") from error
