# SPDX-License-Identifier: Apache-2.0
"""The commands and tables of docs/tables.md."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from flip_mm.cli import table
from flip_mm.cli.table import FORMATS, FORMS
from flip_mm.tables import forms, make_table
from flip_mm.tables.published_rows import published_rows

PAGE = (Path(__file__).parents[2] / "docs/tables.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    flip_mm (table .+)$", PAGE, re.MULTILINE)
RULES = dict(rules=("target/HTER", "dev/HTER"), thresholds=("paper", "dev (eer)"))


@pytest.fixture
def work_dirs(tmp_path, write_records, make_paper_record, paper_runs, monkeypatch):
    """A work dir with one seed of all published protocols."""
    records = [
        make_paper_record(f"flip_v_{name}", run, **RULES)
        for name in ("p1", "p2", "p3")
        for run in paper_runs(name, holdout=0.1)
    ]
    write_records(tmp_path / "work_dirs", *records)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_page(work_dirs, command, monkeypatch, capsys):
    arguments = shlex.split(command)
    monkeypatch.setattr(sys, "argv", arguments)
    table.main()
    printed = capsys.readouterr().out
    if "--out" in arguments:
        assert printed == f"Written: {arguments[-1]}\n"
        printed = (work_dirs / arguments[-1]).read_text(encoding="utf-8")
    assert "HTER" in printed or "ACER" in printed


def test_the_page_has_a_command_for_every_format_and_names_every_form():
    assert len(COMMANDS) >= 9
    assert {name for name in FORMATS if f"--format {name}" in PAGE} == {*FORMATS} - {"terminal"}
    assert set(re.findall(r"^\| `(\w[\w-]+)`", PAGE, re.MULTILINE)) == {*FORMS}


def test_the_page_lists_the_printed_averages_that_are_none():
    noted = [row.average["HTER"] for row in published_rows() if row.average_note("HTER")]
    assert [float(value) for value in re.findall(r"^\| \d \| .*? \| ([\d.]+) \|", PAGE, re.MULTILINE)] == noted


def test_the_command_offers_what_there_is():
    assert [*forms.FORMS, make_table.RUNS] == FORMS
    assert tuple(FORMATS) == make_table.FORMATS


def test_the_former_option_for_the_format(work_dirs, monkeypatch, capsys):
    printed = []
    for option in (["--style", "text"], ["--format", "terminal"], []):
        monkeypatch.setattr(sys, "argv", ["table", "work_dirs", *option])
        table.main()
        printed.append(capsys.readouterr().out)
    assert printed[0] == printed[1] == printed[2]
