# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.datasets.sets import DATA_SETS
from flip_mm.tables.known_lists import compare_lists, known_lists

OULU = "oulu_real_test.txt"


def described(name=OULU, **changes):
    return {"O": dict(lists={name: known_lists().get(name, {}) | changes}, images=9)}


def test_counts_are_those_of_the_data_sets():
    counts = {
        f"{data_set.stem}_{kind}.txt": lines
        for data_set in DATA_SETS.values()
        for kind, lines in data_set.lines.items()
        if f"{data_set.stem}_{kind}.txt" in known_lists()
    }
    assert len(counts) >= 30
    assert counts == {name: known_lists()[name]["lines"] for name in counts}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (described(), [True]),
        (dict(val=described()), [True]),
        (described(sha256="0"), [False]),
        (dict(train=described("oulu_real_train.txt"), val=described("oulu_fake_test.txt", sha256="0")), [True, False]),
        (described("mine_real_test.txt", sha256="0", lines=3), [False]),
        ({"all": dict(images=3)}, []),
        ({}, []),
    ],
)
def test_lists_are_compared_by_hash(data, expected):
    assert [one.is_same for one in compare_lists(data)] == expected


def test_comparison_has_both_counts():
    (one,) = compare_lists(described(sha256="0", lines=698))
    assert (one.domain, one.name, one.lines, one.published, one.is_same) == ("O", OULU, 698, 710, False)
