# SPDX-License-Identifier: Apache-2.0
"""MiniFASNet of Silent-Face as a backbone, and its published weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor

from flip_mm.compat import load_checkpoint_file
from flip_mm.compat.pending_checkpoint import checkpoint_follows
from flip_mm.networks.minifasnet import EMBED_DIMS, IMAGE_SIZE
from flip_mm.networks.minifasnet import MiniFASNet as Network
from flip_mm.utils.text import first_few

MAX_NAMES = 5
FILE_NAME = re.compile(r"(?P<scale>\d+(?:\.\d+)?)_(?:\d+_)*(?P<height>\d+)x(?P<width>\d+)_MiniFASNet(?P<arch>\w+)")
# DataParallel's, with which the published files were saved.
PREFIX = "module."


class PublishedName(NamedTuple):
    """What the name of a published file says.

    Attributes:
        scale: Side of the crop in units of the face box, see :func:`~flip_mm.faces.shifted_crop.crop_shifted`.
        image_size: Side of the input, in pixels.
        arch: Architecture.
    """

    scale: float
    image_size: int
    arch: str


def parse_published_name(path: str | Path) -> PublishedName | None:
    """Read the name of a published file; None if it has another form.

    Example:
        >>> parse_published_name("4_0_0_80x80_MiniFASNetV1SE.pth")
        PublishedName(scale=4.0, image_size=80, arch='V1SE')
    """
    found = FILE_NAME.fullmatch(Path(path).stem)
    if found is None or found["height"] != found["width"]:
        return None
    return PublishedName(float(found["scale"]), int(found["height"]), found["arch"])


def load_published(network: Network, path: str | Path) -> None:
    """Load a published file into a network; without a classifier in the network, that of the file is left out.

    Args:
        network: The network.
        path: ``.pth`` file of Silent-Face, or of the same architecture.

    Raises:
        FileNotFoundError: There is no such file.
        RuntimeError: The file is damaged or holds code, see :func:`~flip_mm.compat.load_checkpoint_file`.
        ValueError: Its name or its weights are those of another architecture, or weights are NaN or infinite.
    """
    name = parse_published_name(path)
    if name is not None and (name.arch, name.image_size) != (network.arch, network.image_size):
        raise ValueError(
            f"By its name, '{path}' is MiniFASNet{name.arch} for {name.image_size} pixels, not MiniFASNet{network.arch} for "
            f"{network.image_size}: set arch and image_size to those of the file."
        )
    content = load_checkpoint_file(path, "cpu")
    state = content.get("state_dict", content) if isinstance(content, dict) else {}
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        state = {}
    state = {key.removeprefix(PREFIX): value for key, value in state.items()}
    own = network.state_dict()
    if "prob.weight" not in own:
        state.pop("prob.weight", None)
    wrong = sorted(own.keys() ^ state.keys()) + [key for key in own.keys() & state.keys() if own[key].shape != state[key].shape]
    if wrong:
        raise ValueError(
            f"'{path}' does not hold the weights of MiniFASNet{network.arch} ({len(wrong)} names or shapes differ: "
            f"{first_few(wrong, MAX_NAMES)}): give one of the two published files, and its arch."
        )
    if broken := [key for key, value in state.items() if not value.isfinite().all()]:
        raise ValueError(f"'{path}' holds NaN or infinite weights: {first_few(broken, MAX_NAMES)}. Download it again.")
    network.load_state_dict(state)


@MODELS.register_module()
class MiniFASNet(BaseModule):
    """Silent-Face's MiniFASNet (https://github.com/minivision-ai/Silent-Face-Anti-Spoofing, Apache-2.0).

    The published weights take BGR images with values 0..255: use :class:`~flip_mm.models.FASDataPreprocessor` with
    ``mean=[0, 0, 0], std=[1 / 255] * 3, to_rgb=True``, which exchanges red and blue of flip_mm's RGB images; for a pipeline of
    MMPretrain, which ends in BGR, ``to_rgb=False``.

    Args:
        arch: ``'V1SE'`` (crop scale 4.0 in the published pair) or ``'V2'`` (2.7).
        pretrained: Path of a published ``.pth`` file, or None for random weights. Not read if a checkpoint of the whole model
            is loaded next.
        num_classes: Outputs of the classifier ``prob``, 3 for the published files; -1, the default, uses the network as
            feature extractor without it, as for MMPretrain's other backbones.
        image_size: Side of the input, in pixels; the published files need 80.
        dropout: Probability of dropout before the classifier.
        init_cfg: mmengine's; published weights are given by ``pretrained``.

    Raises:
        FileNotFoundError: ``pretrained`` does not exist.
        ValueError: An argument is out of range, or ``pretrained`` does not fit, see :func:`load_published`.

    Example:
        >>> import torch
        >>> backbone = MiniFASNet("V1SE").eval()
        >>> [features.shape for features in backbone(torch.zeros(2, 3, 80, 80))]
        [torch.Size([2, 128])]
    """

    def __init__(
        self,
        arch: str = "V2",
        pretrained: str | None = None,
        num_classes: int = -1,
        image_size: int = IMAGE_SIZE,
        dropout: float = 0.2,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.network = Network(arch, num_classes, image_size, dropout)
        self.embed_dims = EMBED_DIMS
        if pretrained is not None and not checkpoint_follows():
            load_published(self.network, pretrained)

    def forward(self, images: Tensor) -> tuple[Tensor]:
        """Compute the features, or the logits if there is a classifier.

        Args:
            images: (N, 3, image_size, image_size) float.

        Returns:
            ``((N, 128),)``, or ``((N, num_classes),)``.
        """
        return (self.network(images),)
