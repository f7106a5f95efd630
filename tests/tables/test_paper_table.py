# SPDX-License-Identifier: Apache-2.0
import csv
import io
from statistics import fmean

import pytest

from flip_mm.tables.forms import FORMS
from flip_mm.tables.make_table import make_table
from flip_mm.tables.paper_table import make_paper_tables
from flip_mm.tables.trainings import read_trainings

ALL_RULES = ("target/HTER", "dev/HTER", "")


@pytest.fixture
def tables(tmp_path, write_records):
    """tables("p1", record, ...): the tables of a form."""

    def make(form, *records, **options):
        return make_paper_tables(*read_trainings(write_records(tmp_path, *records)), FORMS[form], **options)

    return make


@pytest.fixture
def p1(paper_runs):
    """The runs of protocol 1 by their target."""
    return {run.target: run for run in paper_runs("p1")}


def rows(table):
    return [(entry.method, entry.published is not None) for entry in table.entries]


@pytest.mark.parametrize("form", list(FORMS))
def test_every_value_is_that_of_a_record(tmp_path, write_records, form_records, form):
    records = form_records(form, seeds=range(2))
    text = make_table(write_records(tmp_path, *records), form=form, format="csv")
    found = [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "ours" and row["run"] != "average"]
    stored = {}
    for record in records:
        for evaluation in (*record["validations"], *record["tests"]):
            run = evaluation.get("provenance", {}).get("run", record["run"]["name"])
            key = (record["config"]["name"].removesuffix(".py"), run.partition("->")[2] if form == "one-to-many" else run)
            for report in evaluation["reports"].values():
                stored[(*key, record["seed"])] = report["figures"]
    metrics = {*FORMS[form].metrics, *FORMS[form].average}
    assert len(found) == len(stored) * len(metrics)
    assert all(float(row["value"]) == stored[row["method"], row["run"], int(row["seed"])][row["metric"]] for row in found)
    average = [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "ours" and row["run"] == "average"]
    for row in average:
        values = [
            figures[row["metric"]]
            for (method, _, seed), figures in stored.items()
            if (method, str(seed)) == (row["method"], row["seed"])
        ]
        assert float(row["value"]) == pytest.approx(fmean(values))
    assert bool(average) == (form != "iso")


def test_published_rows_follow_in_the_order_of_the_paper(tables, form_records):
    (table,) = tables("weights", *reversed(form_records("weights", seeds=[0])))
    assert rows(table) == [
        ("flip_mcl_p1", False),
        ("(1,1,1), published (FLIP, ICCV 2023, table 7; mean of 5 seeds, target-oracle)", True),
        ("flip_mcl_p1_weights-1-1-0", False),
        ("(1,1,0), published (FLIP, ICCV 2023, table 7; mean of 5 seeds, target-oracle)", True),
        ("flip_mcl_p1_weights-1-5-5", False),
        ("(1,5,5), published (FLIP, ICCV 2023, table 7; mean of 5 seeds, target-oracle)", True),
    ]
    assert [entry.method for entry in table.others] == ["(1,0,1)", "(1,2,2)"]
    assert table.columns == ("OCI->M", "OMI->C", "OCM->I", "ICM->O")


@pytest.mark.parametrize(("published", "beside", "others"), [("all", 1, 19), ("beside", 1, 0), ("none", 0, 0)])
def test_published_rows_can_be_left_out(tables, make_paper_record, p1, published, beside, others):
    (table,) = tables("p1", make_paper_record("flip_mcl_p1", p1["M"]), published=published)
    assert (sum(kind for _, kind in rows(table)), len(table.others)) == (beside, others)


def test_values_that_were_not_published_are_dashes(tables, make_paper_record, p1):
    (table,) = tables("p1", make_paper_record("flip_mcl_p1", p1["M"]))
    maddg = table.others[0]
    assert (maddg.method, maddg.cells["OCI->M", "HTER"].text(), maddg.averages["HTER"].text()) == (
        "MADDG (CVPR'19)",
        "17.69",
        "23.09",
    )
    missing = maddg.cells["OCI->M", "TPR@FPR=1%"]
    assert (missing.text(), missing.remarks) == ("-", ("no published value",))


def test_rules_are_never_mixed_and_only_the_published_ones_are_beside_published_values(tables, make_paper_record, p1):
    options = dict(rules=ALL_RULES, thresholds=("paper", "dev (eer)"))
    found = tables("p1", *(make_paper_record("flip_mcl_p1", p1["M"], seed, **options) for seed in range(2)))
    names = [(table.rules.selection, table.rules.threshold) for table in found]
    assert names[0] == ("target-oracle", "paper")
    assert sorted(names) == sorted(
        (rule, threshold) for rule in ("target-oracle", "dev", "last") for threshold in ("paper", "dev (eer)")
    )
    assert [len(table.entries) + len(table.others) for table in found] == [21, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("options", "own", "setting", "reason"),
    [
        (dict(holdout=0.1), {}, "0-shot; trained on 90 % of the source videos", "published trainings use all source videos"),
        (dict(shots=5), {}, "5-shot, saw target images", "no published values of this config with these shots"),
        (dict(unlabelled="test"), {}, "0-shot; saw the target's test images without labels", "see no target images without"),
        (dict(aux=()), {}, "0-shot; without CelebA-Spoof", ""),
        (
            {},
            dict(weights=[dict(source="load_from", name="a.pth", sha256="x")]),
            "0-shot; unknown what a.pth, its start, has seen of the target",
            "published trainings start from CLIP",
        ),
    ],
)
def test_other_trainings_are_marked_and_have_no_published_row(
    tables, make_paper_record, paper_runs, options, own, setting, reason
):
    (table,) = tables("p1", make_paper_record("flip_mcl_p1", paper_runs("p1", **options)[0], **own), published="beside")
    assert table.entries[0].setting == setting
    assert any(reason in remark for remark in table.entries[0].remarks) == bool(reason)
    assert len(table.entries) == (1 if reason else 2)


def test_synthetic_data_have_their_own_table_without_published_values(tables, make_paper_record, p1):
    real, synthetic = tables("p1", make_paper_record("flip_mcl_p1", p1["M"]), make_paper_record("flip_mcl_demo", p1["M"]))
    assert (real.data, synthetic.data) == ("", "synthetic data")
    assert rows(synthetic) == [("flip_mcl_demo", False)]
    assert synthetic.others == ()


def test_unknown_data_have_their_own_table_without_published_values(tables, make_paper_record, p1):
    old = make_paper_record("flip_it_p1", p1["M"], known=False)
    half = make_paper_record("flip_v_p1", p1["M"])
    for record in (old, half):
        for domains in record["data"].values():
            for described in domains.values():
                del described["synthetic"]
    half["data"]["val"]["M"]["lists"]["msu_real_test.txt"]["sha256"] = "other"
    real, unknown = tables("p1", old, half)
    assert (real.data, real.entries[0].method, len(real.entries) + len(real.others)) == ("", "flip_v_p1", 21)
    assert (unknown.data, rows(unknown), unknown.others) == ("unknown data", [("flip_it_p1", False)], ())


def test_lists_that_are_not_the_authors_are_noted(tables, make_paper_record, p1):
    record = make_paper_record("flip_mcl_p1", p1["M"])
    record["data"]["val"]["M"]["lists"]["msu_real_test.txt"]["sha256"] = "other"
    (table,) = tables("p1", record)
    assert table.entries[0].remarks == ("1 of 10 lists are not the authors': msu_real_test.txt",)


def test_missing_values_have_a_reason(tables, make_paper_record, p1):
    nan = make_paper_record("flip_mcl_p1", p1["C"], seed=1)
    nan["validations"][0]["reports"]["paper"]["figures"]["HTER"] = None
    empty = make_paper_record("flip_mcl_p1", p1["I"], seed=1)
    empty["validations"] = []
    (table,) = tables(
        "p1",
        *(make_paper_record("flip_mcl_p1", p1["M"], seed) for seed in (0, 1)),
        make_paper_record("flip_mcl_p1", p1["C"], seed=0),
        nan,
        empty,
        make_paper_record("flip_mcl_p1", p1["O"], seed=0),
        make_paper_record("flip_mcl_p1", p1["O"], seed=1, done=4),
        make_paper_record("flip_v_p1", p1["M"], done=0),
    )
    idle, own = (entry for entry in table.entries if entry.published is None)
    assert (idle.method, own.method) == ("flip_v_p1", "flip_mcl_p1")
    remarks = {run: own.cells[run, "HTER"].remarks for run in table.columns}
    assert remarks == {
        "OCI->M": (),
        "OMI->C": ("not all seeds: HTER of seed 1 is not a number",),
        "OCM->I": ("seed 1 has no validation or test in its record; seed 0 has no record",),
        "ICM->O": ("not all seeds: seed 1 stopped at 4 of 12 iterations",),
    }
    assert (list(own.cells["OMI->C", "HTER"].values), list(own.cells["OMI->C", "AUC"].values)) == ([0], [0, 1])
    assert own.cells["OCM->I", "AUC"].text() == own.averages["HTER"].text() == "-"
    assert own.averages["HTER"].remarks == ("no average: only 3 of 4 runs have a value",)
    assert idle.cells["OCI->M", "HTER"].remarks == ("seed 0 stopped at 0 of 12 iterations",)
    assert idle.cells["OMI->C", "HTER"].remarks == ("no record of this run",)


def test_a_target_that_was_not_tested_is_left_out_of_the_average(tables, make_paper_record, paper_runs):
    run = paper_runs("celeba", aux=())[0]
    (table,) = tables(
        "one-to-many",
        make_paper_record("flip_v_p1", run, rules=("",), targets=("M", "C", "W")),
        make_paper_record("flip_mcl_p1", run, rules=("",), targets=("M", "C")),
    )
    mcl, _ = table.entries
    assert table.columns == ("M", "C", "W")
    assert mcl.setting == "trained on CelebA; 0-shot"
    assert mcl.averages["HTER"].remarks == ("average of 2 of 3 sets",)
    assert mcl.averages["HTER"].mean == pytest.approx(fmean(mcl.cells[name, "HTER"].mean for name in "MC"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            dict(config=dict(name="flip_mcl_p1.py", sha256="other")),
            "two configs of one name have different settings: sha256 settings in ",
        ),
        (
            dict(seed=0, hter=99.0),
            r"seed 0 has two different results, of iteration 4 in '.*record.json' and iteration 4 in '.*record.json'",
        ),
        (dict(world_size=2), "different numbers of processes"),
    ],
)
def test_records_that_contradict_each_other_are_refused(tables, make_paper_record, p1, change, message):
    first = make_paper_record("flip_mcl_p1", p1["M"])
    hter = change.pop("hter", None)
    other = make_paper_record("flip_mcl_p1", p1["M"], **{"seed": 1, **change})
    if hter:
        other["validations"][0]["reports"]["paper"]["figures"]["HTER"] = hter
    with pytest.raises(ValueError, match=message):
        tables("p1", first, other)


def test_equal_records_count_once(tables, make_paper_record, p1):
    (table,) = tables("p1", *[make_paper_record("flip_mcl_p1", p1["M"])] * 2)
    assert table.entries[0].seeds == (0,)


def test_a_form_without_finished_trainings_is_refused(tables, make_paper_record, p1):
    with pytest.raises(ValueError, match=r"no finished .* form p1 \(flip_v_p1, OCI->M: seed 0 stopped at 4 of 12 iterations\)"):
        tables("p1", make_paper_record("flip_v_p1", p1["M"], done=4))
