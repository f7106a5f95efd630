# SPDX-License-Identifier: Apache-2.0
"""Time predictions: the text tower run for every batch as in the released code, with cached prompts, and without the tower.

The three take turns, so that other load on the machine affects all of them. Weights do not matter for the time: they are
random without `--cfg-options model.backbone.pretrained=...`.

python tools/benchmarks/inference.py configs/flip_mcl_p1.py --batch-sizes 1 10
"""

from __future__ import annotations

import argparse
import copy
import sys
from functools import partial

import torch
from _harness import add_arguments, compare, write_json
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from torch import Tensor

import flip_mm  # noqa: F401  its parts must be registered
from flip_mm.apis import integer, load_config, run_main
from flip_mm.cli.config_arguments import add_data_arguments
from flip_mm.cli.parser import Parser
from flip_mm.models import FLIP


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    add_data_arguments(parser)
    parser.add_argument("--batch-sizes", type=integer(1, 65536), nargs="+", default=[1, 10], help="images per batch (1 10)")
    parser.add_argument("--repeats", type=integer(1), dest="turns", default=argparse.SUPPRESS, help="same as --turns")
    parser.add_argument("--device", type=_device, default="cuda" if torch.cuda.is_available() else "cpu", help="cpu, cuda ...")
    add_arguments(parser, turns=10)
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


@torch.no_grad()
def main() -> None:
    """Print the table."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    cfg = load_config(args)
    init_default_scope("mmpretrain")
    if not (args.cfg_options or {}).get("model.backbone.pretrained"):
        cfg.model.backbone.pretrained = cfg.model.backbone.weights_format = None
    model = MODELS.build(cfg.model).to(args.device).eval()
    if not model.head.with_text:
        raise ValueError(f"{type(model.head).__name__} has no text tower, there is nothing to compare.")
    deployed = copy.deepcopy(model)
    deployed.switch_to_deploy()
    height, width = model.backbone.image_size
    arch = cfg.model.backbone.arch
    print(f"{arch}, {len(model.head.prompts)} prompts, {args.device}, {args.threads} threads")
    results = []
    for size in args.batch_sizes:
        images = torch.randn(size, 3, height, width, device=args.device)
        calls = dict(plain=(plain_scores, model), cached=(scores, model), deployed=(scores, deployed))
        ways = {name: partial(call, called_model, images) for name, (call, called_model) in calls.items()}
        plain, *others = [way() for way in ways.values()]
        found = compare(f"prediction, {arch}, batch {size}", ways, size, "images", args.turns, device=args.device)
        worst = max((plain - other).abs().max().item() for other in others)
        print(f"Largest difference of a score: {worst:.1e}")
        for result in found:
            result.notes["largest_difference"] = worst
        results += found
    write_json(args.json, results, args.device)


if __name__ == "__main__":
    sys.exit(run_main(main))
