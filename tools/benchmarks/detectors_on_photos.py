# SPDX-License-Identifier: Apache-2.0
"""Compare face detectors on a real photo in many sizes and rotations, and count false boxes in photos without a face.

The photo is the portrait of an astronaut by NASA (public domain) that scikit-image contains; the photos without a face come
from there too. For each detector the table has: the confidence of the box on the face or 'no', the number of other boxes, the
largest error of a landmark in units of the distance between the eyes, and the milliseconds of processor time on one thread.

python tools/benchmarks/detectors_on_photos.py --faces mtcnn retinaface lbp
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.faces.detectors import build_detector
from flip_mm.faces.face import Face, FaceDetector, in_image_order
from flip_mm.faces.locate import locate_face

# Of the astronaut's face: eyes, nose, mouth corners, and the middle.
LANDMARKS = np.array([(205, 102), (247, 104), (225, 129), (203, 138), (244, 141)], float)
MIDDLE = (225, 118)
# Height from the hair to the chin.
FACE_HEIGHT = 120
HEIGHTS = (240, 120, 80, 60, 40, 30)
ROTATIONS = (0, 15, -15, 30, -30, 45, 90, 180)
FRAME = (1280, 720)
# Photos of scikit-image without a face.
OTHERS = ["brick", "chelsea", "clock", "coffee", "coins", "grass", "gravel", "horse", "moon", "page", "rocket", "text"]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--faces", nargs="+", default=["mtcnn", "retinaface", "lbp"], help="detectors (mtcnn retinaface lbp)")
    parser.add_argument("--weights", type=Path, help="model of a detector that needs one")
    parser.add_argument("--repeats", type=integer(1), default=5, help="detections per time (5)")
    return parser.parse_args()


def photos(photo: np.ndarray) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, (H, W, 3) image and 2 x 3 matrix from the points of the photo to the points of the image."""
    width, height = FRAME
    for size in HEIGHTS:
        scale = size / FACE_HEIGHT
        matrix = np.array([[scale, 0, width / 2 - scale * MIDDLE[0]], [0, scale, height / 2 - scale * MIDDLE[1]]])
        yield f"{size} px of 720", _warp(photo, matrix, FRAME), matrix
    for angle in ROTATIONS:
        # OpenCV counts angles counterclockwise.
        matrix = cv2.getRotationMatrix2D(MIDDLE, -angle, 1)
        matrix[:, 2] += np.array(photo.shape[1::-1]) / 2 - MIDDLE
        yield f"rotated {angle}", _warp(photo, matrix, photo.shape[1::-1]), matrix


def _warp(photo: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    scale = np.hypot(*matrix[:, 0])
    if scale < 1:  # warpAffine does not average
        photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        matrix = np.c_[matrix[:, :2] / scale, matrix[:, 2]]
    return cv2.warpAffine(photo, matrix, size, borderMode=cv2.BORDER_CONSTANT, borderValue=(128, 128, 128))


def judge(faces: list[Face], points: np.ndarray) -> tuple[str, int, str]:
    """Confidence of the face, number of other boxes, and the largest error of a landmark."""
    nose = points[2]
    on_face = [face for face in faces if face.box[0] < nose[0] < face.box[2] and face.box[1] < nose[1] < face.box[3]]
    if not on_face:
        return "no", len(faces), ""
    face = max(on_face, key=lambda face: face.score or 0)
    found = "yes" if face.score is None else f"{face.score:.3f}"
    if face.landmarks is None:
        return found, len(faces) - 1, ""
    expected = np.array(in_image_order(points))
    error = np.hypot(*(np.array(face.landmarks) - expected).T).max() / np.hypot(*(points[1] - points[0]))
    return found, len(faces) - 1, f"{error:.2f}"


def milliseconds(detector: FaceDetector, image: np.ndarray, repeats: int) -> float:
    """Median of the processor time of a detection."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        detector(image)
        times.append(1000 * (time.process_time() - start))
    return float(np.median(times))


def main() -> None:
    """Print the table."""
    args = parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    detectors = {name: build_detector(name, args.weights) for name in args.faces}
    try:
        from skimage import data
        from skimage.color import gray2rgb
    except ImportError as error:
        raise ImportError('The photos are those of scikit-image: pip install "flip_mm[prepare]"') from error
    print(f"{'photo':<16}{'detector':<14}{'found':>7}{'others':>8}{'landmarks':>11}{'ms':>7}")
    for title, image, matrix in photos(data.astronaut()):
        points = LANDMARKS @ matrix[:, :2].T + matrix[:, 2]
        for name, detector in detectors.items():
            found, others, error = judge(locate_face(detector, image).faces, points)
            spent = milliseconds(detector, image, args.repeats)
            print(f"{title:<16}{name:<14}{found:>7}{others:>8}{error:>11}{spent:>7.0f}", flush=True)
    without = {name: _rgb(getattr(data, name)(), gray2rgb) for name in OTHERS}
    for name, detector in detectors.items():
        boxes = {other: len(locate_face(detector, image).faces) for other, image in without.items()}
        wrong = ", ".join(f"{other} {number}" for other, number in boxes.items() if number) or "none"
        print(f"{name}: {sum(boxes.values())} boxes in {len(boxes)} photos without a face: {wrong}")


def _rgb(image: np.ndarray, gray2rgb) -> np.ndarray:  # noqa: ANN001
    image = image[..., :3] if image.ndim == 3 else gray2rgb(image)
    return np.ascontiguousarray(image if image.dtype == np.uint8 else np.uint8(255) * image.astype(np.uint8))


if __name__ == "__main__":
    sys.exit(run_main(main))
