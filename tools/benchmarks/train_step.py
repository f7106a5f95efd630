# SPDX-License-Identifier: Apache-2.0
"""Time a training step of FLIP-MCL as the released code computes it, and as flip_mm does.

Both have the same random weights and images, in memory; reading of images is not part of it (see data.py). MFU is the share of
the device's peak that the arithmetic of a step uses: the matrix products of both towers, forward and backward, divided by the
time and by the rate of large matrix products, which is measured in the same run in the precision of each way. Products that a
way computes in vain or twice do not count.

python tools/benchmarks/train_step.py
python tools/benchmarks/train_step.py --device cuda --amp --compile
"""

from __future__ import annotations

import argparse
import copy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from _harness import Result, add_arguments, compare, seconds, write_json
from _plain_step import PlainFLIP
from mmengine.config import Config
from mmengine.optim import OptimWrapper, build_optim_wrapper
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

import flip_mm  # noqa: F401  its parts must be registered
from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.engine.mixed_precision import set_mixed_precision
from flip_mm.models import FLIP

CONFIG = Path(__file__).parents[2] / "configs/flip_mcl_p1.py"
ON_CPU, ON_GPU = 3, 24


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("--arch", default="ViT-B-16-quickgelu", help="architecture of open_clip (ViT-B-16-quickgelu)")
    parser.add_argument("--batch", type=integer(2), help=f"images of a step, three views each ({ON_GPU}; on a CPU {ON_CPU})")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    parser.add_argument("--device", choices=("cpu", "cuda"), default=device, help="where to run (cuda if there is a GPU)")
    parser.add_argument("--amp", action="store_true", help="ours in mixed precision, as train.py --amp")
    parser.add_argument("--compile", action="store_true", help="ours with model.backbone.compile=True")
    parser.add_argument("--grad-checkpointing", action="store_true", help="ours with model.backbone.grad_checkpointing=True")
    add_arguments(parser, turns=3)
    return parser.parse_args()


def main() -> None:
    """Print the table."""
    args = parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: PyTorch finds no GPU here; use --device cpu.")
    torch.set_num_threads(args.threads)
    init_default_scope("mmpretrain")
    size = args.batch or (ON_CPU if args.device == "cpu" else ON_GPU)
    ours, plain, wrapper = build(args.arch, args.device, args.amp, args.compile, args.grad_checkpointing)
    views, labels = batch(size, ours.backbone.image_size, args.device)
    print(f"{args.arch}, {size} images in 3 views, {args.device}, {args.threads} threads; random weights")
    print(f"Largest difference of a loss: {difference(ours, plain, views, labels):.1e} (float32)")
    steps = dict(plain=PlainStep(plain, views, labels), ours=OurStep(ours, wrapper, views, labels))
    results = compare(f"training step, {args.arch}, {size} images", steps, size, "images", args.turns, device=args.device)
    work, peaks = flops(ours, views), {}
    for (way, step), result in zip(steps.items(), results, strict=True):
        dtype = step.dtype
        peaks.setdefault(dtype, matmul_rate(args.device, dtype))
        result.notes = dict(
            forward_backward_s=median(step.forward_backward),
            optimizer_s=median(step.optimizer),
            precision=str(dtype).removeprefix("torch."),
            gflop=work / 1e9,
            matmul_peak_gflops=peaks[dtype] / 1e9,
            mfu=work / result.seconds / peaks[dtype],
        )
        print(describe(way, result))
    del steps
    results += optimizers(ours, args.turns, args.device)
    write_json(args.json, results, args.device)


def build(arch: str, device: str, amp: bool, compiled: bool, saving: bool) -> tuple[FLIP, PlainFLIP, OptimWrapper]:
    """Return both models with the same weights, and our optimizer."""
    cfg = Config.fromfile(CONFIG)
    cfg.model.backbone.update(arch=arch, pretrained=None, compile=compiled, grad_checkpointing=saving)
    torch.manual_seed(0)
    ours = MODELS.build(cfg.model).to(device).train()
    prompts = cfg.model.head.prompts
    torch.manual_seed(0)
    plain = PlainFLIP(arch, (prompts["spoof"], prompts["real"])).to(device).train()
    with torch.no_grad():
        for own, other in zip(plain.projector.parameters(), ours.head.projector.parameters(), strict=True):
            own.copy_(other)
    if amp:
        set_mixed_precision(cfg.optim_wrapper)
    return ours, plain, build_optim_wrapper(ours, cfg.optim_wrapper)


def batch(size: int, sides: tuple[int, int], device: str) -> tuple[list[Tensor], Tensor]:
    """Return three views (N, 3, H, W) and labels (N,)."""
    torch.manual_seed(1)
    return [torch.randn(size, 3, *sides, device=device) for _ in range(3)], torch.arange(size, device=device) % 2


def difference(ours: FLIP, plain: PlainFLIP, views: list[Tensor], labels: Tensor) -> float:
    """Return the largest difference of the three losses, with the same prompts, in float32."""
    count = len(ours.head.prompts) // 2
    # The first half of the prompts and the second one.
    weights = [torch.zeros(len(labels), count).index_fill(1, part, 1 / len(part)) for part in torch.arange(count).chunk(2)]
    with torch.no_grad():
        mine = ours.loss(views, samples(labels), tuple(weights))
        theirs = plain.losses(views, labels, weights)
    return max(abs(mine[f"loss_{name}"].item() - value.item()) for name, value in theirs.items())


def samples(labels: Tensor) -> list[DataSample]:
    """Return labels as data samples."""
    return [DataSample().set_gt_label(label) for label in labels]


class PlainStep:
    """A step of the release; notes how long its parts take."""

    dtype = torch.float32

    def __init__(self, model: PlainFLIP, views: list[Tensor], labels: Tensor) -> None:
        self.model, self.views, self.labels = model, views, labels
        self.adam = torch.optim.Adam(model.parameters(), lr=1e-6, weight_decay=1e-6)
        self.forward_backward: list[float] = []
        self.optimizer: list[float] = []

    def __call__(self) -> None:
        """Run it."""
        start = self._now()
        self._gradients()
        middle = self._now()
        self._update()
        self.forward_backward.append(middle - start)
        self.optimizer.append(self._now() - middle)

    def _now(self) -> float:
        if self.views[0].is_cuda:
            torch.cuda.synchronize()
        return time.perf_counter()

    def _gradients(self) -> None:
        sum(self.model.losses(self.views, self.labels).values()).backward()

    def _update(self) -> None:
        self.adam.step()
        self.adam.zero_grad()


class OurStep(PlainStep):
    """A step of flip_mm, with its optimizer wrapper."""

    def __init__(self, model: FLIP, wrapper: OptimWrapper, views: list[Tensor], labels: Tensor) -> None:
        self.model, self.wrapper, self.views, self.labels = model, wrapper, views, samples(labels)
        self.forward_backward, self.optimizer = [], []
        kind = type(wrapper).__name__
        self.dtype = dict(AmpOptimWrapper=torch.float16, Bf16OptimWrapper=torch.bfloat16).get(kind, torch.float32)

    def _gradients(self) -> None:
        with self.wrapper.optim_context(self.model):
            loss, _ = self.model.parse_losses(self.model.loss(self.views, self.labels))
        self.wrapper.backward(loss)

    def _update(self) -> None:
        self.wrapper.step()
        self.wrapper.zero_grad()


def flops(model: FLIP, views: list[Tensor]) -> int:
    """Return the operations of a step: the matrix products of both towers, forward and backward, each computed once."""
    backbone = copy.deepcopy(model.backbone).to("meta").eval()
    for tower in (backbone.visual, backbone.text_tower):
        for module in tower.modules():
            if getattr(module, "grad_checkpointing", False):
                module.grad_checkpointing = False
    images = torch.empty(len(views) * len(views[0]), *views[0].shape[1:], device="meta")
    tokens = backbone.tokenize(model.head.prompts).to("meta")
    with FlopCounterMode(display=False) as counter:
        (backbone.encode_image(images)[1].sum() + backbone.encode_tokens(tokens).sum()).backward()
    return counter.get_total_flops()


def matmul_rate(device: str, dtype: torch.dtype, repeats: int = 7) -> float:
    """Return the highest rate of a large matrix product, in operations per second."""
    side = 2048 if device == "cpu" else 8192
    left, right = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    times = [seconds(lambda: left @ right, device) for _ in range(repeats)]
    return 2 * side**3 / min(times)


def optimizers(model: FLIP, turns: int, device: str) -> list[Result]:
    """Time one update of all parameters by torch's default Adam and by the fused one."""
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    ways: dict[str, Callable[[], Any]] = {
        name: torch.optim.Adam(model.parameters(), lr=1e-6, weight_decay=1e-6, fused=fused).step
        for name, fused in (("default", None), ("fused", True))
    }
    count = sum(parameter.numel() for parameter in model.parameters())
    return compare(f"Adam, {count / 1e6:.1f} M parameters", ways, count, "parameters", turns, device=device)


def describe(way: str, result: Result) -> str:
    """Return one line about the parts of a step."""
    notes = result.notes
    return (
        f"{way}: forward and backward {1000 * notes['forward_backward_s']:.0f} ms, "
        f"optimizer {1000 * notes['optimizer_s']:.0f} ms, "
        f"MFU {100 * notes['mfu']:.1f} % of {notes['matmul_peak_gflops']:,.0f} GFLOP/s in {notes['precision']}"
    )


if __name__ == "__main__":
    sys.exit(run_main(main))
