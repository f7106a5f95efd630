# SPDX-License-Identifier: Apache-2.0
import sys

import pytest


def test_the_table_tells_exact_libraries_from_others_and_from_missing_ones(load_tool, monkeypatch, capsys):
    pytest.importorskip("av")
    tool = load_tool("benchmarks/video_reading.py")
    monkeypatch.setitem(sys.modules, "decord", None)
    names = ("MJPEG avi", "H.264 mp4, turned 90")
    monkeypatch.setattr(tool, "VIDEOS", {name: tool.VIDEOS[name] for name in names} | {"": tool.VIDEOS["H.264 mp4, GOP 12"]})
    monkeypatch.setattr(tool, "TRUNCATED", ("mjpeg.avi",))
    arguments = ["--frames", "40", "--size", "96", "96", "--repeats", "1", "--libraries", "flip_mm", "sequential", "decord"]
    monkeypatch.setattr(sys, "argv", ["video_reading.py", *arguments])
    tool.main()
    ours, sequential, decord = capsys.readouterr().out.split("\n\n")[1:]
    assert ours.count("  exact") == 3
    assert "half of mjpeg.avi         UnreadableError: it is truncated" in ours
    assert sequential.count("  exact") == 2
    assert "frames wrong" in next(line for line in sequential.splitlines() if "turned" in line)
    assert "cannot be used" in decord
