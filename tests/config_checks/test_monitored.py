# SPDX-License-Identifier: Apache-2.0
import re

import pytest
from mmpretrain.registry import HOOKS, METRICS

from flip_mm.config_checks.monitored import check_monitored, directions
from flip_mm.evaluation import FASMetric
from flip_mm.evaluation.directions import DIRECTIONS

BEST, RULE = "default_hooks.checkpoint.save_best", "default_hooks.checkpoint.rule"
PLATEAU = dict(type="ReduceOnPlateauLR")
STOP = dict(type="EarlyStoppingHook")
TWO = [dict(type="Accuracy"), dict(type="FASMetric")]


@METRICS.register_module(force=True)
class OwnMetric(FASMetric):
    """Reports more than FASMetric."""


def names(*options):
    return [{BEST: f"target/{name}", **own} for own in options for name, direction in DIRECTIONS.items() if direction]


@pytest.mark.parametrize(
    "options",
    [
        *names({}),
        {BEST: "auto"},
        {BEST: None},
        {BEST: ["target/HTER", "target/AUC"]},
        {BEST: ["target/HTER", "target/AUC"], RULE: ["less", "greater"]},
        {BEST: ["target/HTER", "target/EER"], RULE: "less"},
        {BEST: "target/AUC", RULE: "greater"},
        {BEST: "cross/target/AUC", "val_evaluator.prefix": "cross"},
        {BEST: "accuracy/top1", "val_evaluator": [dict(type="Accuracy"), dict(type="FASMetric")]},
        # 'auto' is the first metric of the first evaluator, whose direction is not ours to tell.
        {BEST: "auto", RULE: "greater", "val_evaluator": TWO},
        {BEST: ["accuracy/top1", "target/HTER"], RULE: ["greater", "less"], "val_evaluator": TWO},
        {BEST: "target/own", RULE: "less", "val_evaluator": dict(type="OwnMetric")},
        {BEST: "target/AUC", "val_evaluator": dict(type="OwnMetric")},
        {BEST: "single-label/f1-score", RULE: "less", "val_evaluator": dict(type="SingleLabelMetric")},
        {BEST: "foo", "val_evaluator": None},
        {"param_scheduler": [dict(PLATEAU, monitor="target/HTER"), dict(PLATEAU, monitor="target/AUC", rule="greater")]},
        {"custom_hooks": [dict(STOP, monitor="target/AUC"), dict(STOP, monitor="target/ECE", rule="less")]},
    ],
    ids=str,
)
def test_valid_configs_are_accepted(config, options):
    check_monitored(config(options))


def test_the_held_out_videos_have_a_role(config):
    check_monitored(config({BEST: ["target/HTER", "dev/AUC"], "val_dataloader.dataset.run.holdout": 0.1}))
    with pytest.raises(
        ValueError, match=r"'dev/AUC' is not reported .*, did you mean \S+\? .* Metrics of dev need --holdout\."
    ):
        check_monitored(config({BEST: "dev/AUC"}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({BEST: "foo/BAR"}, f"{BEST}: 'foo/BAR' is not reported by val_evaluator. It reports target/HTER, target/EER, "),
        ({BEST: "HTER"}, f"{BEST}: 'HTER' is not reported by val_evaluator, did you mean target/HTER?"),
        ({BEST: "target/auc"}, "did you mean target/AUC?"),
        ({BEST: ["target/HTER", "target/APCER"]}, "'target/APCER' is not reported"),
        ({BEST: "target/AUC", "val_evaluator.prefix": "cross"}, "did you mean cross/target/AUC?"),
        (
            {BEST: "target/threshold"},
            "'target/threshold' has no direction .*; choose one of target/HTER, ",
        ),
        ({BEST: "target/AUC", RULE: "less"}, f"{RULE}='less' does not fit 'target/AUC', for which it must be 'greater'"),
        ({BEST: ["target/HTER", "target/AUC"], RULE: "less"}, f"{RULE}='less' does not fit 'target/AUC'"),
        ({BEST: ["target/HTER", "target/AUC"], RULE: ["greater", "less"]}, f"{RULE}='greater' does not fit 'target/HTER'"),
        ({BEST: "auto", RULE: "greater"}, f"{RULE}='greater' does not fit 'target/HTER', .*: remove it."),
        ({BEST: "target/HTER", RULE: "lower"}, f"{RULE} must be 'greater', 'less' or None, got 'lower'."),
        ({BEST: ["target/HTER", "target/AUC"], RULE: ["less"] * 3}, f"{RULE} has 3 entries for 2 metrics"),
        ({BEST: ["target/HTER", "target/HTER"]}, "must name every metric once"),
        ({BEST: ["auto", "target/HTER"]}, "'auto' alone"),
        ({BEST: ("target/HTER", "target/AUC")}, "must be the name of a metric or a list of names, got ('target/HTER', 'target"),
        ({BEST: ["target/HTER", "target/AUC"], RULE: ["less", None]}, f"{RULE} must be 'greater', 'less', None or a list of "),
        ({BEST: "target/AUC", RULE: "less", "val_evaluator": dict(type="OwnMetric")}, f"{RULE}='less' does not fit"),
        ({BEST: 3}, f"{BEST} must be the name of a metric or a list of names, got 3."),
        ({"param_scheduler": [PLATEAU]}, "param_scheduler.0.monitor: 'loss' is not reported"),
        (
            {"param_scheduler": {"one": [dict(PLATEAU, monitor="target/AUC")]}},
            "param_scheduler.one.0.rule='less' does not fit 'target/AUC', .*: set param_scheduler.one.0.rule='greater'.",
        ),
        ({"custom_hooks": [dict(STOP, monitor="target/hter")]}, "custom_hooks.0.monitor: 'target/hter' is not reported"),
        ({"custom_hooks": [dict(STOP, monitor="target/HTER")]}, "set custom_hooks.0.rule='less'"),
        ({"custom_hooks": [dict(STOP, monitor="target/AUC", rule="less")]}, "custom_hooks.0.rule='less' does not fit"),
        ({"default_hooks.checkpoint.type": "CheckpointHook"}, f"{RULE}=None does not fit .*: set {RULE}='less'."),
    ],
    ids=str,
)
def test_invalid_configs_are_refused(config, options, message):
    with pytest.raises(ValueError, match=re.escape(message).replace(r"\.\*", ".*")):
        check_monitored(config(options))


@pytest.mark.parametrize(
    ("options", "rules"),
    [
        (dict(save_best="target/AUC"), ["greater"]),
        (dict(save_best="auto"), [None]),
        (dict(save_best=["dev/HTER", "cross/dev/TPR@FPR=1%", "accuracy/top1"]), ["less", "greater", "greater"]),
        (dict(save_best=["loss", "own"], rule="greater"), ["greater", "greater"]),
    ],
)
def test_the_hook_takes_the_direction_from_the_metric(options, rules):
    hook = HOOKS.build(dict(type="BestCheckpointHook", by_epoch=False, **options))
    assert hook.rules == rules
    if options["save_best"] == "auto":
        hook._init_rule(hook.rules, ["target/TPR@FPR=1%"])
        assert hook.rules == ["greater"]
        assert hook.is_better_than["target/TPR@FPR=1%"](5, 5)


@pytest.mark.parametrize(
    ("options", "want"),
    [
        ({BEST: "auto"}, "less"),
        ({BEST: "auto", RULE: "greater", "val_evaluator": TWO}, "greater"),
        ({BEST: "auto", "val_evaluator": list(reversed(TWO))}, "less"),
        ({BEST: ["accuracy/top1", "target/AUC"], "val_evaluator": TWO}, [None, "greater"]),
        ({BEST: None}, None),
    ],
    ids=str,
)
def test_directions_that_a_resume_compares(config, options, want):
    assert directions(config(options)) == want
