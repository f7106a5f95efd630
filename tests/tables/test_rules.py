# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.evaluation.results import results_of
from flip_mm.tables.rules import Rules, choose


@pytest.fixture
def results(make_record):
    made = [
        make_record(selection=rule, threshold=threshold)
        for rule in ("target", "dev")
        for threshold in ("paper", "deploy (eer)")
    ]
    made.append(make_record(selection="dev", threshold="fixed (0.5)"))
    return [result for record in made for result in results_of(record) if result.split == "test"]


@pytest.mark.parametrize(
    ("rule", "threshold", "count"),
    [
        (None, None, 5),
        ("target-oracle", None, 2),
        ("target", None, 2),
        ("dev", "paper", 1),
        (None, "dev", 2),
        (None, "deploy", 2),
        (None, "dev (eer)", 2),
        (None, "deploy (eer)", 2),
        ("dev", "0.5", 1),
        (None, "0.50", 1),
        (None, "fixed (0.5)", 1),
        (None, "fixed", 1),
    ],
)
def test_results_are_chosen_by_rule(results, rule, threshold, count):
    assert len(choose(results, rule, threshold)) == count


@pytest.mark.parametrize(
    ("rule", "threshold", "message"),
    [
        ("best", None, "The selection rule 'best' does not exist; choose from target-oracle"),
        ("last", None, "no result has --rule last; the records have --rule target-oracle --threshold 'paper'; "),
        ("dev", "high", "no result has --rule dev and --threshold high; the records have"),
        (None, "0.4", "no result has --threshold 0.4"),
    ],
)
def test_rules_without_results_are_refused(results, rule, threshold, message):
    with pytest.raises(ValueError, match=message):
        choose(results, rule, threshold)


def test_the_header_names_both_rules_and_oracles(results):
    oracle, honest = Rules.of(results[0]), Rules.of(results[3])
    assert (oracle.is_published, honest.is_published) == (True, False)
    assert oracle.header() == [
        "Checkpoint: target-oracle (checkpoint chosen on the target's own test set by target/HTER; an oracle, optimistic).",
        "Threshold: paper (fitted on the labels of the target; an oracle, optimistic). Scores of videos.",
    ]
    assert honest.header() == [
        "Checkpoint: dev (checkpoint chosen on held-out source videos by dev/HTER).",
        "Threshold: dev (eer), fitted on held-out source videos. Scores of videos.",
    ]


@pytest.mark.parametrize("change", [dict(level="frame"), dict(selection="last"), dict(threshold="fixed (0.5)")])
def test_other_rules_are_not_the_published_ones(make_record, change):
    assert not Rules.of(results_of(make_record(**change))[0]).is_published
