# SPDX-License-Identifier: Apache-2.0
"""Run a ``.safetensors`` model with torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from flip_mm.networks.build import build_network
from flip_mm.networks.size_limit import EACH
from flip_mm.utils.text import first_few

from .model_card import InputSpec, ModelCard
from .model_file import check_hash
from .outputs import Outputs, check_crops, check_outputs

# Values of parts that open_clip and torchvision build and flip_mm removes.
SPARE = 1 << 22


class TorchRuntime:
    """A model file in torch, see :class:`~flip_mm.inference.outputs.Runtime`.

    Args:
        path: A ``.safetensors`` file.
        card: Its card.
        device: ``'cpu'``, ``'cuda'`` ...

    Raises:
        ValueError: The weights do not fit the architecture, are damaged or not finite; or the device cannot be used.
    """

    def __init__(self, path: Path, card: ModelCard, device: str = "cpu") -> None:
        self.card = card
        check_hash(path, card)
        try:
            tensors = load_file(path)
            most = SPARE + 2 * sum(value.numel() + EACH for value in tensors.values())
            self.network = load_weights(build_network(card.architecture, most), tensors)
        except (SafetensorError, ValueError) as error:
            raise ValueError(f"The model file '{path}' was refused: {error}") from error
        try:
            self.network.to(device)
            # Not all devices that torch knows can compute.
            torch.zeros(1, device=device).cpu()
        except (RuntimeError, AssertionError) as error:
            raise ValueError(f"The device '{device}' cannot be used: {str(error).splitlines()[0]}") from error
        self.device = torch.device(device)
        self.normalise = [Normalise(spec).to(device) for spec in card.inputs]

    @torch.inference_mode()
    def __call__(self, crops: list[np.ndarray]) -> Outputs:
        """Classify N faces."""
        check_crops(self.card, crops)
        images = [
            normalise(torch.from_numpy(np.ascontiguousarray(crop)).to(self.device))
            for normalise, crop in zip(self.normalise, crops, strict=True)
        ]
        try:
            logits, similarities = self.network(*images)
        except torch.OutOfMemoryError:
            raise
        except (RuntimeError, TypeError, AssertionError) as error:
            reason = str(error).partition("\n")[0][:200]
            raise ValueError(f"The inputs in the description of the model do not fit its architecture: {reason}") from error
        found = None if similarities is None or not similarities.shape[1] else similarities.cpu().numpy()
        return check_outputs(self.card, Outputs(logits.cpu().numpy(), found))


class Normalise(nn.Module):
    """Crops (N, H, W, 3) uint8 RGB -> images (N, 3, H, W) float32 of an input.

    The operations are those of the training, so that a file gives the same bits as the trained model.
    """

    def __init__(self, spec: InputSpec) -> None:
        super().__init__()
        self.flips = spec.colour == "BGR"
        self.register_buffer("mean", torch.tensor(spec.mean).view(3, 1, 1))
        self.register_buffer("std", torch.tensor(spec.std).view(3, 1, 1))

    def forward(self, crops: torch.Tensor) -> torch.Tensor:
        """Normalise a batch."""
        images = crops.permute(0, 3, 1, 2).contiguous()
        if self.flips:
            images = images.flip(1)
        return (images.float() - self.mean) / self.std


def load_weights(network: nn.Module, tensors: dict[str, torch.Tensor]) -> nn.Module:
    """Load all weights of a network.

    Raises:
        ValueError: A weight is missing, unknown, has another shape or type, or is not finite.
    """
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        reasons = [line.strip() for line in str(error).splitlines()[1:3]]
        raise ValueError(f"its weights do not fit its architecture. {' '.join(reasons)[:300]}") from error
    own = network.state_dict()
    # `flip_mm export --fp16` stores float32 as float16.
    allowed = {name: {value.dtype} | ({torch.float16} if value.is_floating_point() else set()) for name, value in own.items()}
    if other := [name for name, value in tensors.items() if value.dtype not in allowed[name]]:
        raise ValueError(f"weights have another type of numbers than the architecture: {first_few(other, 3)}.")
    if broken := [name for name, value in tensors.items() if not torch.isfinite(value).all()]:
        raise ValueError(f"weights are not finite: {first_few(broken, 3)}.")
    return network
