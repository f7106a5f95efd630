# SPDX-License-Identifier: Apache-2.0
"""Weights of 8 bits, by onnxruntime."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Layers of which the weights are quantised. A convolution with scales that depend on the image is slow and inexact: of
# such networks only the static way makes use.
DYNAMIC = ("MatMul", "Gemm")
STATIC = ("Conv", "MatMul", "Gemm")
# Of the size; linear layers that are quantised have a quarter of their size.
MOST_OF = 0.9
OPTIONS = dict(
    per_channel=True,
    # 7 bits: with 8, processors without VNNI instructions saturate, and would give other answers than those that were checked.
    reduce_range=True,
)


def quantise(source: Path, out: Path, calibration: NDArray[np.uint8] | None = None) -> dict[str, str]:
    """Write an ONNX file with weights of 8 bits.

    Args:
        source: A file of :func:`~flip_mm.export.onnx_graph.write_graph`.
        out: The file to write.
        calibration: (N, H, W, 3) uint8 RGB crops that fix the ranges of activations (static). None measures them for each
            image (dynamic), which is more accurate for transformers.

    Returns:
        How it was quantised, for the card.

    Raises:
        ValueError: Dynamic quantisation would change next to nothing, because the network consists of convolutions; or this
            version of onnxruntime cannot quantise the graph.
    """
    import onnxruntime
    from onnxruntime.quantization import QuantFormat, quantize_dynamic, quantize_static

    try:
        with _quiet():
            if calibration is None:
                quantize_dynamic(source, out, op_types_to_quantize=[*DYNAMIC], **OPTIONS)
            else:
                reader = Crops(calibration)
                quantize_static(source, out, reader, quant_format=QuantFormat.QDQ, op_types_to_quantize=[*STATIC], **OPTIONS)
    except Exception as error:  # onnx's errors have no common base class
        reason = str(error).splitlines()[0][:120]
        raise ValueError(
            f"onnxruntime {onnxruntime.__version__} cannot quantise this network ({reason}): update it, or "
            "export without --int8."
        ) from error
    if out.stat().st_size > MOST_OF * source.stat().st_size:
        raise ValueError(
            "Dynamic int8 quantises linear layers, and nearly all weights of this network are in convolutions: give "
            "--calibration-images, which quantises both."
        )
    return dict(quantisation="dynamic" if calibration is None else f"static, {len(calibration)} calibration images")


class Crops:
    """Gives one crop after the other to onnxruntime's calibration."""

    def __init__(self, crops: NDArray[np.uint8]) -> None:
        self.parts = iter(np.split(crops, len(crops)))

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """Return the next input, None after the last one."""
        part = next(self.parts, None)
        return None if part is None else dict(crop=part)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without onnxruntime's advice to optimise the graph first, which gains nothing here."""
    logger = logging.getLogger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
