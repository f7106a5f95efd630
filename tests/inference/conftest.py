# SPDX-License-Identifier: Apache-2.0
import pytest
from fixtures.bright_model import bright_card


@pytest.fixture
def make_card():
    """make_card(name="x") -> a card of a network that takes faces of 8 px."""
    return bright_card
