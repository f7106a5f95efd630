# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from flip_mm.faces.face import Face
from flip_mm.faces.shifted_crop import crop_shifted, shifted_box

# Box as x, y, width, height, in an image of 480 x 640, scale -> first column, first row, last column, last row.
BOXES = [
    ((200, 300, 40, 50), 2.0, (180, 275, 260, 375)),  # fits
    ((200, 300, 40, 50), 1.0, (200, 300, 240, 350)),
    ((0, 0, 100, 100), 2.0, (0, 0, 200, 200)),  # shifted right and down, not cut
    ((400, 560, 80, 80), 2.0, (319, 479, 479, 639)),  # shifted left and up
    ((122, 107, 171, 252), 4.0, (0, 0, 433, 639)),  # the scale is limited by the height
    ((200, 300, 41, 51), 1.5, (189, 287, 251, 363)),  # truncated: 189.75, 287.25, 251.25, 363.75
]


def face(x, y, width, height):
    return Face((x, y, x + width, y + height))


@pytest.mark.parametrize(("box", "scale", "expected"), BOXES)
def test_the_box_is_enlarged_and_shifted_into_the_image(box, scale, expected):
    assert shifted_box(face(*box), 480, 640, scale) == expected


def test_no_box_leaves_the_image():
    numbers = np.random.default_rng(0)
    for _ in range(500):
        width, height = numbers.integers(1, 300, 2)
        x, y = numbers.uniform(-200, 400, 2)
        sides, scale = numbers.uniform(0.5, 400, 2), numbers.uniform(0.1, 10)
        left, top, right, bottom = shifted_box(face(x, y, *sides), width, height, scale)
        assert 0 <= left <= right < width
        assert 0 <= top <= bottom < height


def test_the_last_row_and_column_belong_to_the_crop():
    image = np.arange(50 * 60 * 3).reshape(50, 60, 3).astype(np.uint8)
    assert np.array_equal(crop_shifted(image, face(20, 10, 10, 12), 1.0), image[10:23, 20:31])


@pytest.mark.parametrize(("box", "scale"), [((5, 5, 0, 10), 2.0), ((5, 5, 10, -1), 2.0), ((5, 5, 10, 10), 0.0)])
def test_an_empty_box_is_refused(box, scale):
    with pytest.raises(ValueError, match="is empty"):
        shifted_box(face(*box), 480, 640, scale)
