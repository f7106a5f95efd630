# SPDX-License-Identifier: Apache-2.0
"""Read the YAML file that describes a detector of other people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flip_mm.inference.model_card import InputSpec
from flip_mm.utils.files import read_utf8
from flip_mm.utils.nearest import did_you_mean

LAYOUTS = ("NCHW", "NHWC")
# Keys of an input. Nothing that changes a score has a default.
PIXELS = ("colour", "mean", "std")
REQUIRED = ("size", "crop", *PIXELS)
# Kind of crop -> the key that says how much it shows.
EXTENT = {"square": "margin", "shifted": "scale", "whole": None}
INPUT = (*REQUIRED, "margin", "scale", "resize")
OUTPUT = ("live", "softmax")
TOP = (*INPUT, *OUTPUT, "inputs", "layout", "output", "threshold", "name")
# A Python callable gets the crops as they are, uint8 RGB.
NOT_OF_CALLABLES = (*PIXELS, "layout", "output")
UNCHANGED = dict(mean=(0.0,) * 3, std=(1.0,) * 3)


@dataclass(frozen=True)
class Description:
    """What a detector takes and returns.

    Attributes:
        inputs: Crop, size and normalisation of each input; empty for a callable that takes whole pictures.
        live: Output that means live. Of a detector with one output: 1 if a high value means live, 0 if it means spoof.
        softmax: Whether the outputs are probabilities; otherwise softmax (sigmoid of one output) is applied.
        layout: ``'NCHW'`` or ``'NHWC'``.
        output: Name of the output; '' for the first one.
        threshold: Published threshold on p_live; None if there is none.
        name: Name in the report; '' for the name of the file.
    """

    inputs: tuple[InputSpec, ...]
    live: int = 1
    softmax: bool = True
    layout: str = "NCHW"
    output: str = ""
    threshold: float | None = None
    name: str = ""


# A callable without a description gets whole pictures and returns p_live.
WHOLE_PICTURES = Description(())


def read_description(path: Path, of_callable: bool = False) -> Description:
    """Read a description.

    Args:
        path: The file.
        of_callable: Whether it describes a Python callable, which gets crops that are not normalised.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: It is no YAML, or a key is missing, unknown or has a wrong value; the message names file and key.
    """
    import yaml

    text = read_utf8(path)
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())[:160]
        raise ValueError(f"'{path}' is no YAML: {reason}.") from error
    try:
        return description_of(data, of_callable)
    except ValueError as error:
        raise ValueError(f"'{path}': {error} See docs/qualify.md.") from error


def description_of(data: Any, of_callable: bool = False) -> Description:
    """Return the description in the content of a YAML file, see :func:`read_description`.

    Raises:
        ValueError: See :func:`read_description`.
    """
    if not isinstance(data, Mapping) or not data:
        raise ValueError("it holds no keys such as size, colour, mean, std, crop, live and softmax.")
    _check_keys(data, TOP, "")
    if of_callable and (unused := [key for key in NOT_OF_CALLABLES if key in data]):
        raise ValueError(f"`{unused[0]}` has no effect on a Python callable, which gets uint8 RGB crops: remove it.")
    given = data.get("inputs", [{}])
    if not isinstance(given, list) or not given or not all(isinstance(item, Mapping) for item in given):
        raise ValueError("`inputs` must be a list with the keys of each input.")
    shared = {key: value for key, value in data.items() if key in INPUT}
    known, required = INPUT, REQUIRED
    if of_callable:
        known, required = (tuple(key for key in keys if key not in PIXELS) for keys in (INPUT, REQUIRED))
    places = [f"inputs[{number}]." if "inputs" in data else "" for number in range(len(given))]
    inputs = tuple(_input({**shared, **item}, place, known, required) for item, place in zip(given, places, strict=True))
    if missing := [key for key in OUTPUT if key not in data]:
        raise ValueError(f"`{missing[0]}` is missing: say which output means live, and whether softmax is inside.")
    live, softmax, layout, threshold = data["live"], data["softmax"], data.get("layout", LAYOUTS[0]), data.get("threshold")
    if not isinstance(live, int) or isinstance(live, bool) or live < 0:
        raise ValueError(f"`live` must be the number of an output, 0 or more, got {live!r:.40}.")
    if not isinstance(softmax, bool):
        raise ValueError(f"`softmax` must be true (the outputs are probabilities) or false, got {softmax!r:.40}.")
    if layout not in LAYOUTS:
        raise ValueError(f"`layout` must be {' or '.join(LAYOUTS)}, got {layout!r:.40}.")
    if threshold is not None and not (type(threshold) in (int, float) and 0 <= threshold <= 1):
        raise ValueError(f"`threshold` must be a number in 0..1, got {threshold!r:.40}.")
    texts = {key: data.get(key, "") for key in ("output", "name")}
    for key, text in texts.items():
        if not isinstance(text, str):
            raise ValueError(f"`{key}` must be a text, got {text!r:.40}.")
    return Description(inputs, live, softmax, layout, threshold=None if threshold is None else float(threshold), **texts)


def _input(values: Mapping[str, Any], place: str, known: tuple[str, ...], required: tuple[str, ...]) -> InputSpec:
    _check_keys(values, known, place)
    if missing := [key for key in required if key not in values]:
        raise ValueError(f"`{place}{missing[0]}` is missing.")
    crop, size = values["crop"], values["size"]
    if not isinstance(crop, str) or crop not in EXTENT:
        raise ValueError(f"`{place}crop` must be {', '.join(EXTENT)}, got {crop!r:.40}.")
    extent = EXTENT[crop]
    if extent and extent not in values:
        raise ValueError(f"`{place}{extent}` is missing: a {crop} crop needs it.")
    if unused := [key for key in ("margin", "scale") if key in values and key != extent]:
        raise ValueError(f"`{place}{unused[0]}` has no effect on a {crop} crop: remove it.")
    side = size if isinstance(size, int) else max(size, default=1) if _is_pair(size) else 1
    arguments = dict(values) | dict(size=(size, size) if isinstance(size, int) else size)
    try:
        # The face is cropped at the size of the input, so that it is resized once.
        return InputSpec(**UNCHANGED | dict(resize="opencv-bilinear", crop_size=side) | arguments)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{place}{str(error).removeprefix('InputSpec.')}.") from error


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(side, int) for side in value)


def _check_keys(data: Mapping[str, Any], known: tuple[str, ...], place: str) -> None:
    if unknown := [str(key) for key in data if key not in known]:
        suggestion = did_you_mean(unknown[0], known, most=1) or f"; keys are {', '.join(known)}."
        raise ValueError(f"`{place}{unknown[0]}` is no key{suggestion}")
