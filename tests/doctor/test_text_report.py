# SPDX-License-Identifier: Apache-2.0
"""Columns of the report."""

from dataclasses import replace
from pathlib import Path

from flip_mm.datasets.protocols import get_run
from flip_mm.doctor.counts import Count
from flip_mm.doctor.diagnosis import Diagnosis
from flip_mm.doctor.runs import Verdict
from flip_mm.doctor.text_report import format_text


def test_long_names_do_not_run_into_the_next_column():
    lines = dict(train=2, test=2, shot=0)
    counts = [Count(domain, "real", lines, attack_types={"bonafide": 4}) for domain in ("O", "MyLongDataSet")]
    verdict = Verdict(replace(get_run("limited", "O"), protocol="from-my-long-set"))
    report = format_text(Diagnosis(Path("data"), counts, [], [verdict])).splitlines()
    head, short, long = next(report[k : k + 3] for k, line in enumerate(report) if line.startswith("domain"))
    assert long.startswith("MyLongDataSet real")
    assert head.index("class") == short.index("real") == long.index("real")
    assert "  from-my-long-set MI->O" in "\n".join(report)
