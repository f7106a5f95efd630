# SPDX-License-Identifier: Apache-2.0
import json
import re
from pathlib import Path

import pytest

FOUND = {"plain": 60, "opencv": 250, "pillow": 50, "device": 500}


def rows(text):
    """Cells of the rows of all tables, without the headers."""
    lines = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [cells for cells in lines if cells[0].replace(",", "").isdigit()], [cells for cells in lines if len(cells) == 2]


def test_the_page_has_the_computed_numbers(run_tool, load_tool, capsys):
    page = Path("docs/scale.md").read_text(encoding="utf-8")
    run_tool("benchmarks/scale_on_paper.py")
    out = capsys.readouterr().out
    numbered, named = rows(out)
    assert len(numbered) == 3 + 4
    there, _ = rows(page)
    assert [cells for cells in numbered if cells not in there] == []
    assert [value for _, value in named[2:] if value and value != "---" and value not in page] == []
    a_core = load_tool("benchmarks/scale_on_paper.py").IMAGES_A_CORE
    assert f" {', '.join(map(str, a_core.values()))} " in page
    assert f"cores, pillow ({a_core['pillow']} images/s each)" in out


def test_rates_of_another_run(run_tool, capsys, tmp_path):
    part = "training data, 3 views, 224 px PNG (Pillow)"
    results = [dict(part=part, way=way, units=24, seconds=24 / rate) for way, rate in FOUND.items()]
    path = tmp_path / "data.json"
    path.write_text(json.dumps(dict(results=results)))
    run_tool("benchmarks/scale_on_paper.py", "--data", path)
    assert "| 100 | 240 ms | 2.0 | 0.4 | 0.2 | 208 |" in capsys.readouterr().out
    path.write_text(json.dumps(dict(results=results[:2])))
    with pytest.raises(ValueError, match=f"has no result '{re.escape(part)}' of device, pillow: run data.py with --sizes 224"):
        run_tool("benchmarks/scale_on_paper.py", "--data", path)
