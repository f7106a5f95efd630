# SPDX-License-Identifier: Apache-2.0
"""Judge any detector of presentation attacks: error rates, robustness, and faults in how it is connected.

flip_mm qualify flip_mcl_O.safetensors pictures --out report.html
flip_mm qualify other.onnx pictures --faces mtcnn --out report.html  # described in other.yaml
flip_mm qualify my_package.my_module:p_live pictures --faces given --out report.html

The folder `pictures` has real/ and spoof/<type>/, or is a data root (--target O). See docs/qualify.md
Exit code: 0 no fault in its connection was found, 1 one was found, 2 it was not judged.
"""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from flip_mm.apis.arguments import integer, nonempty, number, output_file
from flip_mm.evaluation.thresholds import parse_rule

from .parser import Parser


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("detector", type=nonempty, help=".safetensors or .onnx file, or package.module:callable")
    parser.add_argument("data", type=Path, help="folder with real/ and spoof/<type>/, or data root")
    parser.add_argument("--out", type=output_file, required=True, metavar="HTML", help="page to write")
    parser.add_argument("--json", type=output_file, metavar="FILE", help="write everything into this file, too")
    parser.add_argument("--description", type=Path, metavar="YAML", help="what the detector takes and returns")
    parser.add_argument("--target", help="of a data root: domain to take the test images of, e.g. O")
    faces = parser.add_mutually_exclusive_group()
    faces.add_argument("--faces", type=nonempty, help="face detector, or 'given' for pictures that are face crops")
    faces.add_argument("--boxes", type=Path, metavar="CSV", help="face boxes: file,x0,y0,x1,y1")
    parser.add_argument("--weights", type=Path, help="model file of the face detector, if it needs one")
    threshold = parser.add_mutually_exclusive_group()
    threshold.add_argument("--threshold", type=number(0, 1), help="p_live from which a picture is live (the detector's)")
    threshold.add_argument("--rule", type=nonempty, help="fit the threshold on these pictures: eer, apcer=X or bpcer=X")
    parser.add_argument("--changed", type=integer(0), default=100, metavar="N", help="pictures to change and score again (100)")
    parser.add_argument("--no-thumbnails", dest="thumbnails", action="store_false", help="no faces in the page")
    args = parser.parse_args()
    if args.json and args.json.absolute() == args.out.absolute():
        parser.error(f"--json and --out would both write '{args.out}': give them different names")
    return args


def main() -> int:
    """Judge."""
    args = parse_args()
    if args.rule:
        parse_rule(args.rule)
    from flip_mm.qualify.samples import is_data_root, read_data_root, read_folder

    if args.description and not args.description.is_file():
        raise FileNotFoundError(f"argument --description: '{args.description}' does not exist: check the path.")
    of_root = is_data_root(args.data)
    if of_root and args.target is None:
        raise ValueError(f"'{args.data}' is a data root: choose the domain to test with --target, e.g. --target O.")
    if args.target is not None and not of_root:
        raise ValueError(f"--target is for data roots, and '{args.data}' has no frame/ and txt/: remove it.")
    samples = read_data_root(args.data, args.target) if of_root else read_folder(args.data)
    from flip_mm.inference.face_choice import check_named_by_file
    from flip_mm.qualify.html_report import write_html_report
    from flip_mm.qualify.open_subject import open_subject
    from flip_mm.qualify.qualification import qualify
    from flip_mm.qualify.scenes import GIVEN, find_by_detector, find_by_table
    from flip_mm.visualization.html_page import require_jinja2

    require_jinja2()
    subject = open_subject(args.detector, args.description)
    if args.boxes:
        faces, find = "given boxes", find_by_table(args.boxes)
    else:
        # The images of a data root are face crops, and a detector of whole pictures needs no face.
        faces = args.faces or (GIVEN if of_root or not subject.inputs else subject.faces)
        if not faces:
            raise ValueError(
                f"'{args.detector}' does not say how faces are found: give --faces NAME, --boxes CSV, or --faces given for "
                "pictures that are face crops."
            )
        if not args.faces:
            check_named_by_file(faces, args.detector)
        find = find_by_detector(faces, args.weights)
    data = f"{args.data.resolve().name}{f', test images of {args.target}' if of_root else ''}: {len(samples)} pictures"
    found = qualify(subject, samples, find, args.threshold, args.rule, args.changed, data, faces)
    write_html_report(found, args.out, args.thumbnails)
    if args.json:
        from flip_mm.utils.files import write_text

        write_text(args.json, json.dumps(found.to_dict(), indent=1) + "\n")
    for finding in found.findings:
        print(f"{finding.severity:8}{finding.text} {finding.advice}".rstrip())
    print(found.verdict)
    print(f"Written: {args.out}" + (f", {args.json}" if args.json else ""))
    return 1 if found.findings[0].severity == "error" else 0
