# SPDX-License-Identifier: Apache-2.0
"""Maps of a torch model, by gradients.

All maps explain the difference of the logits, real - spoof, because p_real depends on nothing else. A single logit would also
show what the sentences of both classes have in common, such as that there is a face.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
import torch
from torch import Tensor, nn

from flip_mm.inference.torch_runtime import TorchRuntime

from .attention_record import attention_modules, recorded_attention, token_map
from .contributions import contributions
from .evidence import Evidence, blurred, evidence_of
from .feature_stage import last_feature_map, replaced
from .relevance import attention_relevance
from .rollout import attention_rollout

# Points of the integral of the contributions.
STEPS = 32


class NoMapError(ValueError):
    """The structure of the network is not one that maps are known for."""


def network_evidence(runtime: TorchRuntime, crops: Sequence[np.ndarray]) -> list[Evidence]:
    """Compute the maps of one face.

    Args:
        runtime: The model.
        crops: For each input (h, w, 3) uint8 RGB.

    Raises:
        NoMapError: A tower of the network is neither a vision transformer of open_clip nor a convolutional network.
    """
    towers = image_towers(runtime.network)
    if len(towers) != len(crops):
        raise NoMapError("the network does not have one tower for each input")
    if all(attention_modules(tower) for tower in towers):
        return _by_attention(runtime, towers, crops)
    return _by_features(runtime, towers, crops)


def image_towers(network: nn.Module) -> list[nn.Module]:
    """Return the part of a network that each input goes into: its ``tower``, or its ``networks`` of an ensemble."""
    if isinstance(own := getattr(network, "networks", None), nn.ModuleList):
        return list(own)
    return [getattr(network, "tower", network)]


def _by_attention(runtime: TorchRuntime, towers: Sequence[nn.Module], crops: Sequence[np.ndarray]) -> list[Evidence]:
    images = _images(runtime, [crop[None] for crop in crops])
    with torch.enable_grad(), ExitStack() as stack:
        records = [stack.enter_context(recorded_attention(attention_modules(tower))) for tower in towers]
        # The parameters of a network may be frozen.
        margin = _margin(runtime.network, [image.requires_grad_() for image in images])
        gradients = iter(torch.autograd.grad(margin.sum(), [weights for record in records for weights in record]))
    found = []
    for crop, tower, record in zip(crops, towers, records, strict=True):
        attentions = [weights[0].detach().cpu().numpy() for weights in record]
        slopes = [next(gradients)[0].cpu().numpy() for _ in record]
        real = attention_relevance(attentions, slopes)
        spoof = attention_relevance(attentions, [-slope for slope in slopes])
        maps = [token_map(tower, matrix) for matrix in (real, spoof, attention_rollout(attentions))]
        found.append(evidence_of(crop, maps[0], maps[1], "attention", maps[2]))
    return found


def _by_features(runtime: TorchRuntime, towers: Sequence[nn.Module], crops: Sequence[np.ndarray]) -> list[Evidence]:
    images = _images(runtime, [np.stack([crop, blurred(crop)]) for crop in crops])
    stages, features = [], []
    for tower, pair in zip(towers, images, strict=True):
        found = last_feature_map(tower, pair)
        if found is None:
            raise NoMapError(f"{type(tower).__name__} is neither open_clip's vision transformer nor a convolutional network")
        stages.append(found[0])
        features.append(found[1])
    points = ((torch.arange(STEPS, device=runtime.device) + 0.5) / STEPS).view(-1, 1, 1, 1)
    paths = [(plain + points * (own - plain)).requires_grad_() for own, plain in features]
    with torch.enable_grad(), ExitStack() as stack:
        for stage, path in zip(stages, paths, strict=True):
            stack.enter_context(replaced(stage, path))
        margin = _margin(runtime.network, [pair[:1] for pair in images])
        gradients = torch.autograd.grad(margin.sum(), paths)
    found = []
    for crop, (own, plain), slopes in zip(crops, features, gradients, strict=True):
        added = contributions(own.cpu().numpy(), plain.cpu().numpy(), slopes.cpu().numpy())
        found.append(evidence_of(crop, added, -added, "features"))
    return found


def _images(runtime: TorchRuntime, crops: Sequence[np.ndarray]) -> list[Tensor]:
    return [
        normalise(torch.from_numpy(np.ascontiguousarray(own)).to(runtime.device))
        for normalise, own in zip(runtime.normalise, crops, strict=True)
    ]


def _margin(network: nn.Module, images: Sequence[Tensor]) -> Tensor:
    logits, _ = network(*images)
    return logits[:, 1] - logits[:, 0]
