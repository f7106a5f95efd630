# SPDX-License-Identifier: Apache-2.0
"""Turn the published files of Silent-Face into a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flip_mm import __version__
from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.models.backbones.minifasnet import load_published, parse_published_name
from flip_mm.networks.build import build_network
from flip_mm.networks.minifasnet import LIVE, MiniFASNetEnsemble

LICENSE = "Apache-2.0: code and weights of https://github.com/minivision-ai/Silent-Face-Anti-Spoofing"
BOXES = "Silent-Face's RetinaFace, which is not included; boxes of another detector change the scores"


def published_model(paths: Sequence[Path], name: str, detector: str | None = None) -> tuple[ModelCard, MiniFASNetEnsemble]:
    """Build the ensemble of published networks, and describe it.

    It has no threshold: the published decision is the largest of three probabilities, not a threshold on the one of live.

    Args:
        paths: The ``.pth`` files with their published names, which say architecture, size and crop.
        name: Name of the model.
        detector: Face detector to use; None leaves it to the caller.

    Returns:
        The card, and the network in evaluation mode.

    Raises:
        FileNotFoundError: A file is missing.
        RuntimeError: A file is damaged or holds code.
        ValueError: A name has another form, or weights do not fit.
    """
    known = [parse_published_name(path) for path in paths]
    if None in known:
        wrong = paths[known.index(None)].name
        raise ValueError(
            f"The name '{wrong}' does not say crop, size and architecture: keep the published names, "
            "2.7_80x80_MiniFASNetV2.pth and 4_0_0_80x80_MiniFASNetV1SE.pth."
        )
    architecture = dict(network="minifasnet", archs=[own.arch for own in known], live=LIVE)
    network = build_network(architecture)
    for member, path in zip(network.networks, paths, strict=True):
        load_published(member, path)
    inputs = tuple(
        InputSpec(
            size=(own.image_size, own.image_size),
            mean=(0.0, 0.0, 0.0),
            std=(1.0, 1.0, 1.0),
            colour="BGR",
            crop="shifted",
            scale=own.scale,
            resize="opencv-bilinear",
        )
        for own in known
    )
    card = ModelCard(
        name=name,
        architecture=architecture,
        inputs=inputs,
        faces=dict(detector=detector, source=BOXES),
        export=dict(files=[path.name for path in paths]),
        license=LICENSE,
        made_by=f"flip_mm {__version__}",
    )
    return card, network
