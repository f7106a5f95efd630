# SPDX-License-Identifier: Apache-2.0
"""Changes of pictures and boxes, by numbers."""

import numpy as np
import pytest

from flip_mm.faces.face import Face
from flip_mm.qualify.probes import SWEEPS, brightness, four_ways, jpeg, move_sides, resolution, shift, swap_colours, zoom

BOX = (20.0, 30.0, 60.0, 110.0)


@pytest.fixture
def view():
    image = np.random.default_rng(0).integers(0, 256, (160, 120, 3)).astype(np.uint8)
    return image, Face(BOX, 0.9, ((30.0, 60.0), (50.0, 60.0)))


@pytest.mark.parametrize(
    ("change", "box"),
    [
        (zoom(1.5), (10, 10, 70, 130)),
        (zoom(0.5), (30, 50, 50, 90)),
        (shift(0.1, 0), (28, 30, 68, 110)),
        (shift(0, -0.5), (20, -10, 60, 70)),
        (move_sides(-1, 1, 1, -1), (19, 31, 61, 109)),
    ],
)
def test_boxes(view, change, box):
    image, face = change(view)
    assert face.box == pytest.approx(box)
    assert (face.score, face.eyes) == (view[1].score, view[1].eyes)
    assert image is view[0]


def test_four_ways_are_four_sides(view):
    centres = [(sum(face.box[::2]) / 2 - 40, sum(face.box[1::2]) / 2 - 70) for _, face in (go(view) for go in four_ways(0.25))]
    assert centres == [(20, 0), (-20, 0), (0, 20), (0, -20)]


def test_a_smaller_crop_of_a_face_crop_is_its_centre(view):
    image, face = zoom(0.8)((view[0], None))
    assert face is None
    assert np.array_equal(image, view[0][16:144, 12:108])


def test_pictures(view):
    image = view[0]
    assert np.array_equal(swap_colours(view)[0], image[..., [2, 1, 0]])
    assert np.array_equal(brightness(2.0)(view)[0], np.minimum(2 * image.astype(int), 255))
    flat = np.full_like(image, 100)
    assert np.abs(jpeg(50)((flat, None))[0].astype(int) - flat).max() <= 2
    errors = [np.abs(jpeg(quality)(view)[0].astype(int) - image).mean() for quality in (95, 75, 50, 30)]
    assert errors == sorted(errors)
    coarse = [resolution(factor)(view)[0] for factor in (0.75, 0.5, 0.25)]
    assert {one.shape for one in coarse} == {image.shape}
    assert [one.std() for one in coarse] == sorted((one.std() for one in coarse), reverse=True)


def test_every_probe_changes_a_picture_or_its_box(view):
    for probe in SWEEPS:
        for change in probe.changes:
            image, face = change(view)
            assert not np.array_equal(image, view[0]) or face.box != BOX, probe
            if not probe.needs_box:
                assert change((view[0], None))[1] is None
