# SPDX-License-Identifier: Apache-2.0
"""Print what methods cost: parameters, multiplications for one image, and seconds of a training step, as a Markdown table.

Each config trains a few steps on synthetic faces in its own image size, with random weights: they take the same time. A step
is a call of the model's train_step: forward and backward passes and optimizers, without the reading of images. GMAC are the
multiplications of torch.utils.flop_counter when one image is tested: those of matrix products and convolutions.

python tools/benchmarks/methods.py ssdg_r maddg --batch-size 1
python tools/benchmarks/methods.py maddg_demo --steps 10 --threads 2
python tools/benchmarks/methods.py maddg --steps 0
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import torch
from mmengine.registry import RUNNERS
from torch.utils.flop_counter import FlopCounterMode

import flip_mm.register  # noqa: F401  registers the components
from flip_mm.apis import integer, run_main
from flip_mm.apis.arguments import nonempty
from flip_mm.apis.run_config import load_config, training_arguments
from flip_mm.cli.parser import Parser
from flip_mm.synthetic.writer import write_dataset
from flip_mm.utils.shipped import config_file
from flip_mm.utils.table_text import markdown_lines

HEADER = ("config", "parameters (trained), M", "GMAC per image", "images per step", "seconds per step")
WEIGHTS = ("init_cfg", "pretrained")
WITHOUT = dict.fromkeys(("timer", "logger", "checkpoint", "sampler_seed"))
NEVER = 10**9


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("configs", type=config_file, nargs="+", help="configs, or names of shipped ones")
    parser.add_argument("--steps", type=integer(0), default=3, help="measured steps, after a first one; 0 measures none (3)")
    parser.add_argument("--batch-size", type=integer(1), help="images of each stream (those of the config)")
    parser.add_argument("--data-root", type=nonempty, help="folder of a data set with M, C, I, O (synthetic faces)")
    parser.add_argument("--threads", type=integer(1), default=1, help="threads of the CPU (1)")
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    rows = [HEADER]
    with tempfile.TemporaryDirectory() as folder:
        data = args.data_root or str(synthetic(Path(folder, "data")))
        for path in args.configs:
            print(f"{path.stem} ...", file=sys.stderr)
            rows.append((path.stem, *measured(path, data, Path(folder, path.stem), args)))
    print("\n".join(markdown_lines(rows)))


def synthetic(folder: Path) -> Path:
    """Write a small set of synthetic faces."""
    write_dataset(folder, videos=6, size=64, seed=0, workers=1)
    return folder


def measured(path: Path, data: str, work: Path, args: argparse.Namespace) -> Iterator[str]:
    """Train a config for some steps, and return the cells of its row."""
    cfg = load_config(training_arguments(str(path), data_root=data, work_dir=str(work)))
    forget_weights(cfg.model)
    for name in ("train", "val", "test"):
        cfg[f"{name}_dataloader"].update(num_workers=0, persistent_workers=False)
        cfg[f"{name}_dataloader"].pop("prefetch_factor", None)
        if cfg[f"{name}_dataloader"].dataset.run.get("shots"):
            # A small set has one.
            cfg[f"{name}_dataloader"].dataset.run.shots = 1
    cfg.val_dataloader.batch_size = 1
    if args.batch_size:
        cfg.train_dataloader.batch_size = args.batch_size
    cfg.train_cfg.update(max_iters=args.steps + 1, val_begin=NEVER)
    cfg.update(default_hooks=WITHOUT, load_from=None, log_level="ERROR", experiment_name=path.stem)
    runner = RUNNERS.get(cfg.get("runner_type", "Runner")).from_cfg(cfg)
    model, seconds, images = runner.model, [], []
    step = model.train_step

    def timed(data: dict, optim_wrapper: Any) -> dict:
        start = time.perf_counter()
        found = step(data, optim_wrapper)
        seconds.append(time.perf_counter() - start)
        images.append(len(data["data_samples"]))
        return found

    model.train_step = timed
    if args.steps:
        runner.train()
    sizes = [[p.numel() / 1e6 for p in model.parameters() if p.requires_grad or not trained] for trained in (False, True)]
    yield "{:.3g} ({:.3g})".format(*map(sum, sizes))
    yield f"{multiplications(runner) / 1e9:.3g}"
    yield f"{images[-1]}" if images else "-"
    yield f"{median(seconds[1:] or seconds):.3g}" if seconds else "-"


def forget_weights(part: Any) -> None:
    """Remove initial weights from the config of a model, at any depth: nothing is downloaded."""
    for key, value in list(part.items()) if isinstance(part, dict) else enumerate(part):
        if key in WEIGHTS and not isinstance(value, bool):
            part[key] = None
        elif isinstance(value, (dict, list)):
            forget_weights(value)


@torch.no_grad()
def multiplications(runner: Any) -> float:
    """Return the multiplications of a test of one image."""
    runner.model.eval()
    # Hooks may fill what a head needs in a test.
    for place in ("before_val", "before_val_epoch"):
        runner.call_hook(place)
    with FlopCounterMode(display=False) as counter:
        runner.model.val_step(next(iter(runner.val_dataloader)))
    return counter.get_total_flops() / 2


if __name__ == "__main__":
    sys.exit(run_main(main))
