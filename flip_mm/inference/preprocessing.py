# SPDX-License-Identifier: Apache-2.0
"""From a picture and a face to the crop that a network takes; as data preparation and the test pipeline do it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from PIL import Image

from flip_mm.faces.crop import crop_face
from flip_mm.faces.face import Face
from flip_mm.faces.shifted_crop import crop_shifted

from .model_card import InputSpec


def face_crop(image: np.ndarray, face: Face | None, spec: InputSpec) -> np.ndarray:
    """Return the crop of a face for one input.

    Args:
        image: (H, W, 3) uint8 RGB, upright.
        face: In pixels of the image; None if the image is a face crop already.
        spec: The input.

    Returns:
        (h, w, 3) uint8 RGB of the input's size.

    Raises:
        ValueError: The box is empty.
    """
    if face is None or spec.crop == "whole":
        return resized(image, spec)
    if spec.crop == "shifted":
        return resized(crop_shifted(image, face, spec.scale), spec)
    if not spec.level_eyes:
        face = replace(face, eyes=None)
    return resized(crop_face(image, face, spec.crop_size, spec.margin), spec)


def resized(crop: np.ndarray, spec: InputSpec) -> np.ndarray:
    """Resize a crop to the input's size."""
    height, width = spec.size
    if crop.shape[:2] == (height, width):
        return crop
    if spec.resize == "opencv-bilinear":
        return cv2.resize(crop, (width, height))
    return np.array(Image.fromarray(crop).resize((width, height), Image.Resampling.BICUBIC))
