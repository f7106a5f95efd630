# SPDX-License-Identifier: Apache-2.0
import unicodedata

import pytest

from flip_mm.utils.text import plain_name, safe_text

BIDI = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
CONTROLS = [code for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"]


@pytest.mark.parametrize("code", [*CONTROLS, *BIDI, 0x200B, 0xFEFF, 0xAD, 0x2028, 0x2029, 0xD800, 0xDFFF, 0xE0041])
def test_control_characters_are_escaped(code):
    found = safe_text(f"a{chr(code)}b")
    assert found.isascii()
    assert found.isprintable()
    assert found.encode().decode("unicode_escape") == f"a{chr(code)}b"


@pytest.mark.parametrize("text", ["", "plain", "zwölf\n\t面部 وجه \U0001f600", "a\u00a0b", "back\\slash"])
def test_visible_characters_are_kept(text):
    assert safe_text(text) == text


def test_nothing_invisible_is_left():
    everything = "".join(chr(code) for code in range(0x110000))
    left = {unicodedata.category(c) for c in safe_text(everything, keep="")}
    assert left.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})


@pytest.mark.parametrize(
    ("name", "plain"),
    [("a b", "a b"), (" a\t", "a"), ("e\u0301", "\u00e9"), ("a\u200d\u2060b", "ab"), ("\u3000a\u00a0", "a"), ("A", "A")],
)
def test_a_name_as_it_is_seen(name, plain):
    assert plain_name(name) == plain
