# SPDX-License-Identifier: Apache-2.0
"""Build a network from the ``architecture`` of a model file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Protocol

from torch import Tensor, nn

from .size_limit import size_limit

# Name of a network -> its module and its function or class; a module is imported when its network is built.
NETWORKS = {
    "open_clip": ("image_tower", "build_open_clip"),
    "resnet": ("resnet", "build_resnet"),
    "small_cnn": ("small_cnn", "build_small_cnn"),
    "minifasnet": ("minifasnet", "MiniFASNetEnsemble"),
}


class Network(Protocol):
    """What all networks do."""

    def __call__(self, *images: Tensor) -> tuple[Tensor, Tensor | None]:
        """Classify a batch.

        Args:
            images: For each input of the model (N, 3, H, W) float, normalised.

        Returns:
            Logits (N, 2) of spoof and real, and cosine similarities (N, P) to the prompts; None without prompts.
        """


def build_network(architecture: Mapping[str, Any], most: float = math.inf) -> nn.Module:
    """Build a network with arbitrary weights, in evaluation mode.

    Args:
        architecture: ``network``, its name in :data:`NETWORKS`, and the arguments of its function.
        most: Largest number of values of all parameters and buffers, see
            :func:`~flip_mm.networks.size_limit.size_limit`.

    Raises:
        ValueError: The network is unknown or larger, or its arguments do not fit.
        ImportError: A package that the network needs is not installed.
    """
    arguments = dict(architecture)
    name = arguments.pop("network", None)
    if not isinstance(name, str) or name not in NETWORKS:
        raise ValueError(
            f"architecture.network is {name!r}, and this version knows {', '.join(NETWORKS)}: install the flip_mm that wrote "
            "the file."
        )
    module, function = NETWORKS[name]
    build: Callable[..., nn.Module] = getattr(import_module(f"{__package__}.{module}"), function)
    try:
        with size_limit(most):
            return build(**arguments).eval()
    except (ImportError, MemoryError):
        raise
    except Exception as error:  # open_clip, timm and torch raise any exception for wrong arguments
        reason = str(error).partition("\n")[0].rstrip(".")[:300] or type(error).__name__
        raise ValueError(f"architecture does not fit the network '{name}': {reason}.") from error
