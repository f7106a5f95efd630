# SPDX-License-Identifier: Apache-2.0
import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flip_mm.evaluation import ScoreTable
from flip_mm.evaluation.score_table import COLUMNS, TEXTS
from flip_mm.evaluation.text_column import Codes, by_appearance, pairs

CELLS = dict(
    file=["a", "b", "c", "d", "", "a ", "caf\u00e9", "cafe\u0301", "a\u200b", "x\ny", "x", "\u200b"],
    video=["v", "w", "", " ", "a", "b", "v\n", "\u200b", "V"],
    subject=["1", "2", ""],
    domain=["O", ""],
    attack_type=["bonafide", "print", ""],
    label=[0, 1, 2],
    score=[0.0, 0.5, 1.0, -0.0, 1.5, float("nan")],
)
# Most rows are right.
RIGHT = [("v", "1", "O", "bonafide", 1, 0.5), ("w", "2", "O", "print", 0, 0.25), ("", "", "", "print", 0, 1.0)]
ODD = st.tuples(st.integers(0, 5), st.sampled_from([(name, cell) for name, cells in CELLS.items() for cell in cells]))


def made(make):
    try:
        return repr(list(make().rows()))
    except ValueError as error:
        return f"{getattr(error, 'row', None)}: {error}"


@settings(deadline=None, max_examples=400, derandomize=True)
@given(st.lists(st.sampled_from(RIGHT), max_size=6), st.lists(ODD, max_size=2))
def test_columns_are_checked_as_rows_are(right, changes):
    rows = [[f"f{number}", *row] for number, row in enumerate(right)]
    for place, (name, cell) in changes:
        if place < len(rows):
            rows[place][COLUMNS.index(name)] = cell
    columns = list(zip(*rows, strict=True)) or [()] * len(COLUMNS)
    numbers = np.array(columns[-2], np.int64), np.array(columns[-1], np.float64)
    by_columns = made(lambda: ScoreTable.from_columns(*map(Codes.of, columns[:-2]), *numbers))
    assert by_columns == made(lambda: ScoreTable.from_frames(map(tuple, rows)))


def test_a_repeated_file_is_found_among_names_without_rows():
    file = Codes(Codes.of(["a", "b"]).names, np.array([0, 0], np.int32))
    columns = file, Codes.of("vw"), Codes.of("11"), Codes.of("OO"), Codes.of(["bonafide", "print"])
    with pytest.raises(ValueError, match="'a' is there twice"):
        ScoreTable.from_columns(*columns, np.array([1, 0]), np.array([0.5, 0.5]))


@pytest.fixture
def compact(frames):
    table = frames()
    return table, ScoreTable(**{name: table.column(name) for name in TEXTS}, label=table.label, score=table.score)


def test_a_compact_table_equals_one_of_texts(compact):
    plain, table = compact
    assert [*table.rows()] == [*plain.rows()]
    assert [*table.at_level("video").rows()] == [*plain.at_level("video").rows()]
    assert [*pickle.loads(pickle.dumps(table)).rows()] == [*plain.rows()]
    assert table.file.tolist() == plain.file.tolist()
    assert [*replace(table, domain=plain.subject).rows()] == [*replace(plain, domain=plain.subject).rows()]
    with pytest.raises(AttributeError, match="'ScoreTable' object has no attribute 'nothing'"):
        _ = table.nothing


def test_copies_of_a_compact_table_are_independent(compact):
    plain, table = compact
    for twin in (copy.copy(table), copy.deepcopy(table)):
        assert twin.file.tolist() == plain.file.tolist()
        twin.file[0] = "other"
        assert [*table.rows()] == [*plain.rows()]
    assert table.file.tolist() == plain.file.tolist()


def test_a_changed_column_counts(compact):
    _, table = compact
    assert len(table.at_level("video")) == 60
    table.video[:] = table.video[:1]
    table.label[:] = 1
    assert len(table.at_level("video")) == 1


def test_numbers_of_texts():
    codes = Codes.of(["b", "a", "b"])
    joined = Codes.joined([codes.take(np.array([1])), Codes.of([]), Codes.of("cab")])
    assert joined.texts().tolist() == ["a", "c", "a", "b"]
    numbers, first = by_appearance(np.array([3, 1, 3, 0]), 5)
    assert (numbers.tolist(), first.tolist()) == ([0, 1, 0, 2], [0, 1, 3])
    assert len(set(pairs(Codes.of("aabb"), Codes.of("xyxx")).codes.tolist())) == 3
