# SPDX-License-Identifier: Apache-2.0
import io

import numpy as np
import pytest
from PIL import Image

from flip_mm.media.encoding import encode_image_file

PICTURE = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)


def test_saved_images_carry_pixels_only_and_are_reproducible():
    png, jpeg = encode_image_file(PICTURE, ".png"), encode_image_file(PICTURE, ".jpg")
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png))), PICTURE)
    image = Image.open(io.BytesIO(jpeg))
    assert image.format == "JPEG"
    assert image.layer[0][1:3] == image.layer[1][1:3] == (1, 1)  # 4:4:4
    assert not image.getexif()
    assert "icc_profile" not in image.info
    assert (png, jpeg) == (encode_image_file(PICTURE, ".png"), encode_image_file(PICTURE, ".jpg"))
    assert np.abs(np.asarray(image).astype(int) - PICTURE).mean() < 4


def test_arrays_that_are_no_image_are_not_saved():
    with pytest.raises(ValueError, match="float64"):
        encode_image_file(PICTURE / 255, ".png")
    with pytest.raises(ValueError, match="bmp"):
        encode_image_file(PICTURE, ".bmp")
