# SPDX-License-Identifier: Apache-2.0
"""Time the deployed models of several configs in turns, with torch and, if it is installed, onnxruntime; batch 1.

The first config is the reference of the ratios. Weights do not matter for the time: they are random. Needs no data.

python tools/benchmarks/small_models.py configs/flip_mcl_demo.py configs/flip_student_demo.py
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from _harness import add_arguments, compare, write_json
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import flip_mm.register  # noqa: F401  registers the components
from flip_mm.apis import integer, run_main
from flip_mm.cli.parser import Parser
from flip_mm.utils.shipped import config_file

try:
    import onnxruntime
except ImportError:
    onnxruntime = None


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = Parser(__doc__)
    parser.add_argument("configs", type=config_file, nargs="+", help="configs of FLIP or its students")
    parser.add_argument("--calls", type=integer(1), default=20, help="predictions in a row that are timed together (20)")
    add_arguments(parser, turns=30)
    return parser.parse_args()


def deployed(path: Path) -> nn.Module:
    """Build the model of a config without text tower and teacher, with random weights."""
    cfg = Config.fromfile(path).model
    if cfg.backbone.get("pretrained"):
        cfg.backbone.pretrained = None
    model = MODELS.build(cfg).eval()
    model.switch_to_deploy()
    return model


def size(model: nn.Module, image: Tensor) -> dict[str, float]:
    """Return parameters, multiplications for one image, and MiB of the weights."""
    with FlopCounterMode(display=False) as counter:
        model(image)
    numbers = [*model.parameters(), *model.buffers()]
    return dict(
        million_parameters=sum(p.numel() for p in model.parameters()) / 1e6,
        million_multiplications=counter.get_total_flops() / 2e6,
        mib=sum(number.numel() * number.element_size() for number in numbers) / 2**20,
    )


def in_onnxruntime(model: nn.Module, image: Tensor, threads: int) -> Callable[[], Any]:
    """Return a call of the model's ONNX graph."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = Path(folder, "model.onnx")
        torch.onnx.export(model, (image,), str(path), dynamo=False, opset_version=17, input_names=["image"])
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return partial(session.run, None, dict(image=image.numpy()))


def repeated(call: Callable[[], Any], times: int) -> None:
    """Call a function several times."""
    for _ in range(times):
        call()


@torch.no_grad()
def main() -> None:
    """Print the table."""
    args = parse_args()
    torch.set_num_threads(args.threads)
    # onnx has no operator for the fused attention; both ways compute the same.
    torch.backends.mha.set_fastpath_enabled(False)
    init_default_scope("mmpretrain")
    ways: dict[str, dict[str, Callable[[], Any]]] = dict(torch={}, onnxruntime={})
    notes = {}
    for path in args.configs:
        model = deployed(path)
        image = torch.randn(1, 3, *model.backbone.image_size)
        notes[path.stem] = size(model, image)
        print(
            "{}: {million_parameters:.3g} M parameters, {million_multiplications:,.3g} M multiplications, {mib:.3g} MiB".format(
                path.stem, **notes[path.stem]
            )
        )
        ways["torch"][path.stem] = partial(repeated, partial(model, image), args.calls)
        if onnxruntime is not None:
            ways["onnxruntime"][path.stem] = partial(repeated, in_onnxruntime(model, image, args.threads), args.calls)
    results = []
    for engine, calls in ways.items():
        if calls:
            found = compare(f"{engine}, batch 1", calls, args.calls, "images", args.turns)
            for result in found:
                result.notes.update(notes[result.way])
            results += found
    write_json(args.json, results)


if __name__ == "__main__":
    sys.exit(run_main(main))
