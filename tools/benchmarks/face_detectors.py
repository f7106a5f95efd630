# SPDX-License-Identifier: Apache-2.0
"""Measure how many synthetic faces the detectors find, and how long they take.

Draws people, prints, replays and masks in the middle of 16:9 frames. For each class it counts frames in which the box that a
converter would use is on the face or elsewhere, and the milliseconds of processor time per frame, with one thread.

python tools/benchmarks/face_detectors.py --faces lbp --images 60 --height 224
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.faces.detectors import build_detector
from flip_mm.faces.face import FaceDetector
from flip_mm.faces.face_selection import is_plausible, select_face
from flip_mm.synthetic.layout import Video
from flip_mm.synthetic.writer import render_video

KINDS = ("real", "print", "replay", "mask", "cut_en")
DOMAINS = "MCIO"


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument(
        "--faces",
        nargs="+",
        default=["mtcnn", "retinaface", "lbp"],
        help="detectors: mtcnn, retinaface, yunet, lbp, module:callable",
    )
    parser.add_argument("--weights", type=Path, help="model of a detector that needs one")
    parser.add_argument("--images", type=integer(1), default=60, help="images per class (60)")
    parser.add_argument("--height", type=integer(48, 2160), default=224, help="height of a frame in pixels (224)")
    return parser.parse_args()


def draw_frame(kind: str, number: int, height: int) -> np.ndarray:
    """A synthetic image in the middle of a 16:9 frame, (height, 16 / 9 * height, 3) uint8 RGB."""
    video = Video(DOMAINS[number % len(DOMAINS)], number, kind, "", ("",))
    image = np.rint(255 * np.clip(render_video(video, number, height, seed=0)[0], 0, 1)).astype(np.uint8)
    side = round(height * 7 / 18)
    return cv2.copyMakeBorder(image, 0, 0, side, side, cv2.BORDER_REFLECT)


def judge(detector: FaceDetector, frame: np.ndarray) -> str:
    """Return 'found' if the selected box is in the middle and has a face's size, 'elsewhere', or 'none'."""
    height, width = frame.shape[:2]
    faces = [face for face in detector(frame) if is_plausible(face, width, height)]
    if not faces:
        return "none"
    x0, y0, x1, y1 = select_face(faces).box
    around = x0 < width / 2 < x1 and y0 < height / 2 < y1
    return "found" if around and 0.25 < (y1 - y0) / height < 1.1 else "elsewhere"


def main() -> None:
    """Print the table."""
    args = parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    detectors = {name: build_detector(name, args.weights) for name in args.faces}
    print(f"{args.images} images of each class, {args.height} pixels high")
    print(f"{'detector':<12}{'class':<10}{'found':>6}{'elsewhere':>11}{'none':>6}{'ms':>7}")
    for kind in KINDS:
        frames = [draw_frame(kind, i, args.height) for i in range(args.images)]
        for name, detector in detectors.items():
            start = time.process_time()
            verdicts = [judge(detector, frame) for frame in frames]
            milliseconds = 1000 * (time.process_time() - start) / len(frames)
            counts = "".join(f"{verdicts.count(word):>{w}}" for word, w in (("found", 6), ("elsewhere", 11), ("none", 6)))
            print(f"{name:<12}{kind:<10}{counts}{milliseconds:>7.0f}", flush=True)


if __name__ == "__main__":
    sys.exit(run_main(main))
