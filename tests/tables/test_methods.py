# SPDX-License-Identifier: Apache-2.0
"""Methods of other papers in tables: marks, and which published rows are beside ours."""

import csv
import io

import pytest

from flip_mm.datasets.protocols import get_run
from flip_mm.evaluation.results import results_of
from flip_mm.evaluation.results_table import as_csv, make_rows
from flip_mm.tables.forms import FORMS
from flip_mm.tables.layout import document_of
from flip_mm.tables.make_table import make_table
from flip_mm.tables.methods import GRADES, method_of_config, method_of_row, methods
from flip_mm.tables.paper_table import make_paper_tables
from flip_mm.tables.published_rows import published_rows
from flip_mm.tables.trainings import read_trainings

STAGE = dict(source="load_from", name="iter_9.pth", sha256="a", config="adda_source")
SEEN = dict(runs=[dict(protocol="p3", sources=["C"], target="I")], unknown=[])


@pytest.fixture
def table(tmp_path, write_records, make_paper_record):
    """table("maddg", dict(protocol="p1", target="M"), ...): the table of one training, and its record."""

    def make(config, run, published="beside", **own):
        run = get_run(**dict(aux=False) | run)
        record = make_paper_record(config, run, **own)
        places = read_trainings(write_records(tmp_path, record))
        (found,) = make_paper_tables(*places, FORMS[run.protocol], published=published)
        return found

    return make


def test_published_rows_and_methods_belong_together():
    others = [row for row in published_rows() if row.other]
    assert {row.method for row in others} == {method.row for method in methods().values()}
    assert not [row for row in published_rows() if not row.other and not row.configs]
    for row in others:
        own = [name for name, method in methods().items() if method.row == row.method]
        in_spirit = row.other.in_spirit or row.method.startswith("NAS-FAS")
        twins = [f"{name}_p2" if row.protocol == "p2" else name for name in own]
        assert (list(row.configs), len(own)) == ([] if in_spirit else twins, 1)
    assert all(method.grade in GRADES and method.title.endswith("-like") == method.in_spirit for method in methods().values())
    assert method_of_config("maddg_demo") is method_of_row("MADDG (CVPR'19)") is methods()["maddg"]


def test_published_trainings_that_saw_target_images_are_marked():
    saw = {(row.table, row.method.split(" ")[0]) for row in published_rows() if "saw" in row.setting and not row.shots}
    adapted = {"ADDA", "DRCN", "DupGAN", "KSA", "DR-UDA", "ADA", "USDAN-Un", "GDA", "CDFTN-L"}
    assert saw == {(2, "GDA"), (2, "Self-DA"), *((4, name) for name in adapted)}
    settings = {(row.table, row.method): row.setting for row in published_rows()}
    assert settings[4, "ADA (ICB'19)"] == "0-shot; saw the target's test images without labels; without CelebA-Spoof"
    assert settings[2, "MADDG (CVPR'19)"] == "0-shot; needs depth maps; without CelebA-Spoof"
    assert settings[2, "Self-DA (AAAI'21)"].startswith("0-shot; saw target images in the test (adapts to them); needs depth")


@pytest.mark.parametrize(
    ("config", "run", "own", "setting", "beside", "remark"),
    [
        (
            "maddg",
            dict(protocol="p1", target="M"),
            dict(needs=dict(depth=True)),
            "0-shot; needs depth maps: unknown source; without CelebA-Spoof",
            "MADDG (CVPR'19), published",
            "MADDG, re-implemented: exact from the authors' code (grade E)",
        ),
        (
            "maddg",
            dict(protocol="p1", target="M", aux=True),
            {},
            "0-shot",
            None,
            "the published training is without CelebA-Spoof: no published row beside it",
        ),
        (
            "vit",
            dict(protocol="p1", target="M", shots=5, aux=True),
            {},
            "5-shot, saw target images",
            "ViT (ECCV'22), published",
            "ViT, re-implemented: exact from the authors' code (grade E)",
        ),
        (
            "adda",
            dict(protocol="p3", source="C", target="I", unlabelled="train"),
            dict(weights=[dict(STAGE, seen=SEEN)], previous_stage="adda_source"),
            "0-shot; saw the target's train images without labels; without CelebA-Spoof",
            "ADDA (CVPR'17), published",
            "exact as an algorithm",
        ),
        (
            "adda",
            dict(protocol="p3", source="C", target="I"),
            {},
            "0-shot; without CelebA-Spoof",
            None,
            "the published training saw target images without labels: no published row beside it",
        ),
        (
            "adda",
            dict(protocol="p3", source="C", target="I", unlabelled="train"),
            dict(weights=[dict(STAGE, config="other", seen=SEEN)], previous_stage="adda_source"),
            "0-shot; saw the target's train images without labels; started from a checkpoint; without CelebA-Spoof",
            None,
            "published trainings start from no other checkpoint",
        ),
        (
            "gda_like",
            dict(protocol="p3", source="C", target="I", unlabelled="train"),
            {},
            "0-shot; saw the target's train images without labels; without CelebA-Spoof",
            None,
            "GDA-like, re-implemented: in the spirit of the paper only (grade S)",
        ),
        (
            "self_da_like",
            dict(protocol="p1", target="M"),
            dict(needs=dict(test_time=True)),
            "0-shot; saw target images in the test (adapts to them); without CelebA-Spoof",
            None,
            "published values of Self-DA (AAAI'21) are not beside it, because it is not that method",
        ),
        (
            "cdcnpp",
            dict(protocol="p1", target="M"),
            {},
            "0-shot; without CelebA-Spoof",
            None,
            "CDCN++ (public relative of NAS-FAS), re-implemented",
        ),
    ],
)
def test_own_rows(table, config, run, own, setting, beside, remark):
    found = table(config, run, **own)
    entry, *others = found.entries
    assert (entry.setting, [other.method for other in others]) == (setting, [beside] if beside else [])
    assert any(remark in one for one in entry.remarks)


def test_every_form_and_format_shows_the_marks(tmp_path, write_records, make_paper_record):
    run = get_run("p3", source="C", target="I", aux=False, unlabelled="train")
    record = make_paper_record("gda_like", run)
    # In the stage before.
    record["weights"] = [
        dict(source="load_from", name="iter_9.pth", config="gda_source", depth="substitute (ellipsoid)", seen=SEEN)
    ]
    record["previous_stage"] = "gda_source"
    folder = write_records(tmp_path, record)
    for form in ("runs", "p3", "iso"):
        for format in ("terminal", "markdown", "latex", "html"):
            text = " ".join(make_table(folder, form=form, format=format, published="none").split())
            marks = ("images without labels", "needs depth maps: substitute (ellipsoid)", "without CelebA-Spoof")
            assert all(mark in text for mark in marks), (form, format)
    rows = list(csv.DictReader(io.StringIO(make_table(folder, form="p3", format="csv"))))
    assert "without labels; needs depth maps: substitute (ellipsoid); without CelebA-Spoof" in rows[0]["setting"]
    published = next(row for row in rows if row["method"] == "ADA (ICB'19)")
    assert (published["setting"].count("saw"), published["selection"]) == (1, "")


def test_the_table_of_runs_keeps_other_settings_apart(make_paper_record):
    runs = [get_run("p1", target="M", aux=aux) for aux in (True, False)]
    results = [one for run in runs for one in results_of(make_paper_record("maddg", run))]
    rows = make_rows(results, "both")
    assert sorted({row.notes for row in rows}) == ["validation", "without CelebA-Spoof; validation"]
    table = list(csv.DictReader(io.StringIO(as_csv(rows))))
    assert {(row["aux"], row["depth"], row["test_time"]) for row in table} == {("CelebA", "", "0"), ("", "", "0")}


def test_published_rows_of_other_papers_are_quoted(table):
    document = document_of(table("maddg", dict(protocol="p1", target="M"), published="all"))
    quoted = {row.cells[0].text for row in document.rows if row.kind == "published"}
    assert {"MADDG (CVPR'19), published", "GDA (ECCV'22)", "NAS-FAS (TPAMI'20)"} <= quoted
    assert "as quoted there" in " ".join(document.footnotes)
