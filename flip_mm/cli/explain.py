# SPDX-License-Identifier: Apache-2.0
"""Show why a model answers as it does: one PNG, or one page, for each picture.

flip_mm explain flip_mcl_O.safetensors me.jpg
flip_mm explain flip_mcl_O.safetensors photos/ --html --out explained
flip_mm explain flip_mcl_O.safetensors own_camera/ --gallery
flip_mm explain flip_mcl_O.safetensors scores_target.csv --gallery --data-root data/MCIO

--gallery takes a folder with real/ and spoof/, or a score file of this model with --data-root, and writes one page with the
mistakes. docs/explain.md says what the maps show and what they do not show.
"""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from flip_mm.apis.arguments import check_input, integer, nonempty, number

from .parser import Parser

if TYPE_CHECKING:
    from flip_mm.inference.detector import Detector

MAPS = ("auto", "gradients", "occlusion")


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("model", type=Path, help="model file of flip_mm export")
    parser.add_argument("pictures", nargs="+", type=nonempty, metavar="IMAGE", help="picture, folder, or pattern in quotes")
    parser.add_argument("--faces", type=nonempty, metavar="NAME", help="face detector, or 'given' for face crops (model file)")
    parser.add_argument("--weights", type=Path, help="model file of the face detector, if it needs one")
    parser.add_argument("--ignore-quality", action="store_true", help="explain pictures of bad quality, too")
    parser.add_argument("--threshold", type=number(0, 1), metavar="T", help="live from T, spoof below (model file)")
    parser.add_argument("--maps", choices=MAPS, default="auto", help="how maps are computed (auto: gradients if possible)")
    parser.add_argument("--device", type=nonempty, default="cpu", help="of .safetensors: cpu, cuda ... (cpu)")
    output = parser.add_argument_group("output")
    output.add_argument("--out", type=nonempty, default="explained", metavar="DIR", help="folder to write into (explained)")
    output.add_argument("--html", action="store_true", help="write pages in place of PNG files")
    output.add_argument("--gallery", action="store_true", help="one page with the mistakes in real/ and spoof/ of a folder")
    output.add_argument("--data-root", type=Path, metavar="DIR", help="gallery of a score file: folder with its pictures")
    output.add_argument("--most", type=integer(1, 200), default=24, metavar="N", help="mistakes of each class (24)")
    args = parser.parse_args()
    if args.gallery and len(args.pictures) > 1:
        parser.error("argument --gallery: give one folder with real/ and spoof/, or one score file")
    if args.data_root and not args.gallery:
        parser.error("argument --data-root: only with --gallery")
    return args


def main() -> None:
    """Write the explanations."""
    args = parse_args()
    check_input(args.model, "MODEL")
    from flip_mm.explain.output_folder import check_folder
    from flip_mm.inference.detector import Detector
    from flip_mm.inference.model_card import Decision

    check_folder(Path(args.out))
    pictures = None if args.gallery else _pictures(args.pictures)
    decision = None
    if args.threshold is not None:
        decision = Decision(args.threshold, args.threshold, origin="given on the command line")
    # Pictures of a data root are face crops.
    faces = args.faces or ("given" if args.data_root else None)
    detector = Detector(args.model, faces, decision, device=args.device, weights=args.weights)
    if args.gallery:
        _gallery(detector, args)
    else:
        _explain(detector, pictures, args)


def _pictures(given: list[str]) -> list[str]:
    """Paths of all pictures."""
    from flip_mm.media.file_types import is_video_name
    from flip_mm.media.source_paths import expand

    found = [item for path in given for item in expand(path)]
    for path, error in found:
        if error:
            raise FileNotFoundError(f"'{path}': {error}.")
        if is_video_name(path):
            raise ValueError(f"'{path}' is a video: save the frame in question as a picture, and give that.")
    return [path for path, _ in found]


def _explain(detector: Detector, pictures: list[str], args: Namespace) -> None:
    from flip_mm.explain import explain
    from flip_mm.explain.output_folder import OutputNames

    name = OutputNames(Path(args.out), "_explained.html" if args.html else "_explained.png")
    for explanation in explain(detector, pictures, args.maps, quality=not args.ignore_quality):
        result = explanation.result
        if len(pictures) == 1 and not explanation.is_answered:
            raise ValueError(f"'{result.source}' was not checked. {' '.join(reason.advice for reason in result.reasons)}")
        path = name(result.source)
        path.parent.mkdir(parents=True, exist_ok=True)
        explanation.save(path)
        print(f"{result}\n  {path}")


def _gallery(detector: Detector, args: Namespace) -> None:
    from flip_mm.explain.gallery import write_gallery
    from flip_mm.explain.gallery_samples import folder_samples, scored_samples

    data, path = Path(args.pictures[0]), Path(args.out, "gallery.html")
    if args.data_root is None:
        samples = folder_samples(detector, data)
    else:
        samples = scored_samples(data, args.data_root, detector.card.temperature)
    path.parent.mkdir(parents=True, exist_ok=True)
    print(f"{write_gallery(detector, samples, path, args.most, args.maps)}\n  {path}")
