# SPDX-License-Identifier: Apache-2.0
"""From the outputs of RetinaFace (Deng et al., CVPR 2020) to boxes and landmarks."""

from __future__ import annotations

import math

import cv2
import numpy as np

from .face import Face, in_image_order

# Stride of a feature map -> sides of the two square anchors at each of its points, in pixels of the input.
ANCHORS = {8: (16, 32), 16: (64, 128), 32: (256, 512)}
# The network predicts offsets divided by these numbers.
CENTRE_SCALE = 0.1
SIZE_SCALE = 0.2


def decode_faces(
    offsets: np.ndarray,
    scores: np.ndarray,
    point_offsets: np.ndarray,
    width: int,
    height: int,
    min_confidence: float,
    max_overlap: float,
) -> list[Face]:
    """Decode the outputs for one image.

    Args:
        offsets: (A, 4) offsets of the boxes' centre x, centre y, width, height, relative to A anchors.
        scores: (A,) probabilities of a face.
        point_offsets: (A, 10) offsets of x and y of the person's right eye, left eye, nose, right and left mouth corner.
        width: Of the input, in pixels.
        height: Of the input, in pixels.
        min_confidence: Minimum probability of a face.
        max_overlap: Boxes with a larger intersection over union are the same face.

    Returns:
        Faces in pixels of the input, the highest confidence first.
    """
    likely = np.flatnonzero(scores >= min_confidence)
    anchors, scores = make_anchors(width, height)[likely], scores[likely]
    centres, sides = anchors[:, None, :2], anchors[:, None, 2:]
    sizes = anchors[:, 2:] * np.exp(SIZE_SCALE * offsets[likely, 2:])
    corners = anchors[:, :2] + CENTRE_SCALE * anchors[:, 2:] * offsets[likely, :2] - sizes / 2
    points = centres + CENTRE_SCALE * sides * point_offsets[likely].reshape(-1, 5, 2)
    kept = cv2.dnn.NMSBoxes(np.hstack([corners, sizes]).tolist(), scores.tolist(), 0.0, max_overlap)
    return [
        Face(
            (*map(float, corners[i]), *map(float, corners[i] + sizes[i])),
            min(1.0, float(scores[i])),
            landmarks=in_image_order(points[i]),
        )
        for i in kept
    ]


def make_anchors(width: int, height: int) -> np.ndarray:
    """Centre x, centre y, width and height of all anchors of an input, in pixels, (A, 4) float64."""
    maps = []
    for stride, sides in ANCHORS.items():
        y, x, side = np.meshgrid(
            (np.arange(math.ceil(height / stride)) + 0.5) * stride,
            (np.arange(math.ceil(width / stride)) + 0.5) * stride,
            np.array(sides, np.float64),
            indexing="ij",
        )
        maps.append(np.stack([x, y, side, side], axis=-1).reshape(-1, 4))
    return np.concatenate(maps)
