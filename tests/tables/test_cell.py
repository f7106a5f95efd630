# SPDX-License-Identifier: Apache-2.0
from statistics import stdev

import pytest

from flip_mm.tables.cell import Cell, average


def test_mean_std_and_interval_over_seeds():
    cell = Cell({0: 3.0, 1: 4.5, 2: 4.2}, {0: (1.0, 5.0), 1: (2.0, 7.0), 2: (3.0, 6.0)})
    assert (cell.mean, cell.std) == pytest.approx((3.9, stdev((3, 4.5, 4.2))))
    assert cell.interval == (2.0, 6.0)
    assert (cell.text(), cell.interval_text()) == ("3.90 ± 0.79", "[2.00, 6.00]")


def test_a_seed_without_interval_leaves_none():
    assert Cell({0: 3.0, 1: 4.0}, {0: (1.0, 5.0)}).interval_text() == ""


def test_one_seed_has_no_std_and_none_is_a_dash():
    assert (Cell({3: 2.5}).text(), Cell({3: 2.5}).std) == ("2.50", None)
    assert (Cell().text(), Cell().mean, Cell().interval) == ("-", None, None)
    assert Cell({None: 39.0}, decimals=1).text() == "39.0"


def test_the_average_is_that_of_each_seed():
    found = average([Cell({0: 1.0, 1: 4.0}), Cell({0: 3.0, 1: 2.0})])
    assert (dict(found.values), found.text()) == ({0: 2.0, 1: 3.0}, "2.50 ± 0.71")


def test_the_average_of_different_seeds_has_no_std():
    found = average([Cell({0: 1.0, 1: 4.0}), Cell({0: 3.0})])
    assert (found.text(), len(found.remarks)) == ("2.75", 1)
    assert "different seeds" in found.remarks[0]
