# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.visualization.annotated_picture import annotated_picture

BLUE = (0, 0x72, 0xB2)


def test_box_and_strip():
    image = np.full((200, 400, 3), 90, np.uint8)
    shown = annotated_picture(image, "live", "#0072B2", (50, 20, 150, 120), [(100, 70)])
    assert shown.shape[1:] == (400, 3)
    assert shown.shape[0] > 200
    assert (image == 90).all()
    for y, x in [(20, 100), (119, 100), (70, 50), (70, 149), (70, 100)]:
        assert tuple(shown[y, x]) == BLUE
    assert (shown[80, 60:90] == 90).all()
    assert tuple(shown[-1, -1]) == BLUE
    assert (shown[200:] > 200).all(2).any()


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3)])
def test_any_size_and_text(size):
    text = "unsure \x1b \N{GREEK SMALL LETTER ALPHA}" * 50
    shown = annotated_picture(np.zeros((*size, 3), np.uint8), text, "#555555", (-5, -5, 9999, 9999))
    assert max(shown.shape) >= 320
    assert shown.size <= 3 * 2**23
