"""Sheets of pictures, and PDF files."""

import numpy as np
from matplotlib.figure import Figure

from flip_mm.visualization.contact_sheet import Tile, TileGroup, TileRow, sheet_figure
from flip_mm.visualization.figure_file import draw_title, save_figure_pdf


def test_pictures_are_inside_and_do_not_overlap():
    tall = Tile(np.zeros((20, 10, 3), np.uint8), "tall")
    flat = Tile(np.zeros((10, 20, 3), np.uint8), "flat")
    groups = [TileGroup("first", [TileRow("name", [tall, tall]), TileRow("name", [flat])]), TileGroup("none", empty="nothing")]
    figure = sheet_figure("a title " * 30, groups, columns=2)
    (ax,) = figure.axes
    wide, high = figure.get_size_inches()
    boxes = [image.get_extent() for image in ax.images]
    assert all(0 < left < right <= wide and 0 < top < bottom < high for left, right, bottom, top in boxes)
    assert boxes[0][1] < boxes[1][0]
    assert boxes[0][2] < boxes[2][3]
    # A row is as high as its highest picture.
    assert np.allclose([(right - left) / (bottom - top) for left, right, bottom, top in boxes], [0.5, 0.5, 2])
    assert "nothing" in [text.get_text() for text in ax.texts]


def test_a_pdf_is_the_same_again_and_has_no_date(drawn_plots, tmp_path):
    for name in ("a.pdf", "b.pdf"):
        figure = Figure()
        draw_title(figure, "price $5$")
        save_figure_pdf(figure, tmp_path / name)
    data = (tmp_path / "a.pdf").read_bytes()
    assert data == (tmp_path / "b.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert b"CreationDate" not in data
