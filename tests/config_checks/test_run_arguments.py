# SPDX-License-Identifier: Apache-2.0
"""Settings that follow from the run: by target, numbers of domains, classes of cameras and materials."""

import pytest

from flip_mm.apis.run_config import load_config, training_arguments
from flip_mm.config_checks.by_target import set_by_target
from flip_mm.config_checks.run_arguments import set_run_arguments

SETTINGS = [("M", 1.0, 0.5, 1500), ("C", 1.0, 0.5, 500), ("I", 1.0, 0.5, 500), ("O", 2.0, 0.1, 1500)]


@pytest.mark.parametrize(("target", "triplet", "adversarial", "milestone"), SETTINGS)
def test_ssdg_has_the_settings_of_its_release_for_each_target(target, triplet, adversarial, milestone):
    cfg = load_config(training_arguments("ssdg_r", target=target))
    assert "by_target" not in cfg
    model = cfg.model
    assert (model.get("triplet_weight", 1.0), model.get("adversarial_weight", 0.5)) == (triplet, adversarial)
    assert cfg.param_scheduler[0].milestones == [milestone]
    assert model.num_domains == 3


def test_options_of_the_command_line_win():
    cfg = load_config(training_arguments("ssdg_r", target="O", cfg_options={"model.triplet_weight": 7.0}))
    assert (cfg.model.triplet_weight, cfg.model.adversarial_weight) == (7.0, 0.1)


@pytest.mark.parametrize("settings", [3, dict(O=4), dict(O={"param_scheduler.7.gamma": 1.0})])
def test_wrong_settings_by_target(config, settings):
    cfg = config(dict(by_target=settings))
    with pytest.raises(ValueError, match="by_target"):
        set_by_target(cfg)


def arguments(config, kind, **run):
    cfg = config(dict(model=dict(type=kind)))
    cfg.train_dataloader.dataset.run = dict(protocol="p1", target="O") | run
    set_run_arguments(cfg)
    return cfg.model


def test_labelled_domains(config):
    assert arguments(config, "SSDG", aux=False).num_domains == 3
    assert arguments(config, "SSDG").num_domains == 4
    assert arguments(config, "SSDG", aux=False, shots=5).num_domains == 4
    assert arguments(config, "ImageClassifier").keys() == {"type"}


def test_fine_classes(config):
    names = arguments(config, "PatchNet", aux=False).fine_classes
    assert [sum(name.startswith(f"{domain}/") for name in names) for domain in "ICMO"] == [4, 12, 8, 0]
    assert len(arguments(config, "PatchNet", shots=5).fine_classes) == 4 + 12 + 8 + 2 + 30
