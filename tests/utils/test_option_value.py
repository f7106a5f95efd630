# SPDX-License-Identifier: Apache-2.0
import argparse

import pytest

from flip_mm.cli.config_arguments import Options
from flip_mm.utils.option_value import option_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("true", True),
        ("None", None),
        ("(0.9, 0.99)", (0.9, 0.99)),
        ("a, b", ["a", "b"]),
        ("my data/w 1.pth", "my data/w 1.pth"),
        ("'my data'", "my data"),
    ],
)
def test_values(text, value):
    assert option_value(text) == value
    parser = argparse.ArgumentParser()
    parser.add_argument("--cfg-options", nargs="+", action=Options)
    read = parser.parse_args(["--cfg-options", "x.y=1", f"a.b={text}"])
    assert read.cfg_options == {"x.y": 1, "a.b": value}


@pytest.mark.parametrize("text", ["[1,2", "[" * 3000 + "]" * 3000])
def test_unreadable_values(text):
    with pytest.raises(ValueError, match="cannot be read"):
        option_value(text)
