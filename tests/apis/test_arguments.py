# SPDX-License-Identifier: Apache-2.0
import argparse

import pytest

from flip_mm.apis.arguments import check_input, check_new_file, check_other_file, integer, number, output_file
from flip_mm.utils.plain_numbers import plain_float, plain_int


@pytest.mark.parametrize(
    "text", ["0_1", "infinity", "inf", "nan", "0x1", "\u0661", "1e999", "9" * 500, "", " ", "1 2", "1,5", "½", "--1"]
)
def test_numbers_that_only_python_reads_are_refused(text):
    with pytest.raises(ValueError, match="is no number such as"):
        plain_float(text)
    with pytest.raises(ValueError, match="is no whole number such as"):
        plain_int(text)


def test_plain_numbers():
    assert [plain_float(text) for text in ("1", " 0.5\t", "-3", "+1e-4", ".5", "5.")] == [1, 0.5, -3, 1e-4, 0.5, 5]
    assert [plain_int(text) for text in ("12", "-3", "+0", " 7 ")] == [12, -3, 0, 7]


def test_ranges():
    assert (integer(1, 5)("5"), number(0, 1)("0.25"), integer(2)("9")) == (5, 0.25, 9)
    for kind, text, told in (
        (integer(1, 5), "6", "must be in 1..5, got 6"),
        (integer(2), "1", "must be at least 2, got 1"),
        (number(0, 1), "-0.1", "must be in 0..1, got -0.1"),
        (integer(1), "1.5", "'1.5' is no whole number"),
    ):
        with pytest.raises(argparse.ArgumentTypeError, match=told):
            kind(text)


def test_files(tmp_path):
    file = tmp_path / "a.csv"
    assert output_file(str(file)) == file
    for text, told in (
        (tmp_path, "is a folder"),
        (tmp_path / "no/a.csv", "there is no folder"),
        (f"{tmp_path}/x/", "is a folder"),
    ):
        with pytest.raises(argparse.ArgumentTypeError, match=told):
            output_file(str(text))
    with pytest.raises(FileNotFoundError, match=r"argument file: '.*a.csv' does not exist"):
        check_input(file, "file")
    with pytest.raises(IsADirectoryError, match="is a folder, give a file"):
        check_input(tmp_path, "file")
    file.touch()
    check_input(file, "file")
    (tmp_path / "link.csv").symlink_to(file)
    check_other_file(tmp_path / "new.csv", file)
    with pytest.raises(ValueError, match="is an input file and would be overwritten"):
        check_other_file(tmp_path / "link.csv", file)


def test_only_overwrite_replaces_a_file_and_never_an_input(tmp_path):
    file, other = tmp_path / "a.pth", tmp_path / "b.pth"
    for path in (file, other):
        path.write_text("x")
    check_new_file(tmp_path / "new.pth", False, file)
    check_new_file(other, True, file)
    with pytest.raises(FileExistsError, match=r"b\.pth exists already: choose another name, or --overwrite\.$"):
        check_new_file(other, False, file)
    for overwrite in (True, False):
        with pytest.raises(ValueError, match="is an input file and would be overwritten"):
            check_new_file(file, overwrite, file)
