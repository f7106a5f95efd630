# SPDX-License-Identifier: Apache-2.0
"""Measure how well the maps of `flip_mm explain` agree with each other, for a convolutional network.

Prints the mean correlation, over pictures, of each pair of maps (real - spoof, at 8 x 8 places): integrated gradients, Grad-CAM
at the same stage, and occlusion with the mean colour and with a blurred copy. No map is the truth.

python tools/benchmarks/explanation_maps.py flip_mcl_demo_O.safetensors "data/demo/frame/*/test/*/*.png" --every 12
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from flip_mm.apis import integer, run_main
from flip_mm.apis.arguments import check_input, nonempty
from flip_mm.cli.parser import Parser
from flip_mm.explain.evidence import Evidence, blurred
from flip_mm.explain.feature_stage import last_feature_map, replaced
from flip_mm.explain.network_evidence import image_towers, network_evidence
from flip_mm.explain.occlusion import PLACES, occlusion_evidence
from flip_mm.inference.open_runtime import open_runtime
from flip_mm.inference.preprocessing import resized
from flip_mm.inference.torch_runtime import TorchRuntime
from flip_mm.media.source_paths import expand
from flip_mm.media.still_image import read_image

Map = Callable[[np.ndarray], np.ndarray]


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("model", type=Path, help=".safetensors file of flip_mm export, a convolutional network")
    parser.add_argument("pictures", type=nonempty, help="face crops: folder, or pattern in quotes")
    parser.add_argument("--every", type=integer(1), default=1, metavar="N", help="take every N-th picture (1)")
    return parser.parse_args()


def grad_cam(runtime: TorchRuntime, crop: np.ndarray) -> np.ndarray:
    """Grad-CAM without its ReLU, of the difference of the logits."""
    images = runtime.normalise[0](torch.from_numpy(crop[None]))
    stage, features = last_feature_map(image_towers(runtime.network)[0], images)
    with replaced(stage, features.requires_grad_()):
        logits, _ = runtime.network(images)
    (gradient,) = torch.autograd.grad(logits[0, 1] - logits[0, 0], features)
    return (features * gradient.mean((2, 3), keepdim=True)).sum(1)[0].detach().double().numpy()


def signed(evidence: list[Evidence]) -> np.ndarray:
    """Return real - spoof of the first input."""
    return evidence[0].real - evidence[0].spoof


def at_places(values: np.ndarray) -> np.ndarray:
    """Resize a map to the places of an occlusion."""
    shrink = min(values.shape) > PLACES
    return cv2.resize(values, (PLACES, PLACES), interpolation=cv2.INTER_AREA if shrink else cv2.INTER_LINEAR)


def main() -> None:
    """Measure."""
    args = parse_args()
    check_input(args.model, "model")
    torch.set_num_threads(1)
    found = list(expand(args.pictures))
    if found[0][1]:
        raise FileNotFoundError(f"'{found[0][0]}': {found[0][1]}.")
    runtime = open_runtime(args.model)
    if not isinstance(runtime, TorchRuntime) or len(runtime.card.inputs) != 1:
        raise ValueError(f"'{args.model}' has no gradients, or several inputs: give a .safetensors file with one input.")
    maps: dict[str, Map] = {
        "integrated gradients": lambda crop: signed(network_evidence(runtime, [crop])),
        "Grad-CAM": lambda crop: grad_cam(runtime, crop),
        "occlusion, mean colour": lambda crop: signed(occlusion_evidence(runtime, [crop])),
        "occlusion, blurred": lambda crop: signed(occlusion_evidence(runtime, [crop], blurred)),
    }
    crops = [resized(read_image(Path(path)), runtime.card.inputs[0]) for path, _ in found[:: args.every]]
    values = np.array([[at_places(own(crop)).ravel() for own in maps.values()] for crop in crops])
    mean = np.mean([np.corrcoef(own) for own in values], 0)
    print(f"{len(crops)} pictures, mean correlation of the maps")
    for name, row in zip(maps, mean, strict=True):
        print(f"  {name:<24}" + "".join(f"{value:8.2f}" for value in row))


if __name__ == "__main__":
    sys.exit(run_main(main))
