# SPDX-License-Identifier: Apache-2.0
"""Options of evaluators are checked before a training, and options for the other evaluator are reported."""

import pytest
from mmengine.config import Config

import flip_mm.register  # noqa: F401
from flip_mm.cli.config_arguments import evaluator_without_effect
from flip_mm.config_checks.common_run import check_thresholds


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (dict(threshold="deployed"), "threshold must be 'paper', 'dev' or a number in 0..1.1, got 'deployed'"),
        (dict(threshold="deploy", rule="apcer"), "rule"),
        (dict(rule="apcer=0.1"), "rule='apcer=0.1' is for threshold='dev'"),
        (dict(level="vido"), "level must be one of"),
    ],
)
@pytest.mark.parametrize("name", ["val_evaluator", "test_evaluator"])
@pytest.mark.parametrize("wrap", [lambda m: m, lambda m: [m], lambda m: dict(type="Evaluator", metrics=[m])])
def test_the_options_of_each_evaluator(options, message, name, wrap):
    metric = dict(type="FASMetric", **options)
    with pytest.raises(ValueError, match=f"^{name}: .*{message}"):
        check_thresholds(Config({name: wrap(metric)}), None)
    check_thresholds(Config({name: wrap(dict(type="Accuracy", topk=1))}), None)


def test_an_option_of_the_evaluator_that_is_not_read():
    call = evaluator_without_effect
    assert call({"val_evaluator.threshold": "dev"}, "test_evaluator", "val_evaluator") == (
        "--cfg-options val_evaluator.threshold has no effect here, this command reads test_evaluator: "
        "use test_evaluator.threshold=dev"
    )
    both = {"val_evaluator.threshold": 0.5, "test_evaluator.threshold": 0.5}
    assert call(both, "test_evaluator", "val_evaluator") == call(None, "test_evaluator", "val_evaluator") == ""
    assert call({"model.a": 1}, "val_evaluator", "test_evaluator") == ""
