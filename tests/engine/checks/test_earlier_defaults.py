# SPDX-License-Identifier: Apache-2.0
"""A default that changed since a training started; tests/test_old_files.py resumes such a training."""

import pytest

from flip_mm.engine.checks.resume_checks import settings_problem

FUSED = "optim_wrapper.optimizer.fused"
TYPE = "optim_wrapper.type"
BF16 = {TYPE: "Bf16OptimWrapper"}
FP16 = {TYPE: "AmpOptimWrapper", "optim_wrapper.loss_scale": "dynamic"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({}, {FUSED: False}),
        ({FUSED: False}, {}),
        ({FUSED: True}, {FUSED: True}),
        ({}, {"optim_wrapper.critic.optimizer.fused": False}),
        (FP16, {TYPE: "AmpOptimWrapper"}),
        ({}, {"model.backbone.compile": False}),
    ],
)
def test_a_missing_setting_equals_what_earlier_versions_did(old, new):
    assert settings_problem(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "options"),
    [
        ({}, {FUSED: True}, f"{FUSED}=False"),
        ({FUSED: False}, {FUSED: True}, f"{FUSED}=False"),
        (FP16, BF16, f"{TYPE}=AmpOptimWrapper"),
        (FP16, {FUSED: True} | BF16, f"{FUSED}=False {TYPE}=AmpOptimWrapper"),
    ],
)
def test_the_message_has_the_options_that_restore_earlier_defaults(old, new, options):
    (problem,) = settings_problem(old, new)
    assert problem.startswith("The training to be resumed started with other defaults: ")
    assert f" Resume with --cfg-options {options} to continue with its arithmetic." in problem


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({FUSED: True}, {}),
        ({FUSED: True}, {FUSED: False}),
        (BF16, FP16),
        ({}, {FUSED: True, "model.head.norm": False}),
        ({TYPE: "OptimWrapper"}, BF16),
    ],
)
def test_other_differences_have_the_usual_message(old, new):
    (problem,) = settings_problem(old, new)
    assert problem.startswith("The training to be resumed has other settings: ")
