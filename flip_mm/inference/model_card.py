# SPDX-License-Identifier: Apache-2.0
"""What a model file says about its model: plain data, written to the file as JSON."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from flip_mm.utils.nearest import did_you_mean

FORMAT = 1
CLASSES = ["spoof", "real"]
SHA256 = re.compile("[0-9a-f]{64}")
# A card has some kilobytes.
MAX_CARD = 4 << 20
COLOURS = ("RGB", "BGR")
CROPS = ("square", "shifted", "whole")
RESIZES = ("pillow-bicubic", "opencv-bilinear")


@dataclass(frozen=True)
class InputSpec:
    """One input of the network: which crop of the picture it gets, and how it is normalised.

    Attributes:
        size: Height and width in pixels.
        mean: Of three channels in the order ``colour``, in the unit of pixel values, 0..255.
        std: As ``mean``: a network gets ``(pixel - mean) / std``.
        colour: ``'RGB'`` or ``'BGR'``.
        crop: ``'square'``: :func:`~flip_mm.faces.crop.crop_face`; ``'shifted'``: the box enlarged by ``scale``, shifted into
            the picture; ``'whole'``: the whole picture.
        margin: Of ``'square'``, share of the larger side of the box on each side.
        scale: Of ``'shifted'``.
        crop_size: Of ``'square'``: side of the crop in pixels, which is then resized to ``size``.
        level_eyes: Of ``'square'``: whether the crop is rotated so that the eyes are level, if they are known.
        resize: How a crop gets ``size``: ``'pillow-bicubic'`` or ``'opencv-bilinear'``.
    """

    size: tuple[int, int]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    colour: str = "RGB"
    crop: str = "square"
    margin: float = 0.1
    scale: float = 1.0
    crop_size: int = 224
    level_eyes: bool = True
    resize: str = "pillow-bicubic"

    def __post_init__(self) -> None:
        _freeze(self, "size", "mean", "std")
        _check(len(self.size) == 2 and all(_is_int(side) and 1 <= side <= 4096 for side in self.size), self, "size")
        _check(len(self.mean) == 3 and all(map(_is_number, self.mean)), self, "mean")
        _check(len(self.std) == 3 and all(_is_number(value) and value > 0 for value in self.std), self, "std")
        _check(self.colour in COLOURS, self, "colour")
        _check(self.crop in CROPS, self, "crop")
        _check(_is_number(self.margin) and 0 <= self.margin <= 5, self, "margin")
        _check(_is_number(self.scale) and 0 < self.scale <= 20, self, "scale")
        _check(_is_int(self.crop_size) and 1 <= self.crop_size <= 4096, self, "crop_size")
        _check(isinstance(self.level_eyes, bool), self, "level_eyes")
        _check(self.resize in RESIZES, self, "resize")


@dataclass(frozen=True)
class Decision:
    """Thresholds on ``p_real``.

    Attributes:
        accept: ``p_real >= accept`` is live.
        reject: ``p_real < reject`` is a spoof; between them a person must decide. Equal to ``accept`` without a review band.
        rule: How the thresholds were chosen, such as ``'apcer=0.01'`` or ``'fixed'``.
        origin: One sentence: where they come from.
        data: Description of the data: counts, domains, hash; empty if unknown.
        rates: Error rates at the thresholds with intervals; empty if unknown.
    """

    accept: float
    reject: float
    rule: str = "fixed"
    origin: str = "given by the user"
    data: Mapping[str, Any] = field(default_factory=dict)
    rates: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("accept", "reject"):
            _check(_is_number(getattr(self, name)) and 0 <= getattr(self, name) <= 1.1, self, name)
        _check(self.reject <= self.accept, self, "reject")
        for name in ("rule", "origin"):
            _check(isinstance(getattr(self, name), str), self, name)
        for name in ("data", "rates"):
            _check(isinstance(getattr(self, name), Mapping), self, name)


@dataclass(frozen=True)
class Calibration:
    """Temperature of the probabilities.

    Attributes:
        temperature: Logits are divided by it.
        data: As in :class:`Decision`.
        errors: Calibration errors before and after.
    """

    temperature: float
    data: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check(_is_number(self.temperature) and self.temperature > 0, self, "temperature")
        for name in ("data", "errors"):
            _check(isinstance(getattr(self, name), Mapping), self, name)


@dataclass(frozen=True)
class ModelCard:
    """Everything that a prediction needs besides the weights, and where the model comes from.

    Attributes:
        name: Name of the model.
        architecture: See :func:`~flip_mm.networks.build.build_network`. A file with a graph does not need it, and has none for
            other kinds of models.
        inputs: The inputs of the network.
        faces: ``detector``: name of the face detector of the training data; None if the model takes ready face crops or the
            detector is unknown, ``source`` says which.
        output: ``classes``, ``live`` (index of the class real), ``softmax`` (whether it is inside the graph) and ``calibrated``
            (whether ``calibration`` is inside, too).
        prompts: Class -> sentences; empty without text. Similarities are in the order spoof, real.
        decision: None without a threshold.
        calibration: None if probabilities are those of training.
        training: The record of the training, see docs/records.md; empty if unknown.
        export: How the file was made: ``precision``, ``quantisation`` of int8, ``versions``, ``parity`` (the comparison with
            PyTorch).
        license: Note on the licence of weights and data; '' if unknown.
        sha256: Hash of the weights.
        made_by: Program and version.
        format: Version of this format.
    """

    name: str
    architecture: Mapping[str, Any]
    inputs: tuple[InputSpec, ...]
    faces: Mapping[str, Any] = field(default_factory=dict)
    output: Mapping[str, Any] = field(default_factory=lambda: dict(classes=[*CLASSES], live=1, softmax=True))
    prompts: Mapping[str, list[str]] = field(default_factory=dict)
    decision: Decision | None = None
    calibration: Calibration | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    export: Mapping[str, Any] = field(default_factory=dict)
    license: str = ""
    sha256: str = ""
    made_by: str = ""
    format: int = FORMAT

    def __post_init__(self) -> None:
        _freeze(self, "inputs")
        _check(len(self.inputs) > 0, self, "inputs")
        for name in ("name", "license", "sha256", "made_by"):
            _check(isinstance(getattr(self, name), str), self, name)
        for name in ("architecture", "faces", "output", "prompts", "training", "export"):
            _check(isinstance(getattr(self, name), Mapping), self, name)
        _check(not self.sha256 or SHA256.fullmatch(self.sha256), self, "sha256")
        detector = self.faces.get("detector")
        _check(detector is None or isinstance(detector, str), self, "faces")
        # With another order, live and spoof would be exchanged.
        order = (list(self.output.get("classes", CLASSES)), self.output.get("live", 1), self.output.get("softmax", True))
        _check(order == (CLASSES, 1, True), self, "output")
        _check(all(map(_is_texts, self.prompts.values())), self, "prompts")

    @property
    def temperature(self) -> float:
        """Divisor of the logits, 1 without calibration."""
        return self.calibration.temperature if self.calibration else 1.0

    @property
    def depends_on_batch(self) -> bool:
        """Whether a score would depend on the other faces of a batch: dynamic int8 chooses one scale for all of them."""
        return self.export.get("quantisation") == "dynamic"

    @property
    def sentences(self) -> list[str]:
        """The prompts in the order of the similarities."""
        return [*self.prompts.get("spoof", ()), *self.prompts.get("real", ())]

    def to_json(self) -> str:
        """Return the card as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """Read a card.

        Raises:
            ValueError: The text is no JSON, was written by a later version, or a key is missing, unknown or has a wrong value.
        """
        if len(text) > MAX_CARD:
            raise ValueError(f"its description has {len(text) >> 20} MiB, {MAX_CARD >> 20} are allowed")
        try:
            data = json.loads(text)
            # Neither NaN nor half a character, which could not be written again.
            json.dumps(data, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            raise ValueError(f"its description is no JSON: {error}") from error
        if not isinstance(data, dict) or not _is_int(data.get("format")) or data["format"] != FORMAT:
            found = data.get("format") if isinstance(data, dict) else None
            raise ValueError(
                f"its description has format {found!r}, this flip_mm reads {FORMAT}: use the version that wrote it"
            )
        inputs = data.get("inputs")
        if not isinstance(inputs, list):
            raise ValueError("its description has no list `inputs`")
        data["inputs"] = tuple(_build(InputSpec, item, f"inputs[{number}]") for number, item in enumerate(inputs))
        for name, kind in (("decision", Decision), ("calibration", Calibration)):
            if data.get(name) is not None:
                data[name] = _build(kind, data[name], name)
        return _build(cls, data, "")


def _build(kind: type, data: Any, place: str) -> Any:
    known = [item.name for item in fields(kind)]
    if not isinstance(data, dict):
        raise ValueError(f"`{place}` of its description is {data!r:.80}, not an object")
    if unknown := [key for key in data if key not in known]:
        raise ValueError(
            f"its description has an unknown key `{'.'.join(filter(None, [place, unknown[0]]))}`"
            f"{did_you_mean(unknown[0], known, most=1)}"
        )
    try:
        return kind(**data)
    except TypeError as error:
        raise ValueError(f"its description lacks a key or has a wrong type in {place or 'it'}: {error}") from error


def _freeze(instance: object, *names: str) -> None:
    for name in names:
        value = getattr(instance, name)
        _check(isinstance(value, (list, tuple)), instance, name)
        object.__setattr__(instance, name, tuple(value))


def _check(is_valid: object, instance: object, name: str) -> None:
    if not is_valid:
        raise ValueError(f"{type(instance).__name__}.{name} has a wrong value: {getattr(instance, name)!r:.80}")


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    # JSON may have whole numbers that are too large for a float.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(text, str) for text in value)
