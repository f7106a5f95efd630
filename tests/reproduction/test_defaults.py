# SPDX-License-Identifier: Apache-2.0
"""What the checklist takes as the value of a setting that a config does not name."""

from inspect import signature

import pytest

from flip_mm.apis.published_recipe import published_recipe
from flip_mm.datasets.transforms.training_views import TrainingViews
from flip_mm.models.data_preprocessor import IMAGENET_MEAN, IMAGENET_STD
from flip_mm.models.heads.flip_it_head import FLIPITHead
from flip_mm.reproduction.finding import ROUNDING, SAME
from flip_mm.reproduction.recipe import HEAD, IMAGENET, RELEASE, SETTINGS, VIEWS, compare_settings
from flip_mm.tables.published_rows import published_rows


@pytest.mark.parametrize(("prefix", "kind"), [(VIEWS, TrainingViews), (HEAD, FLIPITHead)])
def test_defaults_are_those_of_the_classes(prefix, kind):
    parameters = signature(kind).parameters
    named = {one.name.removeprefix(prefix): one.default for one in SETTINGS if one.name.startswith(prefix)}
    named = {name: default for name, default in named.items() if name in parameters and prefix + name not in RELEASE}
    assert len(named) >= 3
    expected = {name: parameters[name].default for name in named}
    assert named == {name: default for name, default in expected.items() if default is not parameters[name].empty}


def test_every_published_config_differs_from_the_release_in_rounding_only():
    names = {name: row.other for row in published_rows() for name in row.configs}
    assert len(names) >= 9
    for name, other in names.items():
        recipe = published_recipe(name)
        found = compare_settings(recipe, recipe, {} if other else RELEASE) if recipe else []
        found = [one for one in found if one.severity != SAME]
        # Configs of other papers' methods are compared with themselves.
        assert {one.subject for one in found} == (set() if other else {"fused optimizer", "engine of the views"})
        assert {one.severity for one in found} <= {ROUNDING}


def test_imagenet_is_the_normalisation_of_the_preprocessor():
    assert tuple(IMAGENET.values()) == (IMAGENET_MEAN, IMAGENET_STD)
