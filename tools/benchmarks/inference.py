# SPDX-License-Identifier: Apache-2.0
"""Time predictions with the text tower run for every batch, with cached prompts, and without the tower.

The three take turns, so that other load on the machine affects all of them. Weights do not matter for the time: they are
random without `--cfg-options model.backbone.pretrained=...`.

python tools/benchmarks/inference.py configs/flip_mcl_p1.py --batch-sizes 1 10
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections.abc import Callable
from functools import partial

import torch
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
    parser.add_argument("--repeats", type=integer(1), default=10, help="number of measured batches (10)")
    parser.add_argument("--device", type=_device, default="cuda" if torch.cuda.is_available() else "cpu", help="cpu, cuda ...")
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


def seconds(run: Callable[[], Tensor], device: str) -> float:
    """Return the wall-clock time of one call."""
    start = time.perf_counter()
    run()
    if device.startswith("cuda"):
        torch.cuda.synchronize()
    return time.perf_counter() - start


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
    height, width = model.backbone.image_size
    print(f"{cfg.model.backbone.arch}, {len(model.head.prompts)} prompts, {args.device}, {torch.get_num_threads()} threads")
    print(f"{'batch':>5}  {'text tower every batch':>22}  {'prompts cached':>19}  {'deployed':>19}  largest difference")
    for size in args.batch_sizes:
        images = torch.randn(size, 3, height, width, device=args.device)
        calls = ((plain_scores, model), (scores, model), (scores, deployed))
        runs = [partial(call, called_model, images) for call, called_model in calls]
        plain, *others = [run() for run in runs]
        times = torch.tensor([[seconds(run, args.device) for run in runs] for _ in range(args.repeats)]).median(0).values
        texts = [f"{1000 * t:.0f} ms ({times[0] / t:.2f}x)" for t in times[1:]]
        worst = max((plain - other).abs().max().item() for other in others)
        print(f"{size:>5}  {1000 * times[0]:>19.0f} ms  {texts[0]:>19}  {texts[1]:>19}  {worst:.1e}")


if __name__ == "__main__":
    sys.exit(run_main(main))
