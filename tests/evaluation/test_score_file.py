# SPDX-License-Identifier: Apache-2.0
import csv

import numpy as np
import pytest

from flip_mm.evaluation import (
    EvaluationOptions,
    Provenance,
    ScoreTable,
    make_reports,
    read_score_file,
    read_scores,
    write_scores,
)
from flip_mm.evaluation.score_table import COLUMNS

HEADER = ",".join(COLUMNS)
GOOD = ["a0,a,1,O,bonafide,1,0.75", "a1,a,1,O,bonafide,1,0.25", "b0,b,2,O,print,0,0.5"]


@pytest.fixture(autouse=True, params=["strict", "fast"])
def reader(request, monkeypatch):
    """All tests run with both readers. Without pyarrow the second is the strict one, too."""
    monkeypatch.setattr("flip_mm.evaluation.score_file.LARGE", 0 if request.param == "fast" else float("inf"))


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


def test_write_and_read_keep_all_digits(frames, tmp_path):
    rng = np.random.default_rng(0)
    table = ScoreTable.from_frames([(*row[:-1], float(rng.uniform())) for row in frames().rows()])
    write_scores(table, tmp_path / "s.csv")
    assert same(read_scores(tmp_path / "s.csv"), table)
    assert (tmp_path / "s.csv").read_text().startswith(HEADER + "\n")
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]


@pytest.mark.parametrize(
    "origin",
    [
        Provenance("p1", "OCI->M", 3, 'best, of "all".pth', 400, "dev", "dev/HTER", 0, "train"),
        Provenance(run="=1+1->M", seed=0),
        Provenance(),
        None,
    ],
)
def test_provenance_is_written_in_further_columns_and_read_back(frames, tmp_path, origin):
    write_scores(frames(), tmp_path / "s.csv", origin)
    found = read_score_file(tmp_path / "s.csv")
    assert same(found.frames, frames())
    assert found.provenance == (origin if origin != Provenance() else None)
    with open(tmp_path / "s.csv", newline="", encoding="utf-8") as file:
        header, first, *_ = csv.reader(file)
    assert header[:7] == list(COLUMNS)
    assert all(name.startswith("provenance_") for name in header[7:])
    assert ("'=1+1->M" in first) == (origin is not None and origin.run.startswith("="))


@pytest.mark.parametrize("origin", [None, Provenance("p1", "OCI->M", 3, holdout=0.3, unknown_start="clip.pt")])
def test_the_rule_of_the_threshold_has_a_column(frames, tmp_path, origin):
    write_scores(frames(), tmp_path / "s.csv", origin, "deploy (eer)")
    found = read_score_file(tmp_path / "s.csv")
    assert same(found.frames, frames())
    # The name of the rule in earlier versions is read as the present one.
    assert (found.provenance, found.threshold_rule) == (origin, "dev (eer)")
    header, first = (tmp_path / "s.csv").read_text().splitlines()[:2]
    assert (header.split(",")[-1], first.split(",")[-1]) == ("provenance_threshold", "deploy (eer)")
    write_scores(frames(), tmp_path / "s.csv", origin)
    assert read_score_file(tmp_path / "s.csv").threshold_rule == ""


def test_provenance_of_mixed_rows_and_of_other_programs(write):
    head, rows = HEADER + ",provenance_seed,seed,provenance_of_others", [f"{row},{i},x,y" for i, row in enumerate(GOOD)]
    assert read_score_file(write([head, *rows])).provenance is None
    assert read_score_file(write([head, *(f"{row},7,x,y" for row in GOOD)])).provenance == Provenance(seed=7)
    assert read_score_file(write([HEADER, *GOOD])).provenance is None
    with pytest.raises(ValueError, match=r"s.csv', columns provenance_...: 'x' is no whole number"):
        read_score_file(write([head, *(f"{row},x,x,y" for row in GOOD)]))


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


def test_column_order_further_columns_and_byte_order_mark(write):
    lines = ["note," + ",".join(reversed(COLUMNS)), *("x," + ",".join(reversed(line.split(","))) for line in GOOD)]
    assert same(read_scores(write("\ufeff".encode() + "\r\n".join(lines).encode())), read_scores(write([HEADER, *GOOD])))


def test_empty_lines_are_ignored(write):
    assert same(read_scores(write([HEADER, GOOD[0], "", *GOOD[1:], "", ""])), read_scores(write([HEADER, *GOOD])))
    with pytest.raises(ValueError, match="line 3: the label is '2'"):
        read_scores(write([HEADER, "", "c0,c,1,O,print,2,0.5"]))


BAD = {
    "missing column": (["file,video,label,score", *GOOD], r"line 1: the column subject, domain, attack_type is missing"),
    "semicolons": (
        [HEADER.replace(",", ";"), *GOOD],
        r"line 1: the column file, .* is missing.*separated by commas; it names file;v",
    ),
    "double column": ([HEADER + ",score", *GOOD], "line 1: the column score is there twice"),
    "empty file": ([], r"line 1: .* it names nothing"),
    "no rows": ([HEADER], "has no rows below its header"),
    "too few cells": ([HEADER, *GOOD, "c0,c,1"], "line 5: 3 cells, but the first line names 7 columns"),
    "label": ([HEADER, *GOOD, "c0,c,1,O,print,2,0.5"], "line 5: the label is '2': expected 0"),
    "label in words": ([HEADER, "c0,c,1,O,print,spoof,0.5"], "line 2: the label is 'spoof'"),
    "no number": ([HEADER, *GOOD, "c0,c,1,O,print,0,high"], r"line 5: the score is 'high': expected a number in 0\.\.1"),
    "NaN": ([HEADER, GOOD[0], "c0,c,1,O,print,0,nan"], "line 3: 'c0' has the score nan"),
    "above 1": ([HEADER, *GOOD, "c0,c,1,O,print,0,1.5"], "line 5: 'c0' has the score 1.5: .*softmax"),
    "below 0": ([HEADER, "c0,c,1,O,print,0,-1e-9"], "line 2: 'c0' has the score -1e-09"),
    "twice": ([HEADER, *GOOD, GOOD[0]], "line 5: 'a0' is there twice"),
    "attack type of real": (
        [HEADER, "a0,a,1,O,print,1,0.5"],
        "line 2: 'a0' has the label 1 and attack_type 'print': .*'bonafide'",
    ),
    "attack type of spoof": ([HEADER, *GOOD, "c0,c,1,O,bonafide,0,0.5"], "line 5: .*the name of an attack, not 'bonafide'"),
    "no attack type": ([HEADER, *GOOD, "c0,c,1,O,,0,0.5"], "line 5: 'c0' has the label 0 and attack_type ''"),
    "both classes": ([HEADER, *GOOD, "a2,a,1,O,print,0,0.5"], "line 5: Video 'a' has frames of both classes: 'a0' and 'a2'"),
    "two subjects": ([HEADER, *GOOD, "a2,a,9,O,bonafide,1,0.5"], "line 5: Video 'a' has frames of different subjects"),
    "no file": ([HEADER, *GOOD, ",c,1,O,print,0,0.5"], "line 5: the name of the file is empty"),
    "blank at the end": (
        [HEADER, *GOOD, "a2,a ,1,O,bonafide,1,0.5"],
        "line 5: the videos 'a' and 'a ' differ only in blanks, invisible characters or the encoding of letters: write them",
    ),
    "no video, but another's": ([HEADER, *GOOD, "a,,1,O,bonafide,1,0.5"], "line 5: 'a0' and 'a': one of them names no video"),
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


CAFE = "caf\u00e9", "cafe\u0301"


@pytest.mark.parametrize(
    "names", [("v", "v "), ("v", " v"), CAFE, ("v", "v\u200b"), ("v", "\u202ev"), ("v", "v\ufeff"), ("v", "v\u00a0")], ids=ascii
)
@pytest.mark.parametrize("column", ["file", "video"])
def test_names_with_invisible_differences_are_refused(write, column, names):
    rows = [
        f"{one},{i},1,O,bonafide,1,0.5" if column == "file" else f"{i},{one},1,O,bonafide,1,0.5" for i, one in enumerate(names)
    ]
    with pytest.raises(ValueError, match=r"line 3: the .*s .* and .* differ only in blanks, invisible") as error:
        read_scores(write([HEADER, *rows, "s,s,1,O,print,0,0.5"]))
    assert str(error.value).isascii()


def test_rows_without_a_video_count_as_separate_videos(write, tmp_path):
    # As one video, the four real frames would all be above the threshold.
    scores = {"r0": 0.9, "r1": 0.8, "r2": 0.7, "r3": 0.2}
    real = [f"{name},{' ' * (name == 'r3')},{i},O,bonafide,1,{score}" for i, (name, score) in enumerate(scores.items())]
    lines = [HEADER, *real, "s0,s,9,O,print,0,0.3", "s1,s,9,O,print,0,0.5"]
    table = read_scores(write(lines))
    report = make_reports(dict(target=table), EvaluationOptions(0.5))["target"]
    assert report.samples.score.tolist() == [0.9, 0.8, 0.7, 0.2, 0.4]
    assert (report.metrics.frr, report.iso.bpcer.total) == (0.25, 4)
    assert report.warnings[0] == "target: 4 rows name no video; each of them counts as a separate video."
    write_scores(table, tmp_path / "again.csv")
    assert same(read_scores(tmp_path / "again.csv"), table)
    low, high = report.bootstrap("video", 200)["HTER"]
    assert low < high


def test_names_that_differ_in_case_are_two_videos_with_a_warning(write):
    lines = [HEADER, "a0,A,1,O,bonafide,1,0.9", "a1,a,1,O,bonafide,1,0.1", "s,s,1,O,print,0,0.5"]
    report = make_reports(dict(target=read_scores(write(lines))), EvaluationOptions(0.5))["target"]
    assert report.iso.bpcer.total == 2
    assert "1 videos have names that differ in upper and lower case only, such as 'A' and 'a'" in report.warnings[0]


def test_messages_count_lines_as_an_editor_does(write):
    with pytest.raises(ValueError, match="line 4: the label is '3'"):
        read_scores(write([HEADER, '"two\nlines",a,1,O,bonafide,1,0.75', "c0,c,1,O,print,3,0.5"]))


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.csv"):
        read_scores(tmp_path / "none.csv")
