# SPDX-License-Identifier: Apache-2.0
"""The difference between the published rules and those without labels of the target, from records."""

import json

import pytest

from flip_mm.evaluation.rule_gap import PUBLISHED, RULES, as_markdown, read_rule_gaps


def report(threshold, hter, auc=90.0):
    figures, bounds = dict(HTER=hter, AUC=auc), dict(HTER=[hter - 1.0, hter + 2.0])
    return dict(role="target", level="video", threshold_rule=threshold, figures=figures, intervals=bounds)


def record(seed, shift=0.0, holdout=0.1, done=12, name="flip_v_demo.py"):
    """The oracle has an HTER of 2 + shift; each honest choice costs a point more."""

    def validation(iteration, best_by, hter):
        reports = dict(target=report("paper", hter + shift), other=report("dev (eer)", hter + shift + 1))
        return dict(iteration=iteration, best_by=best_by, reports=reports)

    return dict(
        format=1,
        config=dict(name=name),
        run=dict(name="ICM->O", holdout=holdout),
        seed=seed,
        iterations=dict(done=done, planned=12),
        validations=[validation(4, ["target/HTER"], 2.0), validation(8, ["dev/HTER"], 3.0), validation(done, [], 4.0)],
    )


def write(folder, *records):
    for number, own in enumerate(records):
        (folder / str(number)).mkdir(exist_ok=True)
        (folder / str(number) / "record.json").write_text(json.dumps(own))
    return folder


def test_every_combination_and_its_difference(tmp_path, run_tool, capsys):
    write(tmp_path, record(0), record(1, shift=2.0), record(0, holdout=0, name="published.py"))
    (gap,) = read_rule_gaps([tmp_path])
    assert (gap.method, gap.run, gap.holdout, gap.seeds) == ("flip_v_demo", "ICM->O", 0.1, [0, 1])
    assert gap.values[PUBLISHED] == {0: 2.0, 1: 4.0}
    assert [gap.gaps(rules) for rules in RULES] == [[0, 0], [1, 1], [1, 1], [2, 2], [2, 2], [3, 3]]
    assert gap.interval == {0: 1.5, 1: 1.5}

    run_tool("analysis_tools/rule_gap.py", tmp_path)
    printed = capsys.readouterr().out
    assert "trained on 90 % of the source videos" in printed
    values = " | ".join(f"{value:.2f} +- 1.41" for value in (3, 4, 4, 5, 5, 6))
    assert f"| flip_v_demo | ICM->O | 2 | {values} | 1.50 +- 0.00 |" in printed
    assert "| last, dev (eer) | 2 | +3.00 +- 0.00 | +3.00 .. +3.00 |" in printed


def test_what_is_missing_is_a_dash(tmp_path):
    stopped = record(0, done=11)
    gaps = read_rule_gaps([write(tmp_path, stopped)])
    assert "| last, paper | 0 | - | - |" in as_markdown(gaps)
    # The checkpoints of these records were chosen by HTER; the last one is chosen by no metric.
    (gap,) = read_rule_gaps([write(tmp_path, record(0))], "AUC")
    assert gap.values == {("last", "paper"): {0: 90.0}, ("last", "dev (eer)"): {0: 90.0}}


def test_wrong_records(tmp_path):
    with pytest.raises(FileNotFoundError, match="no record of a training with --holdout"):
        read_rule_gaps([write(tmp_path, record(0, holdout=0))])
    with pytest.raises(ValueError, match="a second training of flip_v_demo, ICM->O, seed 0: give only one"):
        read_rule_gaps([write(tmp_path, record(0), record(0))])
    (tmp_path / "0/record.json").write_text("[]")
    with pytest.raises(ValueError, match=r"0/record\.json': this is no record"):
        read_rule_gaps([tmp_path])
