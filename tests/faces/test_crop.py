# SPDX-License-Identifier: Apache-2.0
import cv2
import numpy as np
import pytest

from flip_mm.faces.crop import crop_black_borders, crop_face, resize_to_square
from flip_mm.faces.face import Face


def dot(image, channel):
    """Middle of the dot of one colour: x, y, continuous."""
    other = np.delete(image.astype(int), channel, 2).max(2)
    y, x = np.nonzero((image[..., channel] > 170) & (other < 90))
    return np.array([x.mean() + 0.5, y.mean() + 0.5])


def test_eyes_land_where_the_box_says(drawing, drawn):
    # Side 120 * 1.2 = 144 around (150, 120), so 224 / 144 pixels for one.
    crop = crop_face(drawing, drawn, size=224, margin=0.1)
    for channel, eye in enumerate(drawn.eyes):
        assert dot(crop, channel) == pytest.approx((np.array(eye) - (150, 120)) * 224 / 144 + 112, abs=1)


@pytest.mark.parametrize("size", [72, 300])
def test_a_larger_margin_shows_more(drawing, drawn, size):
    wide = crop_face(drawing, drawn, size=size, margin=0.5)
    assert wide.shape == (size, size, 3)
    assert dot(wide, 0) == pytest.approx((130.5 - 150, 100.5 - 120) * np.array(size / 240) + size / 2, abs=1)


@pytest.mark.parametrize("angle", [-25, 15])
def test_tilted_eyes_become_level(drawing, drawn, angle):
    warp = cv2.getRotationMatrix2D((150, 120), angle, 1)
    tilted = cv2.warpAffine(drawing, warp, (320, 240))
    eyes = tuple(tuple(warp @ (x, y, 1)) for x, y in drawn.eyes)
    crop = crop_face(tilted, Face(drawn.box, eyes=eyes), size=224)
    straight = crop_face(drawing, drawn, size=224)
    for channel in (0, 1):
        assert dot(crop, channel) == pytest.approx(dot(straight, channel), abs=1)
    unaligned = crop_face(tilted, Face(drawn.box), size=224)
    assert abs(dot(unaligned, 0)[1] - dot(unaligned, 1)[1]) > 10


def test_a_box_as_large_as_the_result_is_copied(drawing):
    crop = crop_face(drawing, Face((40, 10, 140, 110)), size=100, margin=0)
    np.testing.assert_array_equal(crop, drawing[10:110, 40:140])


def test_border_pixels_are_repeated_outside_the_image():
    image = np.repeat(np.arange(50, 150, dtype=np.uint8)[:, None, None], 100, 1).repeat(3, 2)
    crop = crop_face(image, Face((-50, -50, 50, 50)), size=100, margin=0)
    assert (crop[:50] == 50).all()
    np.testing.assert_array_equal(crop[50:, 0, 0], np.arange(50, 100))


def test_shrinking_averages():
    # Every fourth column: taking single pixels, or the middle between two, would leave black or white.
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::4] = 255
    crop = crop_face(stripes, Face((0, 0, 400, 400)), size=100, margin=0)
    assert np.abs(crop.astype(int) - 64).max() <= 1


def test_an_empty_box_is_refused(drawing):
    with pytest.raises(ValueError, match="is empty"):
        crop_face(drawing, Face((10, 10, 10, 60)))


@pytest.mark.parametrize("quality", [40, 90])
def test_borders_are_cut_through_jpeg_noise(quality):
    picture = np.random.default_rng(0).integers(60, 200, (12, 18, 3)).astype(np.uint8).repeat(8, 0).repeat(8, 1)
    image = np.zeros((160, 200, 3), np.uint8)
    image[32:128, 24:168] = picture
    noisy = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    assert noisy[:32].max() > 0
    height, width = crop_black_borders(noisy).shape[:2]
    # Colour is stored for blocks of 16, which may leave some of their pixels.
    assert 96 <= height <= 96 + 16
    assert 144 <= width <= 144 + 16
    np.testing.assert_array_equal(crop_black_borders(image), picture)


def test_a_picture_without_borders_stays_whole(photo):
    assert crop_black_borders(photo).shape == photo.shape


def test_bars_above_and_below_do_not_hide_a_dark_side():
    image = np.zeros((400, 100, 3), np.uint8)
    image[150:250, 50:80] = 120
    image[200:203, 20:50] = 120  # 3 % of the picture's height, less than 1 % of the image's
    assert crop_black_borders(image).shape == (100, 60, 3)


@pytest.mark.parametrize("fill", [0, 10])
def test_a_black_image_stays_whole(fill):
    image = np.full((100, 80, 3), fill, np.uint8)
    image[50, 10:15] = 255
    assert crop_black_borders(image).shape == image.shape
    assert crop_black_borders(np.zeros((0, 10, 3), np.uint8)).shape == (0, 10, 3)


def test_a_dark_side_of_a_picture_is_no_border():
    image = np.zeros((100, 100, 3), np.uint8)
    image[5:95, 60:] = 120
    image[5:95, :60] = 30
    assert crop_black_borders(image).shape == (90, 100, 3)


def test_whole_images_are_resized_whatever_their_aspect(drawing):
    assert resize_to_square(drawing, 64).shape == (64, 64, 3)
    assert dot(resize_to_square(drawing, 160), 0) == pytest.approx((130.5 / 2, 100.5 * 160 / 240), abs=1)
    np.testing.assert_array_equal(resize_to_square(drawing[:64, :64], 64), drawing[:64, :64])
