# SPDX-License-Identifier: Apache-2.0
"""Write a model file that explains itself, and prove that it gives the answers of the trained model.

flip_mm export flip_mcl_p1 work_dirs/flip_mcl_p1/O_seed0/iter_4000.pth flip_mcl_O.safetensors --faces mtcnn --margin 0.1
flip_mm export flip_mcl_p1 work_dirs/flip_mcl_p1/O_seed0/iter_4000.pth flip_mcl_O.onnx --faces mtcnn --margin 0.1
flip_mm predict flip_mcl_O.onnx me.jpg
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import check_input, check_new_file, integer, nonempty, number, output_file
from flip_mm.utils.shipped import config_file

from .config_arguments import add_data_arguments
from .parser import Parser

FORMATS = {".safetensors": "safetensors", ".onnx": "onnx", ".xml": "openvino"}


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    parser.add_argument("checkpoint", type=Path, help="checkpoint that tools/train.py wrote")
    parser.add_argument(
        "out", type=output_file, help="file to write; its suffix is the format: .safetensors, .onnx, or .xml (OpenVINO)"
    )
    parser.add_argument("--format", choices=sorted(FORMATS.values()), help="must fit the suffix of the file")
    precision = parser.add_mutually_exclusive_group()
    precision.add_argument("--fp16", action="store_true", help="store weights as float16: half the size")
    precision.add_argument("--int8", action="store_true", help=".onnx with weights of 8 bits: a quarter of the size, faster")
    parser.add_argument(
        "--calibration-images",
        type=Path,
        metavar="DIR",
        help="for --int8: face crops that fix the ranges of all layers (static); without, ranges follow each image (dynamic)",
    )
    faces = parser.add_argument_group("faces", "how the faces of the training data were found and cropped")
    faces.add_argument("--faces", type=nonempty, help="face detector, or 'given' if predictions get face crops")
    faces.add_argument(
        "--margin",
        type=number(0, 5),
        help="margin around the box on each side, as a share of its larger side (that of the manifests)",
    )
    faces.add_argument("--crop-size", type=integer(1, 4096), help="side of the crops in pixels (that of the network)")
    parser.add_argument("--threshold", type=number(0, 1), help="p_real from which a face is live (that of the training)")
    parser.add_argument("--license", type=nonempty, metavar="TEXT", help="note on the licence of the weights")
    check = parser.add_argument_group("check", "the file is compared with PyTorch on test images, or on synthetic ones")
    check.add_argument("--probes", type=integer(2), default=200, help="number of test images (200)")
    parser.add_argument("--overwrite", action="store_true", help="replace the file to write")
    args = parser.parse_args()
    if args.out.suffix not in FORMATS:
        parser.error(f"argument out: '{args.out}' must end in {' or '.join(FORMATS)}")
    if args.format and args.format != FORMATS[args.out.suffix]:
        parser.error(f"argument --format: '{args.out}' ends in {args.out.suffix}, which is {FORMATS[args.out.suffix]}")
    if args.calibration_images and not args.int8:
        parser.error("argument --calibration-images: it is for --int8")
    return args


def main() -> None:
    """Write the file."""
    args = parse_args()
    config_file(args.config)
    check_input(args.checkpoint, "checkpoint")
    check_new_file(args.out, args.overwrite, args.checkpoint)
    from flip_mm.apis import load_config
    from flip_mm.apis.export_model import ExportOptions, export_model
    from flip_mm.export.write_model import check_request
    from flip_mm.inference.model_file import model_files

    options = ExportOptions(
        precision="int8" if args.int8 else "fp16" if args.fp16 else "fp32",
        calibration_images=args.calibration_images,
        faces=args.faces,
        margin=args.margin,
        crop_size=args.crop_size,
        threshold=args.threshold,
        license=args.license or "",
        probes=args.probes,
        requires_data=args.data_root is not None,
    )
    cfg = load_config(args)
    check_request(args.out.suffix, options.precision)
    print("Writing the file and comparing it with PyTorch. A large model takes minutes; --probes 20 compares on fewer images.")
    card, parity = export_model(cfg, args.checkpoint, args.out, options)
    print(*parity.lines(), sep="\n")
    print(f"{args.out}: {sum(path.stat().st_size for path in model_files(args.out)) / 2**20:.1f} MiB")
    if card.decision is None:
        print("It has no threshold, so verdicts are 'unsure': fit one with flip_mm calibrate, or export with --threshold.")
    if not card.faces:
        print("It does not say how faces are found and cropped, so it takes face crops only: --faces and --margin say it.")
