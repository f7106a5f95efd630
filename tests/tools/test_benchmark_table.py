# SPDX-License-Identifier: Apache-2.0
"""The page of benchmarks has the committed results, and runs that do not belong together are refused."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = "# Title\n\n<!-- data -->\nold\n<!-- end -->\n\nText.\n\n<!-- scale -->\n<!-- end -->\n"
TABLE = """# Title

<!-- data -->
    python tools/benchmarks/data.py --turns 3

A CPU (AVX2), 1 thread, Linux x86_64, 2026-01-01 and 2026-01-02; torch 2.9, numpy 2.0.

| part | way | time | quartiles | rate | ratio, run 1 | ratio, run 2 | peak memory | notes |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| three views | plain | 2 s | 1.5 s to 2.5 s | 12 images/s | 1.00x | 1.00x |  |  |
| three views | ours | 500 ms | 125 ms to 750 ms | 48 images/s | 4.00x | 3.90x | 12.3 MiB | cores 2, MFU 0.457 |
<!-- end -->

Text.

<!-- scale -->
Not measured.
<!-- end -->
"""


@pytest.fixture
def tool(load_tool):
    return load_tool("benchmarks/table.py")


@pytest.fixture
def results(tmp_path):
    """results(run, ratio, **environment): write data.1.json or data.2.json; returns their folder."""

    def write(run, ratio, ways=("plain", "ours"), **changed):
        environment = dict(
            command=f"python tools/benchmarks/data.py --turns 3 --json docs/benchmarks/data.{run}.json",
            date=f"2026-01-0{run}",
            device="A CPU",
            threads=1,
            instructions="AVX2",
            system="Linux x86_64",
            versions=dict(torch="2.9", numpy="2.0"),
        )
        plain = dict(part="three views", way=ways[0], seconds=2.0, quartiles=[1.5, 2.5], units=24, unit="images")
        ours = plain | dict(way=ways[1], seconds=0.5, quartiles=[0.125, 0.75], ratio=ratio, peak_mib=12.345)
        both = [plain | dict(ratio=1.0, peak_mib=None, notes={}), ours | dict(notes=dict(cores=2, MFU=0.4567))]
        (tmp_path / f"data.{run}.json").write_text(json.dumps(dict(environment=environment | changed, results=both)))
        return tmp_path

    return write


def test_a_table_has_both_runs_and_is_written_once(tool, results):
    results(1, 4.0)
    folder = results(2, 3.9)
    assert tool.fill(PAGE, folder) == TABLE
    assert tool.fill(TABLE, folder) == TABLE


def test_the_page_has_the_committed_results(tool):
    page = (ROOT / "docs/benchmarks.md").read_text(encoding="utf-8")
    assert tool.fill(page, ROOT / "docs/benchmarks") == page


def test_without_notes_there_is_no_column(tool, results):
    for run in (1, 2):
        path = results(run, 4.0) / f"data.{run}.json"
        record = json.loads(path.read_text())
        record["results"] = [result | dict(notes={}) for result in record["results"]]
        path.write_text(json.dumps(record))
    assert "peak memory |\n" in tool.fill(PAGE, path.parent)


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (dict(versions=dict(torch="2.8")), "data.1.json and data.2.json differ in versions: repeat one of the runs."),
        (dict(threads=2), "data.1.json and data.2.json differ in threads: repeat one of the runs."),
        (dict(ways=("plain", "theirs")), "data.1.json and data.2.json have different parts or ways: repeat one of the runs."),
        (None, "data.2.json is missing: every benchmark is run twice."),
    ],
)
def test_runs_that_do_not_belong_together(second, message, tool, results):
    folder = results(1, 4.0)
    if second is not None:
        results(2, 4.0, **second)
    with pytest.raises(ValueError, match=f"^{message}$"):
        tool.fill(PAGE, folder)


def test_a_result_without_a_place_is_refused(end_tool, results, tmp_path, capsys):
    results(1, 4.0)
    folder, page = results(2, 4.0), tmp_path / "page.md"
    page.write_text("# Title\n")
    assert end_tool("benchmarks/table.py", "--page", page, "--results", folder) == 2
    assert "no place for data: add the lines <!-- data --> and <!-- end -->." in capsys.readouterr().err
    page.write_text(PAGE)
    assert not end_tool("benchmarks/table.py", "--page", page, "--results", folder)
    assert page.read_text() == TABLE.replace("3.90x", "4.00x")
