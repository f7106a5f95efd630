# SPDX-License-Identifier: Apache-2.0
import csv
import io
import json
from statistics import mean, stdev

import pytest

from flip_mm.evaluation.results import results_of
from flip_mm.evaluation.results_table import as_csv, as_markdown, as_text, make_rows, table


def rows(*records, **options):
    return make_rows([result for record in records for result in results_of(record)], **options)


def cells(text):
    return [dict(zip(*pair, strict=True)) for pair in _pairs(list(csv.reader(io.StringIO(text))))]


def _pairs(lines):
    return [(lines[0], line) for line in lines[1:]]


def test_mean_and_std_over_seeds_and_the_mean_of_the_runs(make_record):
    m = [make_record(seed=seed, hter=value) for seed, value in enumerate((3.0, 4.5, 4.2))]
    o = [make_record(seed=seed, hter=value, run="ICM->O") for seed, value in enumerate((9.0, 8.0))]
    found = rows(*m, *o)
    assert [(row.run, row.seeds) for row in found] == [("OCI->M", (0, 1, 2)), ("ICM->O", (0, 1)), ("mean of 2 runs", ())]
    assert found[0].cell("HTER") == f"{mean((3, 4.5, 4.2)):.2f} +- {stdev((3, 4.5, 4.2)):.2f}"
    assert found[2].cell("HTER") == f"{(mean((3, 4.5, 4.2)) + 8.5) / 2:.2f}"
    assert rows(m[0])[0].cell("AUC") == "97.00"
    written = cells(as_csv(found))
    assert float(written[0]["HTER mean"]) == pytest.approx(3.9)
    assert float(written[0]["HTER std"]) == pytest.approx(stdev((3, 4.5, 4.2)))
    assert (written[0]["seeds"], written[0]["n"], written[2]["seeds"], written[2]["n"]) == ("0 1 2", "3", "", "2")


def test_oracles_and_target_images_are_marked(make_record):
    oracle = rows(make_record(shots=5))[0]
    assert (oracle.selection, oracle.threshold) == ("target-oracle (target/HTER)*", "paper*")
    assert oracle.notes == "trained on 5 labelled target images per class"
    honest = rows(make_record(selection="dev", threshold="dev (eer)", unlabelled="test", level="frame", weights="ema"))[0]
    assert (honest.selection, honest.threshold) == ("dev (dev/HTER)", "dev (eer)")
    assert honest.notes == "trained on the target's test images without labels; frames; ema weights"
    for style in (as_text, as_markdown):
        assert "chosen with the labels of the target" in style([oracle])
        assert "chosen with the labels of the target" not in style([honest])
    (written,) = cells(as_csv([oracle]))
    assert (written["selection_oracle"], written["threshold_oracle"], written["shots"]) == ("1", "1", "5")


@pytest.mark.parametrize(
    "other",
    [
        dict(selection="dev"),
        dict(threshold="fixed (0.5)"),
        dict(level="frame"),
        dict(weights="ema"),
        dict(shots=5),
        dict(unlabelled="train"),
        dict(run="ICM->O"),
        dict(config="erm_r18_p1.py"),
        dict(holdout=0.3),
        dict(warm=True, start="b"),
        dict(warm=True),
        dict(threshold="dev (eer)", tested_holdout=0.1),
    ],
)
def test_different_rules_get_separate_rows(make_record, other):
    found = [row for row in rows(make_record(seed=0, hter=1.0), make_record(seed=1, hter=9.0, **other)) if row.seeds]
    assert [row.metrics["HTER"] for row in found] == [(1.0,), (9.0,)]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            dict(seed=1, sha256="other"),
            r"OCI->M: the results come from different settings \(sha256 settings of seed 0, sha256 other of seed 1\)",
        ),
        (dict(seed=1, train="b"), "come from different lists"),
        (dict(seed=1, tested="c"), "come from different lists"),
        (dict(seed=1, start="b"), "come from different initial weights"),
        (dict(seed=1, world_size=2), r"different numbers of processes \(1 of seed 0, 2 of seed 1\)"),
        (
            dict(seed=0, hter=9.0),
            "seed 0 has two different results, of best_target_HTER_iter_8.pth and best_target_HTER_iter_8",
        ),
    ],
)
def test_results_that_are_not_comparable_are_not_averaged(make_record, other, message):
    with pytest.raises(ValueError, match=message):
        rows(make_record(seed=0), make_record(**other))


def test_what_trainings_differ_in_is_noted(make_record):
    made = [make_record(seed=seed, holdout=0.3, warm=True, tested_holdout=0.1, threshold="dev (eer)") for seed in (0, 1)]
    (row,) = rows(*made)
    assert row.notes == "started from a checkpoint; trained on 70 % of the source videos; tested with holdout 0.1"
    (written,) = cells(as_csv([row]))
    assert (written["holdout"], written["tested_holdout"], written["warm_start"], written["processes"]) == (
        "0.3",
        "0.1",
        "1",
        "1",
    )
    # The development set of the test decides nothing here.
    (row,) = rows(*(make_record(seed=seed, holdout=0.3, tested_holdout=seed / 10) for seed in (0, 1)))
    assert row.seeds == (0, 1)


def test_a_training_that_was_stopped_is_a_row_without_a_rule(make_record):
    found = rows(make_record(seed=0, best_by=["dev/HTER"]), make_record(seed=1, best_by=["dev/HTER"], done=10), split="val")
    assert [(row.selection, row.seeds, row.notes) for row in found] == [
        ("dev (dev/HTER)", (0,), "validation"),
        ("last", (0,), "validation"),
        ("dev (dev/HTER)", (1,), "stopped at 10 of 12; validation"),
        ("unknown", (1,), "stopped at 10 of 12; validation"),
    ]


def test_one_result_in_two_records_counts_once(make_record):
    assert [row.seeds for row in rows(make_record(), make_record())] == [(0,)]


def test_runs_of_other_settings_have_no_mean(make_record):
    assert len(rows(make_record(), make_record(run="ICM->O", world_size=2))) == 2
    assert len(rows(make_record(warm=True, start="a"), make_record(run="ICM->O", warm=True, start="b"))) == 3
    assert len(rows(make_record(), make_record(run="ICM->O", sha256="other"))) == 2


def test_several_versions_are_listed_below_the_table(make_record):
    found = rows(make_record(seed=0), make_record(seed=1, version="0.3.0"))
    assert found[0].seeds == (0, 1)
    assert "Results of flip_mm 0.2.0, 0.3.0." in as_text(found)
    assert "Results of flip_mm" not in as_text(rows(make_record()))


def test_validations_and_roles(make_record):
    found = rows(make_record(best_by=["target/HTER", "dev/HTER"]), split="val")
    assert [(row.selection, row.notes) for row in found] == [
        ("target-oracle (target/HTER)*", "validation"),
        ("dev (dev/HTER)", "validation"),
        ("last", "validation"),
    ]
    with pytest.raises(ValueError, match="hold no results of split 'test' and role 'dev'"):
        rows(make_record(), role="dev")
    with pytest.raises(ValueError, match="flip_mcl_p1, OCI->M: a record has no metric 'FNR'; it has HTER, AUC"):
        rows(make_record(), metrics=["FNR"])


def test_text_markdown_and_csv(make_record, tmp_path):
    for seed in range(2):
        (tmp_path / f"record_{seed}.json").write_text(json.dumps(make_record(seed=seed, hter=3.0 + seed, config="=a|b.py")))
    assert table(tmp_path).splitlines() == [
        "method  protocol  run     seeds  HTER          AUC            TPR@FPR=1%     "
        "checkpoint                    threshold  notes",
        "=a|b    p1        OCI->M  2      3.50 +- 0.71  96.50 +- 0.71  50.00 +- 0.00  target-oracle (target/HTER)*  paper*",
        "Percent; mean +- standard deviation over seeds.",
        "* chosen with the labels of the target: an oracle, optimistic.",
    ]
    markdown = table(tmp_path, style="markdown", metrics=["HTER"]).splitlines()
    assert markdown[:3] == [
        "| method | protocol | run | seeds | HTER | checkpoint | threshold | notes |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        r"| =a\|b | p1 | OCI->M | 2 | 3.50 +- 0.71 | target-oracle (target/HTER)\* | paper\* |  |",
    ]
    assert cells(table(tmp_path, style="csv"))[0]["method"] == "'=a|b"
    with pytest.raises(ValueError, match="style must be one of text, markdown, csv, got 'html'"):
        table(tmp_path, style="html")
