# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest


def test_the_findings_of_degraded_pictures(run_tool, capsys):
    pytest.importorskip("skimage")
    photos = {"unchanged": lambda image: image, "black": np.zeros_like}
    run_tool("benchmarks/face_quality.py", "--faces", "lbp", "--images", "2", PHOTOS=photos)
    title, *rows = capsys.readouterr().out.splitlines()
    assert title == "2 drawn crops of 112 pixels, percent with a finding"
    middle = rows.index("a photo, faces found by lbp: findings with the compared number")
    crops, photo = ({row[:24].strip(): row[24:] for row in part} for part in (rows[:middle], rows[middle + 1 :]))
    assert crops["unchanged"] == "none"
    assert crops["black"] == "flat 100, too_dark 100"
    assert crops["shrunk to 40 px"] == "too_small 100"
    # LBP finds no landmarks.
    assert photo["unchanged"] == "uncertain_box, several_faces 2.00"
    assert photo["black"] == "no_face, flat 0.00, too_dark 0.00"
