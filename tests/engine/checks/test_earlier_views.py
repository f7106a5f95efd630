# SPDX-License-Identifier: Apache-2.0
"""A training of version 0.1 has each step of Pillow in its settings; tests/test_old_files.py resumes one."""

from pathlib import Path

import pytest
from mmengine.config import Config

from flip_mm.engine.checks.resume_checks import settings_problem
from flip_mm.engine.records.training_settings import training_settings

CONFIGS = Path(__file__).parents[3] / "configs"
STEP = "train_dataloader.dataset.pipeline.2"


def settings(name, views, **changes):
    cfg = Config.fromfile(CONFIGS / name)
    cfg.merge_from_dict({f"{STEP}.views": views} | changes)
    return training_settings(cfg)


@pytest.mark.parametrize("name", ["flip_mcl_p1.py", "flip_it_p2.py", "flip_mcl_demo.py"])
def test_the_message_names_the_one_option(name):
    old = settings(name, "pillow")
    assert old[f"{STEP}.type"] == "NumpyToPIL"
    assert settings_problem(old, settings(name, "pillow")) == []
    for views in ("opencv", "device"):
        (problem,) = settings_problem(old, settings(name, views))
        assert f"started with other defaults: {STEP}.views: 'pillow' against '{views}'. " in problem
        assert f"Resume with --cfg-options {STEP}.views=pillow to continue" in problem


def test_another_difference_is_named_by_the_steps_of_the_old_training():
    old = settings("flip_mcl_p1.py", "pillow")
    (problem,) = settings_problem(old, settings("flip_mcl_p1.py", "opencv", **{f"{STEP}.grey_prob": 0.3}))
    assert "has other settings: train_dataloader.dataset.pipeline.4.transforms.1.2.p: 0.2 against 0.3. " in problem
