# SPDX-License-Identifier: Apache-2.0
"""Convert an ONNX graph to OpenVINO's format. OpenVINO reads open_clip's towers through ONNX only."""

from __future__ import annotations

from pathlib import Path


def convert(source: Path, out: Path, is_half: bool) -> None:
    """Write ``out`` (``.xml``) and its ``.bin``, without a card.

    Args:
        source: An ONNX file without metadata.
        out: The file to write.
        is_half: Whether weights are stored as float16; the computation stays in float32.

    Raises:
        ValueError: OpenVINO cannot convert the graph.
    """
    import openvino

    try:
        model = openvino.convert_model(source)
    except Exception as error:  # OpenVINO's errors have no common base class
        reason = next(filter(None, map(str.strip, str(error).splitlines())), type(error).__name__)
        raise ValueError(f"OpenVINO cannot convert this network: {reason[:200]}") from error
    # A card is written into this part of the file, which is left out if it is empty.
    model.set_rt_info("onnx", "source")
    openvino.save_model(model, out, compress_to_fp16=is_half)


def check_openvino() -> None:
    """Raise an ImportError if openvino is not installed."""
    try:
        import openvino  # noqa: F401
    except ImportError as error:
        raise ImportError(f'An .xml export needs openvino ({error}): pip install "flip_mm[openvino]"') from error
