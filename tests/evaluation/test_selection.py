# SPDX-License-Identifier: Apache-2.0
import random

import pytest

from flip_mm.evaluation.selection import RULES, rule_of, select_iteration


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
        (ROWS, "best", {}, "'best' does not exist; choose from target-oracle, validation, dev, last, fixed"),
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
