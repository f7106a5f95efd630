# SPDX-License-Identifier: Apache-2.0
"""Texts of tables in every format, and what is escaped."""

import csv
import io
import json
import re

import pytest

from flip_mm.tables.document import OURS, Column, Document, Row, Text
from flip_mm.tables.forms import FORMS
from flip_mm.tables.great_format import as_html, as_latex
from flip_mm.tables.make_table import FORMATS, make_table
from flip_mm.tables.text_format import as_markdown, as_terminal

NASTY = "<b>&\\_*x*|#%$^~{[a](http://b)}`"


def nasty_document():
    columns = (Column("method"), Column(NASTY, "OCI->M"))
    return Document(NASTY, (NASTY,), columns, (Row(OURS, (Text(NASTY, (1,)), Text("3.50 ± 0.71"))),), (NASTY,), (NASTY,))


def narrow_document():
    columns = (Column("method"), *(Column(name, run) for run in ("OCI->M", "ICM->O") for name in ("HTER", "AUC")))
    cells = (Text("flip_mcl_p1", (1,)), Text("3.50 ± 0.71"), Text("98.00"), Text("-", (2,)), Text("-", (2,)))
    return Document("Title", ("Checkpoint: last.",), columns, (Row(OURS, cells),), ("one", "two"), ("Percent.",))


def test_a_wide_table_is_split_between_runs():
    assert as_terminal(narrow_document(), width=100).splitlines()[3:7] == [
        "                 OCI->M               ICM->O",
        "method           HTER          AUC    HTER   AUC",
        "---------------  ------------  -----  -----  -----",
        "flip_mcl_p1 [1]  3.50 +- 0.71  98.00  - [2]  - [2]",
    ]
    assert as_terminal(narrow_document(), width=45).splitlines() == [
        "Title",
        "Checkpoint: last.",
        "",
        "                 OCI->M",
        "method           HTER          AUC",
        "---------------  ------------  -----",
        "flip_mcl_p1 [1]  3.50 +- 0.71  98.00",
        "",
        "                 ICM->O",
        "method           HTER   AUC",
        "---------------  -----  -----",
        "flip_mcl_p1 [1]  - [2]  - [2]",
        "",
        "[1] one",
        "[2] two",
        "Percent.",
    ]


def test_markdown():
    assert as_markdown(narrow_document()).splitlines()[4:7] == [
        r"| method | OCI-\>M HTER | OCI-\>M AUC | ICM-\>O HTER | ICM-\>O AUC |",
        "| --- | ---: | ---: | ---: | ---: |",
        r"| flip\_mcl\_p1 \[1\] | 3.50 +- 0.71 | 98.00 | - \[2\] | - \[2\] |",
    ]
    bare = re.sub(r"\\.", "", as_markdown(nasty_document())).replace("**", "").replace("| ", "").replace(" |", "")
    assert not set(bare) & set("<>&*_`[]#~")


def test_html_is_escaped_complete_and_the_same_each_time():
    page = as_html([nasty_document(), narrow_document()])
    assert page == as_html([nasty_document(), narrow_document()])
    assert "<b>" not in page
    assert page.count("&lt;b&gt;&amp;") >= 5
    assert "<a " not in page
    assert "<em>" not in page
    assert "3.50\u00a0±\u00a00.71" in page
    assert not re.search(r"""(src|href)=|@import|url\(""", page)
    assert page.count("<table") == 2


def test_latex_is_escaped():
    text = as_latex([nasty_document()])
    assert text.count(r"\textless{}b\textgreater{}\&\textbackslash{}\_*x*|\#\%\$\textasciicircum{}\textasciitilde{}\{") == 6
    assert "3.50 ± 0.71" in text


@pytest.mark.parametrize("form", [*FORMS, "runs"])
def test_every_form_in_every_format(tmp_path, write_records, form_records, form):
    folder = write_records(tmp_path, *form_records("p1" if form == "runs" else form, seeds=[0]))
    title = FORMS[form].title if form in FORMS else "Results of all methods"
    for style in FORMATS:
        text = make_table(folder, form=form, format=style)
        assert ("last" if form == "one-to-many" else "target-oracle") in text
        if style == "csv":
            assert len({len(line) for line in csv.reader(io.StringIO(text))}) == 1
        elif form != "runs" or style in ("html", "latex"):
            assert title in text


def test_names_of_configs_are_text_in_every_format(tmp_path, write_records, make_paper_record, paper_runs):
    name = "=<b>a|b_\x1b[2J"
    folder = write_records(tmp_path, make_paper_record(name, paper_runs("p1")[0]))
    assert r"=<b>a|b_\x1b[2J" in make_table(folder, form="p1")
    assert "<b>" not in make_table(folder, form="p1", format="html")
    assert "'=<b>a|b_" in make_table(folder, form="p1", format="csv")
    assert r"=\<b\>a\|b\_\\x1b\[2J" in make_table(folder, form="p1", format="markdown")


def test_html_without_great_tables_names_the_extra(monkeypatch, tmp_path, write_records, form_records):
    monkeypatch.setitem(__import__("sys").modules, "great_tables", None)
    folder = write_records(tmp_path, *form_records("weights", seeds=[0]))
    for style in ("html", "latex"):
        with pytest.raises(ImportError, match=r'HTML and LaTeX need great_tables: pip install "flip_mm\[tables\]"'):
            make_table(folder, form="weights", format=style)


def test_the_list_of_runs_has_a_table_for_each_rule(make_record, tmp_path):
    for number, rule in enumerate(("target", "dev")):
        (tmp_path / f"record_{number}.json").write_text(json.dumps(make_record(selection=rule, best_by=[f"{rule}/HTER"])))
    first, second = sorted(make_table(tmp_path).split("\n\n\n"), key=lambda text: "Checkpoint: dev" in text)
    assert "Checkpoint: target-oracle" in first
    assert "Checkpoint: dev" not in first
    assert "by dev/HTER" in second
    assert "All rows: protocol" in second
    assert max(map(len, second.split("\n\n")[1].splitlines())) < 90
    assert make_table(tmp_path, rule="dev") == second
    assert len(make_table(tmp_path, format="csv").splitlines()) == 4
    assert make_table(tmp_path, format="html", rule="dev").count("<table") == 1


def test_records_without_results_are_refused_with_the_reason(tmp_path, write_records, make_paper_record, paper_runs):
    folder = write_records(tmp_path, make_paper_record("flip_v_p1", paper_runs("p1")[0], done=0))
    with pytest.raises(ValueError, match=r"no results .* \(flip_v_p1, OCI->M: seed 0 stopped at 0 of 12 iterations\)"):
        make_table(folder)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(form="p4"), "form must be one of p1, p2, .*, runs, got 'p4'"),
        (dict(format="pdf"), "format must be one of terminal, markdown, latex, html, csv, got 'pdf'"),
        (dict(role="dev"), "The records hold no results of split 'both' and role 'dev'"),
        (dict(rule="best"), "The selection rule 'best' does not exist"),
    ],
)
def test_wrong_arguments_are_refused(make_record, tmp_path, options, message):
    (tmp_path / "record.json").write_text(json.dumps(make_record()))
    with pytest.raises(ValueError, match=message):
        make_table(tmp_path, **options)
