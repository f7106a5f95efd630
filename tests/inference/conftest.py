# SPDX-License-Identifier: Apache-2.0
"""Cards and small model files."""

import pytest

from flip_mm.inference.model_card import InputSpec, ModelCard

PROMPTS = dict(spoof=["a printed face", "a face on a screen"], real=["a real face"])


@pytest.fixture
def make_card():
    """make_card(name="x") -> a card of a network that takes faces of 8 px."""

    def make(size=(8, 8), **changes):
        spec = InputSpec(size, (127.5, 127.5, 127.5), (64.0, 64.0, 64.0), crop_size=size[0])
        return ModelCard(**{**dict(name="tiny", architecture=dict(network="none"), inputs=(spec,), prompts=PROMPTS), **changes})

    return make
