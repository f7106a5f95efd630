# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.utils.csv_cells import quote_cell, unquote_cell

CELLS = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\0x", "'=1", "''@x", "'plain", "'", "", " ", "-", "mit ü"]


@pytest.mark.parametrize("cell", CELLS)
def test_no_cell_is_a_formula_and_every_cell_reads_back(cell):
    assert quote_cell(cell)[:1] not in ("=", "+", "-", "@", "\t", "\r", "\0")
    assert unquote_cell(quote_cell(cell)) == cell


def test_harmless_cells_stay():
    assert [quote_cell(cell) for cell in ("print", "'plain", "", "1e-3")] == ["print", "'plain", "", "1e-3"]
