# SPDX-License-Identifier: Apache-2.0
"""What is printed of jobs: metrics in one line, and which of them failed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from flip_mm.engine.records.record_file import FILE, read_record
from flip_mm.evaluation.marks import target_marks
from flip_mm.evaluation.results import results_of
from flip_mm.evaluation.roles import TARGET
from flip_mm.utils.files import short_path

from .job import Job, Outcome, State
from .results_file import FILE as RESULTS


def metrics_line(job: Job) -> str:
    """Return the HTER of the target by each selection rule, and the marks of the training; '' if there is none.

    Example: ``'HTER 12.50 target-oracle, HTER 14.00 last (saw the target's train images without labels)'``.

    Never raises: the record may be damaged meanwhile.
    """
    try:
        record = read_record(Path(job.folder, FILE))
        results = results_of(record) if record else []
    except (ValueError, OSError):
        return ""
    values, marks = {}, {}
    for result in results:
        if result.role == TARGET and "HTER" in result.metrics:
            origin = result.provenance
            marks |= dict.fromkeys(target_marks(result))
            tested = f" {origin.run}" if result.split == "test" else ""
            values[f"{origin.selection or 'unknown rule'}{tested}"] = result.metrics["HTER"]
    text = ", ".join(f"HTER {value:.2f} {name}" for name, value in values.items())
    return f"{text} ({'; '.join(marks)})" if marks else text


def closing_text(outcomes: Sequence[Outcome], folder: str | Path) -> str:
    """Return the text at the end: where the results are, and each failed job with its log and last line."""
    failed = [outcome for outcome in outcomes if outcome.state is State.FAILED]
    lines = [f"Results: {short_path(Path(folder, RESULTS))}. Tables: flip_mm table {shlex.quote(short_path(folder))}"]
    if failed:
        lines.append(f"{len(failed)} of {len(outcomes)} failed; the same command tries them again:")
        for outcome in failed:
            lines.append(f"  {outcome.job.name}: {outcome.reason}")
            lines += [f"    log: {short_path(outcome.log)}"] if outcome.log else []
    return "\n".join(lines)
