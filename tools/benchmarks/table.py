# SPDX-License-Identifier: Apache-2.0
"""Write the tables of docs/benchmarks.md from the results in docs/benchmarks/.

Every benchmark is run twice: NAME.1.json and NAME.2.json. Its table replaces what is between the lines `<!-- NAME -->` and
`<!-- end -->`; the text around them is written by hand.

python tools/benchmarks/table.py
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from flip_mm.apis import run_main
from flip_mm.cli.parser import Parser

ROOT = Path(__file__).parents[2]
PLACE = re.compile(r"(?<=^<!-- )(?!end )(\w+)( -->\n).*?(?=^<!-- end -->$)", re.MULTILINE | re.DOTALL)
COLUMNS = ("part", "way", "time", "quartiles", "rate", "ratio, run 1", "ratio, run 2", "peak memory", "notes")
# What two runs of one benchmark must share, so that one table can show both.
SHARED = ("device", "threads", "instructions", "system", "versions")
NOT_MEASURED = "Not measured.\n"


def fill(page: str, folder: Path) -> str:
    """Return the page with the tables of all results.

    Args:
        page: Text of the page.
        folder: Contains NAME.1.json and NAME.2.json.

    Raises:
        ValueError: If results have no place on the page, or the runs of a benchmark cannot be compared.
    """
    measured = {path.name.split(".")[0] for path in folder.glob("*.json")}
    places = {match.group(1) for match in PLACE.finditer(page)}
    if lost := sorted(measured - places):
        raise ValueError(f"The page has no place for {', '.join(lost)}: add the lines <!-- {lost[0]} --> and <!-- end -->.")

    def table(match: re.Match[str]) -> str:
        name, end = match.groups()
        return name + end + (section(folder, name) if name in measured else NOT_MEASURED)

    return PLACE.sub(table, page)


def section(folder: Path, name: str) -> str:
    """Return how a benchmark was measured, and its table.

    Raises:
        ValueError: If a run is missing, or the two differ in device, versions or parts.
    """
    first, second = (_read(folder / f"{name}.{run}.json") for run in (1, 2))
    for key in SHARED:
        if first["environment"][key] != second["environment"][key]:
            raise ValueError(f"{name}.1.json and {name}.2.json differ in {key}: repeat one of the runs.")
    again = {(result["part"], result["way"]): result for result in second["results"]}
    if again.keys() != {(result["part"], result["way"]) for result in first["results"]}:
        raise ValueError(f"{name}.1.json and {name}.2.json have different parts or ways: repeat one of the runs.")
    rows = [_row(result, again[result["part"], result["way"]]) for result in first["results"]]
    if not any(row[-1] for row in rows):
        rows = [row[:-1] for row in rows]
    head = COLUMNS[: len(rows[0])]
    lines = [head, ["---"] * len(head), *rows]
    return _origin(first["environment"], second["environment"]) + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ValueError(f"{path.name} is missing: every benchmark is run twice.") from error


def _origin(first: dict[str, Any], second: dict[str, Any]) -> str:
    dates = " and ".join(dict.fromkeys((first["date"], second["date"])))
    command = re.sub(r"\s+--json\s+\S+", "", first["command"])
    threads = f"{first['threads']} thread{'s' * (first['threads'] != 1)}"
    versions = ", ".join(f"{package} {version}" for package, version in first["versions"].items())
    device = f"{first['device']} ({first['instructions']})"
    return f"    {command}\n\n{device}, {threads}, {first['system']}, {dates}; {versions}.\n\n"


def _row(result: dict[str, Any], again: dict[str, Any]) -> list[str]:
    low, high = result["quartiles"]
    rate = f"{_number(result['units'] / result['seconds'])} {result['unit']}/s"
    peak = "" if result["peak_mib"] is None else f"{_number(result['peak_mib'])} MiB"
    notes = ", ".join(f"{key} {_number(value)}" for key, value in result["notes"].items())
    ratios = [f"{run['ratio']:.2f}x" for run in (result, again)]
    spread = f"{_time(low)} to {_time(high)}"
    return [result["part"], result["way"], _time(result["seconds"]), spread, rate, *ratios, peak, notes]


def _time(seconds: float) -> str:
    return f"{_number(seconds)} s" if seconds >= 1 else f"{_number(1000 * seconds)} ms"


def _number(value: Any) -> str:
    """Three digits; text as it is."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--page", type=Path, default=ROOT / "docs/benchmarks.md", help="the page (docs/benchmarks.md)")
    parser.add_argument("--results", type=Path, default=ROOT / "docs/benchmarks", help="folder of results (docs/benchmarks)")
    return parser.parse_args()


def main() -> None:
    """Write the page."""
    args = parse_args()
    page = fill(args.page.read_text(encoding="utf-8"), args.results)
    args.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(run_main(main))
