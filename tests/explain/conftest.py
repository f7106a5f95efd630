# SPDX-License-Identifier: Apache-2.0
"""Small model files with random weights."""

import numpy as np
import pytest
from fixtures.bright_model import PROMPTS
from fixtures.small_networks import ARCHITECTURES, SIZES, random_network

from flip_mm.inference.detector import Detector
from flip_mm.inference.model_card import Decision, InputSpec, ModelCard
from flip_mm.inference.model_file import write_safetensors

DECISION = Decision(0.7, 0.3, "apcer=0.01", "fitted on 60 videos")


@pytest.fixture
def make_card():
    """make_card(32): a card of a network that takes crops of 32 px; more inputs for more sizes."""

    def make(*sizes, **changes):
        mean, std = (127.5,) * 3, (64.0,) * 3
        inputs = tuple(InputSpec((size, size), mean, std, crop_size=size) for size in sizes)
        facts = dict(name="tiny", architecture=dict(network="none"), inputs=inputs, faces=dict(detector="given"))
        return ModelCard(**{**facts, **changes})

    return make


@pytest.fixture
def model_file(make_card, tmp_path):
    """model_file('vit'): path of a model file."""

    def make(name, seed=0, **changes):
        path = tmp_path / f"{name}{seed}.safetensors"
        prompts = {} if name == "resnet" else PROMPTS
        card = make_card(SIZES[name], architecture=ARCHITECTURES[name], prompts=prompts, **changes)
        network = random_network(name, seed)
        write_safetensors(path, card, {key: value.numpy() for key, value in network.state_dict().items()})
        return path

    return make


@pytest.fixture
def detector(model_file):
    """detector('vit'): with thresholds of which the origin is known."""

    def make(name, seed=0, decision=DECISION):
        return Detector(model_file(name, seed), decision=decision)

    return make


@pytest.fixture
def noise():
    """noise(32): (32, 32, 3) uint8 RGB in squares of 4 px, because noise of single pixels is not checked."""

    def make(size, seed=0, side=4):
        squares = np.random.default_rng(seed).integers(0, 256, (-(-size // side), -(-size // side), 3), np.uint8)
        return squares.repeat(side, 0).repeat(side, 1)[:size, :size]

    return make
