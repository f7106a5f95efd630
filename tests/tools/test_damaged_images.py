# SPDX-License-Identifier: Apache-2.0
import sys

import pytest


def test_the_tables_count_what_is_missed(load_tool, monkeypatch, capsys):
    pytest.importorskip("av")
    tool = load_tool("benchmarks/damaged_images.py")
    monkeypatch.setattr(sys, "argv", ["damaged_images.py", "--images", "1", "--trials", "2", "--size", "64"])
    tool.main()
    rows = {}
    for line in capsys.readouterr().out.splitlines():
        title, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[title] = cells
    damages = ["bit flipped", "bytes zeroed", "bytes lost", "bytes added", "early end", "cut and closed"]
    assert [title for title in rows if title.startswith("*")] == [f"*{name}*" for name in damages]
    for form in ("JPEG 4:2:0", "JPEG progressive", "JPEG restarts"):
        tried, refused, spoilt, *missed, alarms = map(int, rows[form])
        assert (tried, alarms) == (12, 0)
        assert max(missed) <= spoilt <= tried - refused
    assert rows["PNG"][0] == "10"
    assert rows["PNG"][3:] == ["0", "0"]
