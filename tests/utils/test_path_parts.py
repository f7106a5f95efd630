# SPDX-License-Identifier: Apache-2.0
import unicodedata

import pytest

from flip_mm.utils.path_parts import is_printable, safe_part
from flip_mm.utils.text import safe_line


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("anna", "anna"),
        ("S_01-b.2", "S_01-b.2"),
        ("two words", "two_words"),
        ("Jörg", "Jörg"),
        (unicodedata.normalize("NFD", "Jörg"), "Jörg"),
        ("王小明", "王小明"),
        ("हिन्दी", "हिन्दी"),
        ('a:b*c?"<>|', "a_b_c_____"),
        ("a\u200eb\u3000c", "a_b_c"),
        ("=1+1", "_1_1"),
        ("-", "-"),
        ("ü" * 50, "ü" * 50),
    ],
)
def test_names_of_files(text, part):
    assert safe_part(text) == part


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        (".", "begins with a dot"),
        ("..", "begins with a dot"),
        (".hidden", "begins with a dot"),
        ("../x", "path separator"),
        ("a/b", "path separator"),
        ("a\\b", "path separator"),
        ("a\nb", "control characters"),
        ("a\0b", "control characters"),
        ("a\x7f", "control characters"),
        ("a\ud800", "control characters"),
        ("ü" * 51, "longer than 100 bytes"),
    ],
)
def test_invalid_file_names(text, reason):
    with pytest.raises(ValueError, match=reason):
        safe_part(text)


def test_invisible_characters_are_escaped():
    text = "Jörg 3/\x1b[31m\n\x85\udcff\ud800.avi"
    assert safe_line(text) == r"Jörg 3/\x1b[31m\n\x85\xff\ud800.avi"
    assert not is_printable(text)
    assert is_printable(safe_line(text))
