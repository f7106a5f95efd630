# SPDX-License-Identifier: Apache-2.0
"""Time predictions: the released way, with cached prompts, without the text tower, and the model files of flip_mm export.

The ways take turns, so that other load on the machine affects all of them. `plain` runs the text tower for every batch as in
the released code; `safetensors`, `onnx`, `int8` and `openvino` take uint8 crops and normalise them. Weights do not matter for
the time: they are random without `--cfg-options model.backbone.pretrained=...`.

python tools/benchmarks/inference.py configs/flip_mcl_p1.py --batch-sizes 1 10 --threads 1 2
"""

from __future__ import annotations

import argparse
import copy
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _exported import WAYS, installed, open_file, write_files
from _harness import Result, add_arguments, compare, seconds, write_json
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from torch import Tensor

import flip_mm  # noqa: F401  its parts must be registered
from flip_mm.apis import integer, load_config, run_main
from flip_mm.cli.config_arguments import add_data_arguments
from flip_mm.cli.parser import Parser
from flip_mm.models import FLIP

# Of a batch of many images at least.
FEWEST_TURNS = 2


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    parser.add_argument("--batch-sizes", type=integer(1, 65536), nargs="+", default=[1, 10], help="images per batch (1 10)")
    parser.add_argument("--repeats", type=integer(1), dest="turns", default=argparse.SUPPRESS, help="same as --turns")
    parser.add_argument("--device", type=_device, default="cuda" if torch.cuda.is_available() else "cpu", help="cpu, cuda ...")
    parser.add_argument(
        "--exports", nargs="*", choices=[*WAYS], help="model files to time, on a CPU (all of which the packages are installed)"
    )
    add_arguments(parser, turns=10, many_threads=True)
    return parser.parse_args()


def _device(text: str) -> str:
    try:
        torch.empty(1, device=text)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise argparse.ArgumentTypeError(f"'{text}' cannot be used here, choose cpu or cuda ({reason})") from error
    return text


def plain_scores(model: FLIP, images: Tensor) -> Tensor:
    """Return probabilities (N, 2); the text tower runs over its whole context."""
    tokens = model.backbone.tokenizer(model.head.prompts).to(images.device)
    text = model.backbone.text_tower.encode_text(tokens)
    return model.head(model.encode_images(images), text, model.backbone.logit_scale).softmax(1)


def scores(model: FLIP, images: Tensor) -> Tensor:
    """Return probabilities (N, 2) from flip_mm's prediction."""
    return torch.stack([sample.pred_score for sample in model.predict(images)])


class Times:
    """Times calls, and remembers the times of each."""

    def __init__(self) -> None:
        self.of: dict[Callable, list[float]] = {}

    def __call__(self, call: Callable[[], Any], device: str) -> float:
        """Return the time of one call in seconds."""
        self.of.setdefault(call, []).append(seconds(call, device))
        return self.of[call][-1]

    def p99(self, call: Callable[[], Any], turns: int) -> float:
        """Return the 99th percentile of the measured calls in ms."""
        return 1000 * float(np.percentile(self.of[call][-turns:], 99))


@torch.no_grad()
def main() -> None:
    """Print the table."""
    args = parse_args()
    cfg = load_config(args)
    init_default_scope("mmpretrain")
    if not (args.cfg_options or {}).get("model.backbone.pretrained"):
        cfg.model.backbone.pretrained = cfg.model.backbone.weights_format = None
    model = MODELS.build(cfg.model).to(args.device).eval()
    if not model.head.with_text:
        raise ValueError(f"{type(model.head).__name__} has no text tower, there is nothing to compare.")
    deployed = copy.deepcopy(model)
    deployed.switch_to_deploy()
    models = dict(plain=(plain_scores, model), cached=(scores, model), deployed=(scores, deployed))
    exports = installed() if args.exports is None else args.exports
    exports = exports if args.device == "cpu" else []
    results = []
    with tempfile.TemporaryDirectory(prefix="flip_mm_inference_") as folder:
        card = write_files(model, exports, Path(folder)) if exports else None
        for threads in args.threads:
            torch.set_num_threads(threads)
            print(f"{cfg.model.backbone.arch}, {len(model.head.prompts)} prompts, {args.device}, {threads} threads")
            files = {way: open_file(way, card, Path(folder), threads) for way in exports}
            for size in args.batch_sizes:
                results += measure(args, cfg.model.backbone.arch, models, files, size, threads)
    write_json(args.json, results, args.device)


def measure(
    args: argparse.Namespace,
    arch: str,
    models: dict[str, tuple[Callable, FLIP]],
    files: dict[str, tuple[Callable, float]],
    size: int,
    threads: int,
) -> list[Result]:
    """Time all ways for one size of a batch."""
    model = models["plain"][1]
    crops = np.random.default_rng(0).integers(0, 256, (size, *model.backbone.image_size, 3), np.uint8)
    images = model.data_preprocessor(dict(inputs=torch.from_numpy(crops.transpose(0, 3, 1, 2).copy())))["inputs"]
    ways = {name: partial(call, called, images.to(args.device)) for name, (call, called) in models.items()}
    ways |= {name: partial(runtime, [crops]) for name, (runtime, _) in files.items()}
    plain, *others = [_p_real(way()) for way in ways.values()]
    differences = dict(zip(ways, [0.0, *(float(np.abs(plain - other).max()) for other in others)], strict=True))
    sizes = {name: _mib(called) for name, (_, called) in models.items()} | {name: mib for name, (_, mib) in files.items()}
    part = f"prediction, {arch}, batch {size}" + (f", {threads} threads" if len(args.threads) > 1 else "")
    times, turns = Times(), max(min(args.turns, FEWEST_TURNS), args.turns // size)
    found = compare(part, ways, size, "images", turns, device=args.device, time_of=times)
    worst = max(differences[name] for name in models)
    print(f"Largest difference of a score: {worst:.1e}")
    for result in found:
        p99 = times.p99(ways[result.way], turns)
        result.notes.update(largest_difference=differences[result.way], p99_ms=p99, mib=sizes[result.way], calls=turns)
        print(f"  {result.way}: p50 {1000 * result.seconds:.4g} ms, p99 {p99:.4g} ms, {sizes[result.way]:.0f} MiB")
    return found


def _p_real(found: Any) -> np.ndarray:
    return found[:, 1].double().cpu().numpy() if isinstance(found, Tensor) else found.p_real()


def _mib(model: FLIP) -> float:
    return sum(value.numel() * value.element_size() for value in model.state_dict().values()) / 2**20


if __name__ == "__main__":
    sys.exit(run_main(main))
