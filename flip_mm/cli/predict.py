# SPDX-License-Identifier: Apache-2.0
"""Say for each picture, video or camera whether its face is live.

flip_mm predict flip_mcl_O.safetensors me.jpg
flip_mm predict flip_mcl_O.safetensors photos/ 'videos/*.mp4' --json
flip_mm predict flip_mcl_O.safetensors 0 --seconds 5

SOURCE is a picture, a video, a folder, a pattern in quotes, or the number of a camera. docs/inference.md explains the output.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from flip_mm.apis.arguments import check_input, integer, nonempty, number

from .answers import OPTIONS
from .parser import Parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flip_mm.inference.detector import Detector
    from flip_mm.inference.result import Result
    from flip_mm.inference.video_result import VideoResult


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__, OPTIONS["predict"])
    parser.add_argument("model", type=Path, help="model file of flip_mm export")
    parser.add_argument("sources", nargs="+", type=nonempty, metavar="SOURCE", help="picture, video, folder, pattern, camera")
    faces = parser.add_argument_group("faces")
    faces.add_argument("--faces", type=nonempty, metavar="NAME", help="face detector, or 'given' for face crops (model file)")
    faces.add_argument("--weights", type=Path, help="model file of the face detector, if it needs one")
    faces.add_argument("--average", type=integer(1, 7), default=1, metavar="N", help="mean over N moved crops of a face (1)")
    faces.add_argument("--every-face", action="store_true", help="a row for each face of a picture, the largest first")
    faces.add_argument("--ignore-quality", action="store_true", help="score pictures of bad quality, too")
    decision = parser.add_argument_group("decision", "thresholds on p_real, in place of those of the model file")
    decision.add_argument("--threshold", type=number(0, 1), metavar="T", help="live from T, spoof below")
    decision.add_argument("--accept", type=number(0, 1), metavar="A", help="live from A ...")
    decision.add_argument("--reject", type=number(0, 1), metavar="R", help="... spoof below R, unsure between them")
    recordings = parser.add_argument_group("videos and cameras")
    recordings.add_argument("--stride", type=integer(1), default=1, metavar="N", help="check every N-th frame (1)")
    recordings.add_argument("--seconds", type=number(0.1, 86_400), default=5.0, help="read cameras for so long (5)")
    recordings.add_argument(
        "--early-error", type=number(0, 0.5), metavar="E", help="stop a video when E bounds the risk of another verdict"
    )
    recordings.add_argument("--every-frame", action="store_true", help="print an answer for each frame, too")
    output = parser.add_argument_group("output")
    formats = output.add_mutually_exclusive_group()
    formats.add_argument("--json", action="store_true", help="one JSON object a line")
    formats.add_argument("--csv", action="store_true", help="CSV")
    output.add_argument("--save", type=nonempty, metavar="DIR", help="write pictures with box and verdict into this folder")
    parser.add_argument("--batch-size", type=integer(1, 4096), default=8, metavar="N", help="crops that run at once (8)")
    parser.add_argument("--device", type=nonempty, default="cpu", help="of .safetensors: cpu, cuda ... (cpu)")
    parser.add_argument("--threads", type=integer(1, 1024), help="of .onnx and .xml (all cores)")
    parser.add_argument("--runtime", choices=["onnxruntime", "openvino"], help="of .onnx (onnxruntime)")
    args = parser.parse_args()
    if (args.accept is None) != (args.reject is None):
        parser.error("--accept and --reject: give both, or --threshold T for one threshold")
    if args.accept is not None and args.threshold is not None:
        parser.error("argument --threshold: not allowed with --accept and --reject")
    if args.accept is not None and args.accept < args.reject:
        parser.error(f"argument --accept: must be at least --reject {args.reject:g}, got {args.accept:g}")
    if args.early_error is not None and args.save:
        parser.error("argument --save: not allowed with --early-error, which reads only some frames")
    return args


def main() -> None:
    """Print the answers."""
    args = parse_args()
    check_input(args.model, "MODEL")
    from flip_mm.inference.detector import Detector
    from flip_mm.inference.model_card import Decision
    from flip_mm.inference.progress import with_progress
    from flip_mm.media.sources import check_paths, known_count

    from .predict_output import Csv, JsonLines, Table

    check_paths(args.sources)
    accept, reject = (args.accept, args.reject) if args.threshold is None else (args.threshold, args.threshold)
    decision = None if accept is None else Decision(accept, reject, origin="given on the command line")
    detector = Detector(
        args.model,
        args.faces,
        decision,
        device=args.device,
        threads=args.threads,
        runtime=args.runtime,
        weights=args.weights,
    )
    output = JsonLines() if args.json else Csv() if args.csv else Table()
    output.start(detector.decision, has_crops=detector.face_detector is None)
    answers = _answers(detector, args)
    if sys.stdout is None or not sys.stdout.isatty():
        # On a terminal the rows show the progress.
        answers = with_progress(answers, lambda: known_count(args.sources))
    for answer in answers:
        if args.every_frame:
            for frame in getattr(answer, "frames", ()):
                output.add(frame)
        output.add(answer)
    output.end()


def _answers(detector: Detector, args: Namespace) -> Iterator[Result | VideoResult]:
    options = dict(batch_size=args.batch_size, average=args.average, stride=args.stride, quality=not args.ignore_quality)
    every_face = dict(every_face=args.every_face)
    if args.early_error is None:
        on_frame = None
        if args.save:
            from flip_mm.inference.save_pictures import PictureWriter

            on_frame = PictureWriter(args.save)
        yield from detector.answers(args.sources, seconds=args.seconds, on_frame=on_frame, **every_face, **options)
        return
    from flip_mm.media.file_types import is_video_name
    from flip_mm.media.source_paths import expand

    for source in args.sources:
        for path, _ in expand(source):
            if is_video_name(path):
                yield detector.predict_video(path, early_error=args.early_error, **options)
            else:
                yield from detector.answers(path, seconds=args.seconds, **every_face, **options)
