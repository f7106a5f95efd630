# SPDX-License-Identifier: Apache-2.0
"""The hash is ImageHash's, and the facts of images are those that a plain measurement gives."""

import hashlib

import cv2
import imagehash
import numpy as np
import pytest
from PIL import Image

from flip_mm.doctor.image_facts import inspect_image
from flip_mm.doctor.perceptual_hash import perceptual_hash
from flip_mm.media.decoding import decode_image


def plain_hash(luma):
    return int.from_bytes(np.packbits(imagehash.phash(Image.fromarray(luma)).hash).tobytes(), "big")


def pictures(count, height, width):
    """Noise, smooth images and both, with much and little contrast."""
    rng = np.random.default_rng(height * 1000 + width)
    for number in range(count):
        image = rng.normal(size=(height, width))
        if number % 3:
            image = cv2.GaussianBlur(image, (0, 0), (number % 7 + 1) * height / 60)
        image = image / max(image.std(), 1e-9) * rng.choice([1, 5, 40, 200]) + rng.uniform(0, 255)
        yield np.clip(image, 0, 255).astype(np.uint8)


SIZES = [(224, 224, 400), (112, 112, 400), (64, 64, 200), (256, 341, 100), (400, 90, 50), (8, 500, 50), (31, 33, 200)]


@pytest.mark.parametrize(("height", "width", "count"), SIZES)
def test_bits_of_imagehash(height, width, count):
    for luma in pictures(count, height, width):
        assert perceptual_hash(luma) == plain_hash(luma)


def halves():
    image = np.zeros((64, 64), np.uint8)
    image[:, 32:] = 255
    return image


SYMMETRIC = [
    np.zeros((50, 50), np.uint8),
    np.full((9, 9), 255, np.uint8),
    halves(),
    halves().T,
    200 * np.eye(64, dtype=np.uint8),
]


@pytest.mark.parametrize("luma", SYMMETRIC)
def test_images_whose_bits_depend_on_rounding(luma):
    assert perceptual_hash(np.ascontiguousarray(luma)) == plain_hash(luma)


def test_facts_are_those_of_a_plain_measurement(shared_mcio):
    folder = shared_mcio / "frame"
    for path in sorted(folder.rglob("*.*g")):
        facts, image = inspect_image(str(path.relative_to(folder)), folder), decode_image(path.read_bytes())
        luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        seen = cv2.cvtColor(cv2.resize(image, (224, 224), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        assert facts.phash == plain_hash(luma)
        assert facts.sharpness == pytest.approx(cv2.Laplacian(seen, cv2.CV_64F).var(), rel=1e-12)
        assert facts.brightness == luma.mean() / 255
        assert facts.digest == hashlib.sha256(path.read_bytes()).digest()
        assert (facts.height, facts.width, facts.spread) == (*luma.shape, int(np.ptp(luma)))
