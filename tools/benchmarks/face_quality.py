# SPDX-License-Identifier: Apache-2.0
"""Measure which quality findings degraded pictures get.

Draws people and attacks as crops of 112 pixels, darkens, brightens, blurs and shrinks them, and prints for each degradation the
share of crops with a finding. Then does the same with a real photo (scikit-image's astronaut) and a detector.

python tools/benchmarks/face_quality.py --images 200
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable

import cv2
import numpy as np
import torch

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.faces.crop import crop_face
from flip_mm.faces.detectors import build_detector
from flip_mm.faces.face import FaceDetector
from flip_mm.faces.face_quality import KINDS, quality_findings
from flip_mm.faces.locate import locate_face
from flip_mm.synthetic.layout import Video
from flip_mm.synthetic.writer import render_video

SIDE = 112
CLASSES = ("real", "print", "replay", "mask")
DOMAINS = "MCIO"
# Position of the astronaut's face in the photo of 512 x 512 pixels.
FACE_LEFT, FACE_WIDTH, FACE_HEIGHT = 178, 95, 120


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--faces", default="retinaface", help="detector for the photo (retinaface)")
    parser.add_argument("--images", type=integer(1), default=200, help="drawn crops (200)")
    return parser.parse_args()


def multiply(factor: float) -> Callable[[np.ndarray], np.ndarray]:
    """Function that multiplies the pixels, as a shorter or longer exposure does."""
    return lambda image: np.clip(factor * image.astype(np.float32), 0, 255).astype(np.uint8)


def blur(share: float) -> Callable[[np.ndarray], np.ndarray]:
    """Function that blurs by a Gaussian with a standard deviation of a share of the height."""
    return lambda image: cv2.GaussianBlur(image, (0, 0), share * image.shape[0])


def shrink(factor: float) -> Callable[[np.ndarray], np.ndarray]:
    """Function that makes an image smaller."""
    return lambda image: cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def rotate(angle: float) -> Callable[[np.ndarray], np.ndarray]:
    """Function that rotates an image clockwise about its middle, by degrees."""

    def apply(image: np.ndarray) -> np.ndarray:
        height, width = image.shape[:2]
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
        return cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)

    return apply


def cut(share: float) -> Callable[[np.ndarray], np.ndarray]:
    """Function that cuts the photo so that this share of the face's width is lost."""
    return lambda photo: photo[:, round(FACE_LEFT + share * FACE_WIDTH) :]


PIXELS = {
    "unchanged": lambda image: image,
    "darkened to 1/2": multiply(1 / 2),
    "darkened to 1/4": multiply(1 / 4),
    "darkened to 1/8": multiply(1 / 8),
    "brightened 1.5 times": multiply(1.5),
    "brightened 2 times": multiply(2),
    "brightened 3 times": multiply(3),
    "black": multiply(0),
    "one colour": lambda image: np.full_like(image, 120),
    "noise": lambda image: np.random.default_rng(0).integers(0, 256, image.shape, np.uint8),
}
BLURS = (0.01, 0.02, 0.03, 0.05)
CROPS = (
    PIXELS
    | {f"blurred by {share:.0%}": blur(share) for share in BLURS}
    | {f"shrunk to {side} px": shrink(side / SIDE) for side in (64, 48, 40, 32)}
)
PHOTOS = (
    PIXELS
    # A share of the face.
    | {f"blurred by {share:.0%}": blur(share * FACE_HEIGHT / 512) for share in BLURS}
    | {f"face of {side} px": shrink(side / FACE_HEIGHT) for side in (60, 50, 40, 30, 20)}
    | {f"rotated by {angle}": rotate(angle) for angle in (15, 30, 45, 90, 180)}
    | {f"cut by {share:.0%}": cut(share) for share in (0.1, 0.4)}
    | {"two faces": lambda image: np.hstack([image, image[:, ::-1]])}
)


def draw_crop(number: int) -> np.ndarray:
    """A drawn picture, (112, 112, 3) uint8 RGB."""
    video = Video(DOMAINS[number % len(DOMAINS)], number, CLASSES[number // len(DOMAINS) % len(CLASSES)], "", ("",))
    return np.rint(255 * np.clip(render_video(video, number, SIDE, seed=0)[0], 0, 1)).astype(np.uint8)


def judge_photo(detector: FaceDetector, image: np.ndarray) -> str:
    """Findings of a photo, with the compared values."""
    image = np.ascontiguousarray(image)
    face, faces = locate_face(detector, image)
    crop = None if face is None else crop_face(image, face)
    findings = quality_findings(image, face, faces, crop)
    return ", ".join(own.code if own.value is None else f"{own.code} {own.value:.2f}" for own in findings) or "none"


def main() -> None:
    """Print both tables."""
    args = parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    detector = build_detector(args.faces)
    try:
        from skimage.data import astronaut
    except ImportError as error:
        raise ImportError('The photo is one of scikit-image: pip install "flip_mm[prepare]"') from error
    crops = [draw_crop(i) for i in range(args.images)]
    print(f"{args.images} drawn crops of {SIDE} pixels, percent with a finding")
    for name, change in CROPS.items():
        counts = Counter(own.code for crop in crops for own in quality_findings(None, None, None, change(crop)))
        shares = ", ".join(f"{code} {100 * counts[code] / len(crops):.0f}" for code in KINDS if counts[code]) or "none"
        print(f"{name:<24}{shares}", flush=True)
    print(f"a photo, faces found by {args.faces}: findings with the compared number")
    for name, change in PHOTOS.items():
        print(f"{name:<24}{judge_photo(detector, change(astronaut()))}", flush=True)


if __name__ == "__main__":
    sys.exit(run_main(main))
