# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.faces.face import Face


def test_every_photo_and_a_count_of_false_boxes(run_tool, capsys):
    pytest.importorskip("skimage")
    few = dict(HEIGHTS=(240, 30), ROTATIONS=(0, 180), OTHERS=["coins", "moon"])
    run_tool("benchmarks/detectors_on_photos.py", "--faces", "lbp", "--repeats", "1", **few)
    head, *rows, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["photo", "detector", "found", "others", "landmarks", "ms"]
    found = {row[:16].strip(): row.split()[-3] for row in rows}
    assert found["rotated 0"] == found["240 px of 720"] == "yes"
    assert found["30 px of 720"] == found["rotated 180"] == "no"
    assert last.startswith("lbp: ")
    assert " boxes in 2 photos without a face: " in last


def test_the_error_of_landmarks(load_tool):
    judge = load_tool("benchmarks/detectors_on_photos.py").judge
    points = np.array([(30, 40), (70, 40), (50, 60), (35, 80), (65, 80)], float)
    moved = ((30, 40), (70, 40), (56, 68), (35, 80), (65, 80))
    face, other = Face((10, 10, 90, 90), 0.9, landmarks=moved), Face((100, 100, 150, 150), 0.8)
    assert judge([other, face], points) == ("0.900", 1, "0.25")
    assert judge([other], points) == ("no", 1, "")
    assert judge([Face(face.box)], points) == ("yes", 0, "")
