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
from .evidence import Evidence, evidence_of
from .feature_record import recorded_features
from .relevance import attention_relevance
from .rollout import attention_rollout


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
    images = [
        normalise(torch.from_numpy(np.ascontiguousarray(crop)).to(runtime.device)[None])
        for normalise, crop in zip(runtime.normalise, crops, strict=True)
    ]
    if len(towers) != len(images):
        raise NoMapError("the network does not have one tower for each input")
    with torch.enable_grad(), ExitStack() as stack:
        modules = [attention_modules(tower) for tower in towers]
        records = [
            stack.enter_context(recorded_attention(own) if own else recorded_features(tower))
            for tower, own in zip(towers, modules, strict=True)
        ]
        # A frozen network has gradients too.
        logits, _ = runtime.network(*(image.requires_grad_() for image in images))
    for tower, own, record in zip(towers, modules, records, strict=True):
        if not record:
            raise NoMapError(f"{type(tower).__name__} is neither open_clip's vision transformer nor a convolutional network")
        del record[: 0 if own else -1]
    spoof, real = logits[0]
    gradients = iter(torch.autograd.grad(real - spoof, [tensor for record in records for tensor in record]))
    return [
        _maps(crop, tower, bool(own), [(tensor, next(gradients)) for tensor in record])
        for crop, tower, own, record in zip(crops, towers, modules, records, strict=True)
    ]


def image_towers(network: nn.Module) -> list[nn.Module]:
    """Return the part of a network that each input goes into: its ``tower``, or its ``networks`` of an ensemble."""
    if isinstance(own := getattr(network, "networks", None), nn.ModuleList):
        return list(own)
    return [getattr(network, "tower", network)]


def _maps(crop: np.ndarray, tower: nn.Module, attends: bool, record: list[tuple[Tensor, Tensor]]) -> Evidence:
    values = [(tensor[0].detach().cpu().numpy(), gradient[0].cpu().numpy()) for tensor, gradient in record]
    if not attends:
        (pair,) = values
        added = contributions(*pair)
        return evidence_of(crop, added, -added, "features")
    attentions, gradients = zip(*values, strict=True)
    real = token_map(tower, attention_relevance(attentions, gradients))
    spoof = token_map(tower, attention_relevance(attentions, [-gradient for gradient in gradients]))
    return evidence_of(crop, real, spoof, "attention", token_map(tower, attention_rollout(attentions)))
