# SPDX-License-Identifier: Apache-2.0
"""Read from a config how a test prepares an image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# Steps that change no pixel.
NEUTRAL = ("LoadFrame", "LoadImageFromFile", "NumpyToPIL", "ToPIL", "PILToNumpy", "ToNumpy", "PackInputs")
CUBIC = 'dict(type="torchvision/Resize", size=(height, width), interpolation="bicubic")'


class PipelineFacts(NamedTuple):
    """What a test pipeline does.

    Attributes:
        size: Height and width to which images are resized; None without a resize.
        resize: See :class:`~flip_mm.inference.model_card.InputSpec`.
        colour: ``'RGB'`` or ``'BGR'``, order of the channels at its end.
    """

    size: tuple[int, int] | None
    resize: str
    colour: str


def pipeline_facts(pipeline: Sequence[Mapping[str, Any]], key: str) -> PipelineFacts:
    """Describe a test pipeline.

    Args:
        pipeline: Of the test data set.
        key: Its place in the config.

    Raises:
        ValueError: The pipeline does something else than read and resize images.
    """
    size, resize, colour = None, "pillow-bicubic", "BGR"
    for number, step in enumerate(pipeline):
        kind = step["type"]
        if step.get("to_rgb") or step.get("to_bgr"):
            colour = "RGB" if colour == "BGR" else "BGR"
        if kind in NEUTRAL:
            continue
        found = _resize(step)
        if found is None or size is not None:
            raise ValueError(
                f"{key}.{number} ({kind}) cannot be written to a model file, which describes images that are read and resized "
                f"once by {CUBIC} or dict(type='Resize', scale=(width, height))."
            )
        size, resize = found
    return PipelineFacts(size, resize, colour)


def _resize(step: Mapping[str, Any]) -> tuple[tuple[int, int], str] | None:
    """Return size and filter of a step; None if it is no resize that a model file can describe."""
    if step["type"] == "torchvision/Resize":
        given = step.get("size")
        if step.get("interpolation") == "bicubic" and isinstance(given, (list, tuple)) and len(given) == 2:
            return (int(given[0]), int(given[1])), "pillow-bicubic"
    if step["type"] == "Resize" and not step.keys() - {"type", "scale", "backend", "interpolation"}:
        given = step.get("scale")
        given = (given, given) if isinstance(given, int) else given
        way = {("cv2", "bilinear"): "opencv-bilinear", ("pillow", "bicubic"): "pillow-bicubic"}.get(
            (step.get("backend", "cv2"), step.get("interpolation", "bilinear"))
        )
        if way and isinstance(given, (list, tuple)) and len(given) == 2:
            return (int(given[1]), int(given[0])), way
    return None
