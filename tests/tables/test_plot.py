# SPDX-License-Identifier: Apache-2.0
"""Bar plots of the records of a folder."""

import pytest

from flip_mm.tables.make_table import BOTH, chosen_results
from flip_mm.tables.plot import plot_results, title_of, values_of


def read(folder, **chosen):
    options = dict(rule=None, threshold=None, split=BOTH, role="target") | chosen
    return chosen_results(folder, **options)[0]


def test_values_are_those_of_the_records(form_records, write_records, tmp_path):
    results = read(write_records(tmp_path, *form_records("weights", seeds=range(2))))
    values = values_of(results, "AUC")
    assert list(values) == ["flip_mcl_p1", "flip_mcl_p1_weights-1-1-0", "flip_mcl_p1_weights-1-5-5"]
    assert [len(seeds) for seeds in values["flip_mcl_p1"].values()] == [2, 2, 2, 2]
    for result in results:
        known = result.provenance
        assert values[result.method][known.run][known.seed] == result.metrics["AUC"]
    assert values_of(results, "no metric") == {}


def test_the_title_names_the_rules(form_records, write_records, tmp_path, paper_runs, make_paper_record):
    title = title_of(read(write_records(tmp_path / "real", *form_records("weights", seeds=[0]))), "HTER")
    assert "Checkpoint: target-oracle" in title
    assert "Threshold: paper (fitted on the labels of the target" in title
    assert "Synthetic" not in title
    run = paper_runs("p1")[0]
    folder = write_records(tmp_path / "synthetic", make_paper_record("flip_it_demo", run, known=False))
    assert "Synthetic data" in title_of(read(folder), "HTER")


def test_results_of_several_rules_are_refused(paper_runs, make_paper_record, write_records, tmp_path):
    run = paper_runs("p1")[0]
    write_records(tmp_path / "records", make_paper_record("flip_it_p1", run, rules=("target/HTER", "")))
    with pytest.raises(ValueError, match=r"one rule, and the records have 2: choose one of --rule target-oracle --thresh"):
        plot_results(tmp_path / "records", path=tmp_path / "plot.png")
    plot_results(tmp_path / "records", path=tmp_path / "plot.svg", rule="last")
    assert "Checkpoint: last" in (tmp_path / "plot.svg").read_text(encoding="utf-8")


def test_several_settings_of_a_config_are_variants(paper_runs, make_paper_record, write_records, tmp_path):
    records = [make_paper_record("flip_it_p1", paper_runs("p1", shots=shots)[0]) for shots in (0, 5)]
    values = values_of(read(write_records(tmp_path, *records)), "HTER")
    assert list(values) == ["flip_it_p1 (0-shot)", "flip_it_p1 (5-shot, saw target images)"]


def test_the_command_also_prints_the_table(form_records, write_records, run_command, empty_plots, tmp_path):
    write_records(tmp_path / "records", *form_records("weights", seeds=[0]))
    code, out, _ = run_command("table", tmp_path / "records", "--metrics", "AUC", "--plot", tmp_path / "auc.png")
    assert code == 0
    assert "flip_mcl_p1" in out
    assert (tmp_path / "auc.png").is_file()
    code, _, err = run_command("table", tmp_path / "records", "--plot", tmp_path / "auc.gif")
    assert code == 2
    assert "it must end in .png, .pdf, .svg" in err
