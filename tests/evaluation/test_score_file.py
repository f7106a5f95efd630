# SPDX-License-Identifier: Apache-2.0
import csv

import numpy as np
import pytest

from flip_mm.evaluation import ScoreTable, read_scores, write_scores
from flip_mm.evaluation.score_table import COLUMNS

HEADER = ",".join(COLUMNS)
GOOD = ["a0,a,1,O,bonafide,1,0.75", "a1,a,1,O,bonafide,1,0.25", "b0,b,2,O,print,0,0.5"]


def same(one, other):
    return list(one.rows()) == list(other.rows())


@pytest.fixture
def write(tmp_path):
    """write(lines) or write(bytes): a file to read."""

    def make(content):
        path = tmp_path / "s.csv"
        path.write_bytes(content if isinstance(content, bytes) else "\n".join(content).encode())
        return path

    return make


def test_what_is_written_is_read_to_the_last_digit(frames, tmp_path):
    rng = np.random.default_rng(0)
    table = ScoreTable.from_frames([(*row[:-1], float(rng.uniform())) for row in frames().rows()])
    write_scores(table, tmp_path / "s.csv")
    assert same(read_scores(tmp_path / "s.csv"), table)
    assert (tmp_path / "s.csv").read_text().startswith(HEADER + "\n")
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]


NASTY = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "'=1", "''@x", "'plain", "'", 'quo"te, comma', "zwei\nzeilen", "mit ü", " "]


def test_formulas_are_quoted_and_read_back(tmp_path):
    rows = [(name, f"{name}v", name, name, "=print", 0, 1e-300) for name in NASTY]
    table = ScoreTable.from_frames([*rows, ("r", "r", "", "O", "bonafide", 1, 1.0)])
    write_scores(table, tmp_path / "s.csv")
    with open(tmp_path / "s.csv", newline="", encoding="utf-8") as file:
        written = list(csv.reader(file))
    assert [row[0] for row in written[1:6]] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx"]
    assert not [cell for row in written for cell in row[:5] if cell[:1] in ("=", "+", "-", "@", "\t")]
    # A number is no formula: 1e-300 stays a number.
    assert written[1][5:] == ["0", "1e-300"]
    assert same(read_scores(tmp_path / "s.csv"), table)


def test_columns_in_any_order_others_left_alone_and_a_byte_order_mark(write):
    lines = ["note," + ",".join(reversed(COLUMNS)), *("x," + ",".join(reversed(line.split(","))) for line in GOOD)]
    assert same(read_scores(write("\ufeff".encode() + "\r\n".join(lines).encode())), read_scores(write([HEADER, *GOOD])))


BAD = {
    "missing column": (["file,video,label,score", *GOOD], r"line 1: the column subject, domain, attack_type is missing"),
    "semicolons": (
        [HEADER.replace(",", ";"), *GOOD],
        r"line 1: the column file, .* is missing.*separated by commas; it names file;v",
    ),
    "double column": ([HEADER + ",score", *GOOD], "line 1: the column score comes twice"),
    "empty file": ([], r"line 1: .* it names nothing"),
    "no rows": ([HEADER], "has no rows below its header"),
    "too few cells": ([HEADER, *GOOD, "c0,c,1"], "line 5: 3 cells where the first line names 7 columns"),
    "empty line": ([HEADER, GOOD[0], "", *GOOD[1:]], "line 3: 0 cells"),
    "label": ([HEADER, *GOOD, "c0,c,1,O,print,2,0.5"], "line 5: the label is '2': expected 0"),
    "label in words": ([HEADER, "c0,c,1,O,print,spoof,0.5"], "line 2: the label is 'spoof'"),
    "no number": ([HEADER, *GOOD, "c0,c,1,O,print,0,high"], r"line 5: the score is 'high': expected a number in 0\.\.1"),
    "NaN": ([HEADER, GOOD[0], "c0,c,1,O,print,0,nan"], "line 3: 'c0' has the score nan"),
    "above 1": ([HEADER, *GOOD, "c0,c,1,O,print,0,1.5"], "line 5: 'c0' has the score 1.5: .*softmax"),
    "below 0": ([HEADER, "c0,c,1,O,print,0,-1e-9"], "line 2: 'c0' has the score -1e-09"),
    "twice": ([HEADER, *GOOD, GOOD[0]], "line 5: 'a0' comes twice"),
    "attack type of real": (
        [HEADER, "a0,a,1,O,print,1,0.5"],
        "line 2: 'a0' has the label 1 and attack_type 'print': .*'bonafide'",
    ),
    "attack type of spoof": ([HEADER, *GOOD, "c0,c,1,O,bonafide,0,0.5"], "line 5: .*the name of an attack, not 'bonafide'"),
    "no attack type": ([HEADER, *GOOD, "c0,c,1,O,,0,0.5"], "line 5: 'c0' has the label 0 and attack_type ''"),
    "both classes": ([HEADER, *GOOD, "a2,a,1,O,print,0,0.5"], "line 5: Video 'a' has frames of both classes: 'a0' and 'a2'"),
    "two subjects": ([HEADER, *GOOD, "a2,a,9,O,bonafide,1,0.5"], "line 5: Video 'a' has frames of different subjects"),
    "one class": ([HEADER, *GOOD[:2]], "lines 2 to 3: only one class is present, all 2 are real"),
    "no UTF-8": (f"{HEADER}\n{GOOD[0]}\n".encode() + b"caf\xe9,v,1,O,print,0,0.5\n", "line 3: this is not UTF-8 text"),
    "open quote": ([HEADER, GOOD[0], '"a1,a,1,O,bonafide,1,0.25', GOOD[2]], "line 4: this is no CSV: unexpected end of data"),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_bad_files_are_named_with_their_line(write, content, message):
    path = write(content)
    with pytest.raises(ValueError, match=message) as error:
        read_scores(path)
    assert str(path) in str(error.value)


def test_lines_are_counted_as_an_editor_counts_them(write):
    with pytest.raises(ValueError, match="line 4: the label is '3'"):
        read_scores(write([HEADER, '"two\nlines",a,1,O,bonafide,1,0.75', "c0,c,1,O,print,3,0.5"]))


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        read_scores(tmp_path / "none.csv")
