# SPDX-License-Identifier: Apache-2.0
"""Open a detector: a model file of flip_mm, an ONNX file with a description, or a Python callable."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np

from flip_mm.inference.model_card import InputSpec
from flip_mm.inference.model_file import FORMATS, read_card
from flip_mm.inference.open_runtime import open_runtime

from .description import WHOLE_PICTURES, Description, read_description
from .subject import Facts, Run, Subject

YAML_ENDINGS = (".yaml", ".yml")


def open_subject(detector: str, description: Path | None = None) -> Subject:
    """Open a detector.

    Args:
        detector: Path of a model file (``.safetensors``, ``.onnx``, ``.xml``), or ``'package.module:callable'``.
        description: YAML file that describes it. None: for an ONNX file without our card, the file of the same name that ends
            in ``.yaml`` or ``.yml``; for a callable, it takes whole pictures.

    Raises:
        FileNotFoundError: A file is missing.
        ValueError: A file is damaged or does not fit; or the callable cannot be imported.
        ImportError: A package is missing.
    """
    if not detector.endswith(tuple(FORMATS)) and ":" in detector:
        return _callable_subject(detector, read_description(description, True) if description else WHOLE_PICTURES)
    path = Path(detector).expanduser()
    card = read_card(path)
    if card is not None and description is None:
        return _own_subject(path)
    if card is None and path.suffix != ".onnx":
        raise ValueError(
            f"'{path}' has no card, and only an ONNX file can be described by a YAML file: export it with flip_mm."
        )
    if description is None:
        description = next((own for end in YAML_ENDINGS if (own := path.with_suffix(end)).is_file()), None)
        if description is None:
            raise FileNotFoundError(
                f"'{path}' does not say what its inputs and outputs are: describe them in '{path.with_suffix('.yaml').name}' "
                "beside it, or in the file of --description, see docs/qualify.md."
            )
    from .onnx_network import ONNXNetwork

    own = read_description(description)
    network = ONNXNetwork(path, own)
    return _described(own, own.name or path.name, "ONNX file", network, False, network.facts)


def _own_subject(path: Path) -> Subject:
    runtime = open_runtime(path)
    card = runtime.card

    def run(crops: list[np.ndarray], inputs: tuple[InputSpec, ...]) -> np.ndarray:
        live = runtime(crops).p_real(card.temperature)
        return np.stack([1 - live, live], 1)

    decision = card.decision
    return Subject(
        name=card.name,
        kind="model file of flip_mm",
        run=run,
        inputs=card.inputs,
        threshold=decision and decision.accept,
        origin=decision.origin if decision else "",
        faces=str(card.faces.get("detector") or ""),
        facts=(("file", path.name), ("weights SHA-256", card.sha256 or "unknown")),
    )


def _callable_subject(name: str, own: Description) -> Subject:
    module, _, attribute = name.partition(":")
    try:
        call = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(f"The detector '{name}' cannot be imported: {error}. PYTHONPATH adds folders.") from error
    if not callable(call):
        raise ValueError(f"The detector '{name}' is {type(call).__name__}, which cannot be called.")

    def run(crops: list[np.ndarray], inputs: tuple[InputSpec, ...]) -> np.ndarray:
        try:
            return call(*crops)
        except Exception as error:  # a user's function may raise any exception
            raise RuntimeError(f"The detector '{name}' failed: {type(error).__name__}: {error}") from error

    return _described(own, own.name or name, "Python callable", run, True)


def _described(own: Description, name: str, kind: str, run: Run, normalises_itself: bool, facts: Facts = ()) -> Subject:
    origin = "its description" if own.threshold is not None else ""
    return Subject(name, kind, run, own.inputs, own.live, own.softmax, normalises_itself, own.threshold, origin, facts=facts)
