# SPDX-License-Identifier: Apache-2.0
import random

import pytest

from flip_mm.evaluation.selection import RULES, combinations, rule_of, select, select_iteration


def validations(**roles):
    """validations(target={10: 5.0, ...}): a record of every validation, in mixed order; AUC falls as HTER rises."""
    rows = [
        dict(
            role=role, iteration=iteration, metrics={"HTER": value, "AUC": 100 - value, "threshold": 0.5}, checkpoint="ignored"
        )
        for role, values in roles.items()
        for iteration, value in values.items()
    ]
    random.Random(0).shuffle(rows)
    return rows


ROWS = validations(target={10: 7.0, 20: 3.0, 30: 3.0, 40: 9.0}, dev={10: 1.0, 20: 2.0, 30: 4.0, 40: 1.0})


@pytest.mark.parametrize(
    ("rule", "options", "expected"),
    [
        ("target", {}, 30),  # of equal values the later one
        ("target", dict(metric="AUC"), 30),
        ("target", dict(metric="target/HTER"), None),  # rows hold names without the role
        ("dev", {}, 40),
        ("dev", dict(metric="AUC"), 40),
        ("last", {}, 40),
        ("fixed", dict(iteration=10), 10),
    ],
)
def test_each_rule_selects_its_iteration(rule, options, expected):
    if expected is None:
        with pytest.raises(ValueError, match="has no value of target/HTER"):
            select_iteration(ROWS, rule, **options)
    else:
        assert select_iteration(ROWS, rule, **options) == expected


def test_one_validation_and_values_that_are_equal_everywhere():
    assert select_iteration(validations(dev={5: 50.0}), "dev") == 5
    assert select_iteration(validations(dev=dict.fromkeys(range(10), 50.0)), "dev") == 9


@pytest.mark.parametrize(
    ("rows", "rule", "options", "message"),
    [
        (ROWS, "best", {}, "'best' does not exist; choose from target-oracle, validation, dev, last, fixed, other-target"),
        (ROWS, "validation", {}, "choose 'target-oracle' or 'dev'"),
        (ROWS, "fixed", dict(iteration=15), "Iteration 15 was not validated; there are 10, 20, 30, 40"),
        (ROWS, "dev", dict(metric="threshold"), "cannot be chosen by 'threshold'"),
        (ROWS, "dev", dict(metric="EER"), "has no value of EER for the role 'dev'"),
        (validations(target={1: 2.0}), "dev", {}, "no validations of the role 'dev'"),
        (validations(dev={1: 2.0, 2: float("nan")}), "dev", {}, "The validation at iteration 2 has no value of HTER"),
        ([], "last", {}, "There are no validations"),
        ([], "fixed", dict(iteration=1), "there are none"),
    ],
)
def test_selection_errors(rows, rule, options, message):
    with pytest.raises(ValueError, match=message):
        select_iteration(rows, rule, **options)


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        ("target/HTER", "target-oracle"),
        ("cross/target/AUC", "target-oracle"),
        ("dev/HTER", "dev"),
        ("cross/dev/AUC", "dev"),
        ("accuracy/top1", "validation"),
        ("loss", "validation"),
        ("auto", "validation"),
        (None, "last"),
        ("", "last"),
    ],
)
def test_rule_of_a_checkpoint_hook(metric, name):
    assert rule_of(metric) is RULES[name]


def test_only_rules_that_look_at_the_target_are_oracles():
    assert [name for name, rule in RULES.items() if rule.uses_target] == ["target-oracle", "validation"]


def report(threshold, hter, role="target", level="video"):
    return dict(role=role, level=level, threshold_rule=threshold, figures=dict(HTER=hter))


def held(done=12, **more):
    return dict(
        iterations=dict(done=done, planned=12),
        validations=[
            dict(iteration=4, best_by=["dev/HTER"], reports=dict(target=report("paper", 3.0), b=report("deploy (eer)", 5.0))),
            dict(iteration=8, best_by=["target/HTER"], reports=dict(target=report("paper", 2.0), c=report("fixed (0.5)", 4.0))),
            dict(
                iteration=done,
                best_by=[],
                reports=dict(
                    target=report("paper", 2.5), dev=report("paper", 0.0, "dev"), f=report("paper", 9.0, level="frame")
                ),
            ),
        ],
        **more,
    )


def test_all_combinations_of_a_record():
    assert [(one.rule, one.threshold, one.iteration, one.report["figures"]["HTER"]) for one in combinations(held())] == [
        ("target-oracle", "paper", 8, 2.0),
        ("target-oracle", "fixed (0.5)", 8, 4.0),
        ("dev", "paper", 4, 3.0),
        ("dev", "dev (eer)", 4, 5.0),
        ("last", "paper", 12, 2.5),
    ]
    assert [one.rule for one in combinations(held(), role="dev")] == ["last"]
    assert [one.report["figures"]["HTER"] for one in combinations(held(), level="frame")] == [9.0]
    assert "last" not in {one.rule for one in combinations(held(done=11))}
    assert combinations({}) == []


@pytest.mark.parametrize(
    ("rule", "threshold", "hter"),
    [
        ("target", "paper", 2.0),  # the name in earlier versions
        ("target-oracle", 0.5, 4.0),
        ("dev", "dev", 5.0),
        ("dev", "deploy (eer)", 5.0),
        ("last", "paper", 2.5),
    ],
)
def test_select_by_name(rule, threshold, hter):
    assert select(held(), rule, threshold).report["figures"]["HTER"] == hter


def test_what_a_record_does_not_hold():
    message = "no result of the selection rule last with the threshold rule dev; it holds target-oracle with paper, target-o"
    with pytest.raises(ValueError, match=message):
        select(held(), "last", "dev")
    with pytest.raises(ValueError, match="it holds none"):
        select({}, "last", "paper")
    two = held()
    two["validations"][0]["best_by"] = ["dev/HTER", "dev/AUC"]
    with pytest.raises(ValueError, match=r"several results \(dev/HTER with paper, dev/AUC with paper\)"):
        select(two, "dev", "paper")
