# SPDX-License-Identifier: Apache-2.0
import pytest


def test_finds_are_counted_by_class(run_tool, capsys):
    pytest.importorskip("skimage")
    run_tool("benchmarks/face_detectors.py", "--faces", "lbp", "--images", "2", "--height", "96")
    title, head, *rows = capsys.readouterr().out.splitlines()
    assert title == "2 images of each class, 96 pixels high"
    assert head.split() == ["detector", "class", "found", "elsewhere", "none", "ms"]
    assert [row.split()[1] for row in rows] == ["real", "print", "replay", "mask", "cut_en"]
    assert [sum(map(int, row.split()[2:5])) for row in rows] == [2] * 5
