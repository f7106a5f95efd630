# SPDX-License-Identifier: Apache-2.0
"""Covering one place after the other."""

import numpy as np
import pytest
from fixtures.bright_model import BrightRuntime, bright_card

from flip_mm.explain.occlusion import occlusion_evidence
from flip_mm.inference.model_card import InputSpec
from flip_mm.inference.outputs import Outputs


@pytest.fixture
def runtime():
    spec = InputSpec((32, 32), (127.5,) * 3, (64.0,) * 3)
    return BrightRuntime(bright_card(inputs=(spec,)))


@pytest.mark.parametrize("place", [(0, 0), (3, 5), (7, 7)])
@pytest.mark.parametrize(("level", "own"), [(250, "real"), (5, "spoof")])
def test_the_only_place_that_changes_the_score(runtime, place, level, own):
    crop = np.full((32, 32, 3), 128, np.uint8)
    crop[4 * place[0] : 4 * place[0] + 4, 4 * place[1] : 4 * place[1] + 4] = level
    (found,) = occlusion_evidence(runtime, [crop])
    values = getattr(found, own)
    assert values.shape == (8, 8)
    assert np.unravel_index(values.argmax(), values.shape) == place
    assert values[place] == 1
    assert found.method == "occlusion"
    # A square of two by two places covers the neighbours as well.
    far = np.abs(np.indices((8, 8)) - np.reshape(place, (2, 1, 1))).max(0) > 1
    assert values[far].max() < 0.1


def test_an_even_crop_has_no_evidence(runtime):
    (found,) = occlusion_evidence(runtime, [np.full((32, 32, 3), 90, np.uint8)])
    assert not found.real.any()
    assert not found.spoof.any()


def test_one_input_is_covered_at_a_time():
    class Second:
        """Looks at the second input only."""

        def __call__(self, crops):
            values = crops[1].mean((1, 2, 3), dtype=np.float32)
            return Outputs(np.stack([np.zeros_like(values), values], 1))

    crop = np.zeros((16, 24, 3), np.uint8)
    crop[:2, :3] = 255
    first, second = occlusion_evidence(Second(), [crop, crop])
    assert not first.real.any()
    assert np.unravel_index(second.real.argmax(), (8, 8)) == (0, 0)
