# SPDX-License-Identifier: Apache-2.0
"""The fast reader and the strict reader: the same table, or the same error."""

import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flip_mm.evaluation import Provenance, ScoreTable, read_score_file, write_scores
from flip_mm.evaluation import score_file as module
from flip_mm.evaluation.fast_csv import ArrowTexts, read_regular
from flip_mm.evaluation.score_table import COLUMNS

pytest.importorskip("pyarrow")

KNOWN = (*module.PROVENANCE, module.THRESHOLD)
HEADER = ",".join(COLUMNS)
GOOD = ["a0,a,1,O,bonafide,1,0.75", "a1,a,1,O,bonafide,1,0.25", "b0,b,2,O,print,0,0.5", "c0,,,,mask,0,1e-300"]


def text(*rows, header=HEADER):
    return "\n".join([header, *rows, ""])


def outcome(path, fast):
    """All content of a file as text, or the error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LARGE", 0 if fast else float("inf"))
        try:
            table, *more = read_score_file(path)
        except ValueError as error:
            return str(error)
    return repr([*table.rows()]), table.videos.tolist(), more


CELLS = {
    "file": ["a0", "a1", "b0", "x y", "", " a0", "a", "b", "'=x", "=x", "'x", "NA", "null", "c\u00e9", "\x00"],
    "video": ["a", "b", "", " ", "a ", "A", "NULL", "nan", "a0", '"a"', "'-a", "-a", "a\tb", "cafe\u0301"],
    "subject": ["1", "2", "", "N/A", "01", "'@", "#"],
    "domain": ["O", "", "o", " O", "'=O", "=O"],
    "attack_type": ["bonafide", "print", "mask", "", "Bonafide", "'=print", "=print", "null"],
    "label": ["0", "1", "", "00", " 1", "1.0", "true", "2"],
    "score": [
        *("0", "1", "0.5", "1e-300", "-0.0", "5e-324", "1e-400", ".5", "1.", "+0.5", " 0.5", "0.5 ", "1e-99999999999"),
        *("nan", "NaN", "inf", "", "0x1p-1", "0_1", "1,5", "1.5", "-1e-9", "1e", "0.1e-1", "1E-1", "0.5f", ".", "-", "\u0661"),
        *("0" * 401, "0" * 399, "0." + "1" * 399, "0." + "123" * 60),
        *("0.30000000000000004", "0.1000000000000000055511151231257827", "2.2250738585072011e-308"),
    ],
}


def row(number, column, cell):
    cells = dict(zip(COLUMNS, (f"z{number}", f"z{number}", "1", "O", "print", "0", "0.5"), strict=True))
    return ",".join((cells | {column: cell}).values())


ODD = [(column, cell) for column, cells in CELLS.items() for cell in cells]
ENDS = ["\n", "\r\n", "\r", "\n\n", ",\n", "\x0b"]


@pytest.mark.parametrize("column", CELLS)
def test_one_unusual_cell(tmp_path, column):
    path = tmp_path / "s.csv"
    for cell in CELLS[column]:
        path.write_text(text(*GOOD, row(0, column, cell)), encoding="utf-8")
        assert outcome(path, fast=True) == outcome(path, fast=False)


@settings(deadline=None, max_examples=300, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.sampled_from(ODD), max_size=3),
    st.integers(0, 4),
    st.sampled_from([*["\n"] * 6, *ENDS]),
    st.sampled_from([*[""] * 6, "\ufeff", "\n", "#"]),
)
def test_rows_of_unusual_cells(tmp_path, odd, place, end, start):
    rows = [row(number, *cell) for number, cell in enumerate(odd)]
    lines = [*GOOD[:place], *rows, *GOOD[place:]]
    path = tmp_path / "s.csv"
    path.write_bytes((start + end.join([HEADER, *lines])).encode())
    assert outcome(path, fast=True) == outcome(path, fast=False)


MORE = f"{HEADER},note,provenance_seed,provenance_run,provenance_threshold"
ALPHABET = st.sampled_from([*"\n\r,\"' =+-@\t01.eaAO\x00\x7f\u00e9\u200b\ufeff"])


@settings(deadline=None, max_examples=300, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10**6), st.sampled_from(["replace", "insert", "remove"]), ALPHABET), max_size=3))
def test_changed_characters(tmp_path, changes):
    content = text(*(f"{row},n{number},7,OCI->M,paper" for number, row in enumerate(GOOD)), header=MORE)
    for place, kind, char in changes:
        place %= len(content)
        content = content[:place] + char * (kind != "remove") + content[place + (kind != "insert") :]
    path = tmp_path / "s.csv"
    path.write_bytes(content.encode())
    assert outcome(path, fast=True) == outcome(path, fast=False)


@pytest.mark.parametrize(
    "content",
    [
        text(*GOOD),
        text(*GOOD).rstrip("\n"),
        text(*GOOD, ""),
        text(*(f"x,{','.join(reversed(row.split(',')))}" for row in GOOD), header=f"note,{','.join(reversed(COLUMNS))}"),
        text(*(f"{row},7,'=1+1" for row in GOOD), header=f"{HEADER},provenance_seed,provenance_run"),
        text(*(f"{row},{row[0]}" for row in GOOD), header=f"{HEADER},provenance_run"),
        text(*GOOD, "d0,d,'-1,'@O,'=print,0,0.5"),
        # Further columns that are equal in all rows, in some, and only together with the header.
        text(*(f"{row},n,7,," for row in GOOD), header=f"{HEADER},note,provenance_seed,provenance_run,other"),
        text(*(f"{row},7" for row in GOOD), f"{GOOD[0].replace('a', 'z', 1)},8", header=f"{HEADER},provenance_seed").rstrip(
            "\n"
        ),
        text(*(f"{row},provenance_run" for row in GOOD[:3]), f"{GOOD[3]},x", header=f"{HEADER},provenance_run"),
    ],
)
def test_regular_files_are_read_fast(tmp_path, content):
    assert read_regular(content.encode(), KNOWN) is not None
    path = tmp_path / "s.csv"
    path.write_bytes(content.encode())
    assert outcome(path, fast=True) == outcome(path, fast=False)


@pytest.mark.parametrize(
    "content",
    [
        text(*GOOD).replace("\n", "\r\n"),
        "\ufeff" + text(*GOOD),
        text(*GOOD, '"d0",d,1,O,print,0,0.5'),
        text(*GOOD, "d0,d ,1,O,print,0,0.5", "d1,d,1,O,print,0,0.5"),
        text(*GOOD, "caf\u00e9,d,1,O,print,0,0.5"),
        text(*GOOD, "d\x7f0,d,1,O,print,0,0.5"),
        text(*GOOD, "'=d,d,1,O,print,0,0.5"),
        text(*GOOD, GOOD[0]),
        text(*GOOD, "a2,a,9,O,bonafide,1,0.5"),
        text(*GOOD, "a,,1,O,bonafide,1,0.5"),
        text(*GOOD, "d0,d,1,O,print,0"),
        text(*GOOD, "d0,d,1,O,print,0,0.5,"),
        text(*GOOD, "d0,d,1,O,print,0,nan"),
        text(*GOOD, f"d0,d,1,O,print,0,0.{'1' * 400}"),
        text(*GOOD, f"d0,{'d' * 140_000},1,O,print,0,0.5"),
        text(*GOOD[:2]),
        text(),
        "",
        f"{HEADER},score\n",
    ],
)
def test_irregular_files_are_left_to_the_strict_reader(content):
    assert read_regular(content.encode(), KNOWN) is None


def test_lines_across_blocks(tmp_path, monkeypatch):
    """Many blocks, each with texts that others lack."""
    monkeypatch.setattr("flip_mm.evaluation.fast_csv.BLOCK", 4096)
    videos = [f"v{i},{i // 3},O,{'print,0' if i % 2 else 'bonafide,1'}" for i in range(667)]
    rows = [f"f{i},{videos[i // 3]},{i / 7919!r}" for i in range(2000)]
    path = tmp_path / "s.csv"
    path.write_text(text(*rows), encoding="utf-8")
    assert outcome(path, fast=True) == outcome(path, fast=False)
    path.write_text(text(*rows, rows[0]), encoding="utf-8")
    assert outcome(path, fast=True) == outcome(path, fast=False)
    assert "line 2002: 'f0' is there twice" in outcome(path, fast=True)


def test_without_pyarrow_the_strict_reader_reads(tmp_path, frames, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    write_scores(frames(), tmp_path / "s.csv", Provenance(seed=3))
    assert read_regular((tmp_path / "s.csv").read_bytes(), KNOWN) is None
    assert outcome(tmp_path / "s.csv", fast=True) == outcome(tmp_path / "s.csv", fast=False)


def test_columns_stay_compact_until_they_are_read(tmp_path):
    table, _ = read_regular(text(*GOOD).encode(), KNOWN)
    assert isinstance(table.column("file"), ArrowTexts)
    for level in ("frame", "video"):
        assert table.at_level(level).file.tolist() == [["a0", "a1", "b0", "c0"], ["a0", "b0", "c0"]][level == "video"]
    table, _ = read_regular(text(*GOOD).encode(), KNOWN)
    assert table.score.flags.writeable
    assert table.label.flags.writeable
    table.video[table.label == 1] = "z"
    assert table.video.tolist() == [*table.videos.tolist()[:3], ""] == ["z", "z", "b", ""]
    assert table.at_level("video").video.tolist() == ["z", "b", ""]


def test_written_bytes_equal_those_of_the_csv_module(tmp_path, frames, monkeypatch):
    """Whatever the columns are made of, and across parts of a file."""
    monkeypatch.setattr(module, "ROWS", 7)
    nasty = ["=1+1", "'@x", "'plain", "", 'quo"te, comma', "zwei\nzeilen", "\u00fc", " ", "-", "\x00", "a b", "a,", "#", "\r"]
    rows = [(f"{name}{i}", "", name, name, name or "x", 0, i / 97) for i, name in enumerate(nasty)]
    tables = [frames(), ScoreTable.from_frames([*rows, ("r", "r", "", "O", "bonafide", 1, 1.0)])]
    if regular := read_regular(text(*GOOD).encode(), KNOWN):
        tables.append(regular[0])
    for table in tables:
        for origin in (None, Provenance("p1", "=1->M", 3, holdout=0.1, unknown_start='a "b", c')):
            write_scores(table, tmp_path / "s.csv", origin, "deploy (eer)" * (origin is not None))
            more = {name: getattr(origin, field) for name, field in module.PROVENANCE.items() if origin}
            more |= {module.THRESHOLD: "deploy (eer)" * (origin is not None)}
            more = {name: value for name, value in more.items() if value not in ("", None)}
            want = module.csv_text([(*COLUMNS, *more), *((*row, *more.values()) for row in table.rows())])
            assert (tmp_path / "s.csv").read_bytes() == want.encode()


def test_large_tables_are_written_with_all_digits(tmp_path):
    rng = np.random.default_rng(0)
    scores = np.concatenate([rng.random(300), 10.0 ** -rng.integers(0, 320, 300), [0.0, -0.0, 1.0]])
    rows = [(f"f{i}", f"v{i}", "", "", "print" if i % 2 else "bonafide", 1 - i % 2, s) for i, s in enumerate(scores.tolist())]
    write_scores(ScoreTable.from_frames(rows), tmp_path / "s.csv")
    for fast in (True, False):
        assert outcome(tmp_path / "s.csv", fast)[0] == repr(rows)
