# SPDX-License-Identifier: Apache-2.0
"""Settings that a shipped config takes from the run are no differences from it."""

import pytest

from flip_mm.apis.published_recipe import published_recipe
from flip_mm.apis.run_config import load_config, training_arguments
from flip_mm.reproduction.finding import SAME
from flip_mm.reproduction.recipe import compare_settings, recipe_for


@pytest.mark.parametrize("name", ["ssdg_r", "ssan_r", "patchnet"])
@pytest.mark.parametrize("target", ["O", "I"])
def test_a_training_with_the_shipped_config(name, target):
    settings = load_config(training_arguments(name, target=target)).to_dict()
    found = compare_settings(settings, recipe_for(published_recipe(name), target), release={})
    assert [finding for finding in found if finding.severity != SAME] == []


def test_another_target():
    settings = load_config(training_arguments("ssdg_r", target="O")).to_dict()
    found = compare_settings(settings, recipe_for(published_recipe("ssdg_r"), "M"), release={})
    names = {finding.subject for finding in found if finding.severity != SAME}
    assert names == {"model.triplet_weight", "model.adversarial_weight"}
