# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.files import read_utf8


def test_text_is_utf_8_with_or_without_a_byte_order_mark(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffä\r\nb".encode())
    assert read_utf8(path) == "ä\r\nb"
    path.write_bytes(b"a\nb\xe9\n")
    with pytest.raises(ValueError, match=r"t\.csv', line 2: this is not UTF-8 text .*Save it as UTF-8"):
        read_utf8(path)
