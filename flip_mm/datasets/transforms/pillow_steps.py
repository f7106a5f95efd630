# SPDX-License-Identifier: Apache-2.0
"""The steps of torchvision, Pillow and MMPretrain that :class:`TrainingViews` stands for with ``views='pillow'``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

TYPE = "TrainingViews"


def pillow_steps(
    image_size: Sequence[int],
    simclr_views: int = 0,
    scale: Sequence[float] = (0.08, 1.0),
    jitter: Sequence[float] = (0.4, 0.4, 0.4, 0.1),
    jitter_prob: float = 0.8,
    grey_prob: float = 0.2,
    sigmas: Sequence[float] = (0.1, 2.0),
    blur_prob: float = 0.5,
    flip_prob: float = 0.5,
    simclr_size: Sequence[int] | None = None,
) -> list[dict[str, Any]]:
    """Return the steps; the arguments are those of :class:`TrainingViews`.

    Up to version 0.1 the configs contained these steps themselves.
    """
    flip = dict(type="torchvision/RandomHorizontalFlip", p=flip_prob)
    to_numpy = dict(type="PILToNumpy")
    resized = [
        dict(type="NumpyToPIL", to_rgb=True),
        dict(type="torchvision/Resize", size=tuple(image_size), interpolation="bicubic"),
    ]
    if not simclr_views:
        return [*resized, flip, to_numpy]
    colours = dict(zip(("brightness", "contrast", "saturation", "hue"), jitter, strict=True))
    simclr_view = [
        dict(type="torchvision/RandomResizedCrop", size=tuple(simclr_size or image_size), scale=tuple(scale)),
        dict(type="RandomApply", transforms=[dict(type="torchvision/ColorJitter", **colours)], prob=jitter_prob),
        dict(type="torchvision/RandomGrayscale", p=grey_prob),
        flip,
        to_numpy,
    ]
    if blur_prob:
        # The blur is symmetric, so its order with the flip does not matter.
        simclr_view.append(dict(type="GaussianBlur", magnitude_range=tuple(sigmas), magnitude_std="inf", prob=blur_prob))
    views = dict(type="MultiView", num_views=[1, simclr_views], transforms=[[flip, to_numpy], simclr_view])
    return [*resized, views]


def with_pillow_steps(config: Any) -> Any:
    """Write out ``TrainingViews(views='pillow')`` in a part of a config as the steps that it stands for.

    Args:
        config: A part of a config, e.g. of a data set; not changed.

    Returns:
        A copy in which each pipeline has the steps that a config of version 0.1 has.
    """
    if isinstance(config, Mapping):
        return {key: with_pillow_steps(value) for key, value in config.items()}
    if not isinstance(config, (list, tuple)):
        return config
    steps = []
    for step in config:
        if isinstance(step, Mapping) and step.get("type") == TYPE and step.get("views") == "pillow":
            steps += pillow_steps(**{key: value for key, value in step.items() if key not in ("type", "views")})
        else:
            steps.append(with_pillow_steps(step))
    return steps
