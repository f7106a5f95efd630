# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.preparation.ways import Way, count_ways


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("file,detector,margin\na,mtcnn,0.1\nb,mtcnn,0.1\nc,lbp,0\n", {Way("mtcnn", "0.1"): 2, Way("lbp", "0"): 1}),
        ("file,detector\na,mtcnn\n", {Way("mtcnn", ""): 1}),
        # Interrupted: the last line is not complete.
        ("file,detector,margin\na,mtcnn,0.1\nb,mtc", {Way("mtcnn", "0.1"): 1}),
        ("", {}),
    ],
)
def test_images_of_each_way(text, expected, tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_text(text)
    assert count_ways(path) == expected


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_text("file,label\na,1\n")
    with pytest.raises(ValueError, match=r"manifest\.csv' is no manifest of a conversion"):
        count_ways(path)
