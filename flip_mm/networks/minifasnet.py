# SPDX-License-Identifier: Apache-2.0
"""MiniFASNet, the networks of Silent-Face (https://github.com/minivision-ai/Silent-Face-Anti-Spoofing, Apache-2.0).

MobileFaceNets with pruned widths. The names of the parameters are those of the published files.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

EMBED_DIMS = 128
# Side of the published networks' input, and the factor from the input to the last feature map.
IMAGE_SIZE, STRIDE = 80, 16
# Class of the published files that means live; the others are kinds of attacks.
LIVE, NUM_CLASSES = 1, 3


class Widths(NamedTuple):
    """Channels of an architecture.

    Attributes:
        stem: Channels of the first two convolutions.
        stages: For each of the three stages: hidden channels of the block that halves the resolution, hidden channels of the
            residual blocks, channels between the blocks.
        last: Channels of the last feature map.
        gate: Whether the last residual block of each stage has a squeeze-and-excitation gate.
    """

    stem: int
    stages: tuple[tuple[int, tuple[int, ...], int], ...]
    last: int
    gate: bool


ARCHS = {
    "V1SE": Widths(
        32,
        ((103, (13, 26, 13, 52), 64), (231, (154, 52, 26, 52, 26, 26), 128), (308, (26, 26), 128)),
        512,
        gate=True,
    ),
    "V2": Widths(
        32,
        ((103, (13, 13, 13, 13), 64), (231, (231, 52, 26, 77, 26, 26), 128), (308, (26, 26), 128)),
        512,
        gate=False,
    ),
}


class ConvBN(nn.Module):
    """Convolution without bias and batch normalisation; PReLU after them unless ``linear``."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 1,
        stride: int = 1,
        groups: int = 1,
        pad: bool = True,
        linear: bool = False,
    ) -> None:
        super().__init__()
        padding = kernel // 2 if pad else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.prelu = nn.Identity() if linear else nn.PReLU(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H', W')."""
        return self.prelu(self.bn(self.conv(x)))


class Gate(nn.Module):
    """Squeeze-and-excitation: scales every channel by a number in 0..1 that depends on the means of all channels."""

    def __init__(self, channels: int, reduction: int = 4) -> None:
        super().__init__()
        self.fc1 = nn.Conv2d(channels, channels // reduction, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels // reduction)
        self.fc2 = nn.Conv2d(channels // reduction, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to the same shape."""
        hidden = torch.relu(self.bn1(self.fc1(x.mean((2, 3), keepdim=True))))
        return x * torch.sigmoid(self.bn2(self.fc2(hidden)))


class DepthWise(nn.Module):
    """Widen by 1 x 1, filter each channel by 3 x 3, project by 1 x 1; add the input if ``residual``."""

    def __init__(
        self, inputs: int, hidden: int, outputs: int, stride: int = 1, residual: bool = False, gate: bool = False
    ) -> None:
        super().__init__()
        self.conv = ConvBN(inputs, hidden)
        self.conv_dw = ConvBN(hidden, hidden, 3, stride, groups=hidden)
        self.project = ConvBN(hidden, outputs, linear=True)
        if gate:
            self.se_module = Gate(outputs)
        self.residual, self.gate = residual, gate

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) to (N, outputs, H / stride, W / stride)."""
        out = self.project(self.conv_dw(self.conv(x)))
        if self.gate:
            out = self.se_module(out)
        return x + out if self.residual else out


class Residual(nn.Module):
    """Residual blocks of a stage; the last one may have a gate."""

    def __init__(self, channels: int, hidden: Sequence[int], gate: bool) -> None:
        super().__init__()
        last = len(hidden) - 1
        blocks = [DepthWise(channels, width, channels, 1, True, gate and i == last) for i, width in enumerate(hidden)]
        self.model = nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, H, W) to the same shape."""
        return self.model(x)


class MiniFASNet(nn.Module):
    """MiniFASNet.

    The published networks take BGR images with values 0..255, without normalisation.

    Args:
        arch: ``'V1SE'`` or ``'V2'``.
        num_classes: Outputs of the classifier; -1 for none.
        image_size: Side of the input, in pixels.
        dropout: Probability of dropout before the classifier.

    Raises:
        ValueError: The architecture is unknown, or an argument is out of range.

    Example:
        >>> network = MiniFASNet("V2").eval()
        >>> network(torch.zeros(2, 3, 80, 80)).shape, network.features(torch.zeros(2, 3, 80, 80)).shape
        (torch.Size([2, 3]), torch.Size([2, 128]))
    """

    def __init__(
        self, arch: str = "V2", num_classes: int = NUM_CLASSES, image_size: int = IMAGE_SIZE, dropout: float = 0.2
    ) -> None:
        super().__init__()
        if arch not in ARCHS:
            raise ValueError(f"MiniFASNet has no arch {arch!r}; choose from {', '.join(map(repr, ARCHS))}.")
        if image_size < 1 or num_classes == 0 or num_classes < -1:
            raise ValueError(
                f"image_size = {image_size}, num_classes = {num_classes}: expected a size of 1 or more, and classes or -1."
            )
        widths = ARCHS[arch]
        self.arch, self.image_size = arch, image_size
        self.conv1 = ConvBN(3, widths.stem, 3, 2)
        self.conv2_dw = ConvBN(widths.stem, widths.stem, 3, groups=widths.stem)
        (first, hidden_3, channels_3), (second, hidden_4, channels_4), (third, hidden_5, channels_5) = widths.stages
        self.conv_23 = DepthWise(widths.stem, first, channels_3, stride=2)
        self.conv_3 = Residual(channels_3, hidden_3, widths.gate)
        self.conv_34 = DepthWise(channels_3, second, channels_4, stride=2)
        self.conv_4 = Residual(channels_4, hidden_4, widths.gate)
        self.conv_45 = DepthWise(channels_4, third, channels_5, stride=2)
        self.conv_5 = Residual(channels_5, hidden_5, widths.gate)
        self.conv_6_sep = ConvBN(channels_5, widths.last)
        kernel = -(-image_size // STRIDE)
        self.conv_6_dw = ConvBN(widths.last, widths.last, kernel, groups=widths.last, pad=False, linear=True)
        self.linear = nn.Linear(widths.last, EMBED_DIMS, bias=False)
        self.bn = nn.BatchNorm1d(EMBED_DIMS)
        if num_classes > 0:
            self.drop = nn.Dropout(dropout)
            self.prob = nn.Linear(EMBED_DIMS, num_classes, bias=False)

    def features(self, images: Tensor) -> Tensor:
        """Compute the features before the classifier.

        Args:
            images: (N, 3, image_size, image_size) float.

        Returns:
            (N, 128).
        """
        x = self.conv2_dw(self.conv1(images))
        x = self.conv_3(self.conv_23(x))
        x = self.conv_4(self.conv_34(x))
        x = self.conv_5(self.conv_45(x))
        x = self.conv_6_dw(self.conv_6_sep(x))
        return self.bn(self.linear(x.flatten(1)))

    def forward(self, images: Tensor) -> Tensor:
        """Compute the logits (N, num_classes), or :meth:`features` without a classifier."""
        features = self.features(images)
        return self.prob(self.drop(features)) if hasattr(self, "prob") else features


class MiniFASNetEnsemble(nn.Module):
    """Published networks; their probabilities are averaged, as two classes.

    Args:
        archs: Architecture of each network.
        live: Output of the networks that means live; the others are kinds of attacks.
    """

    def __init__(self, archs: Sequence[str] = ("V2", "V1SE"), live: int = LIVE) -> None:
        super().__init__()
        self.networks = nn.ModuleList(MiniFASNet(arch) for arch in archs)
        self.live = live

    def forward(self, *images: Tensor) -> tuple[Tensor, None]:
        """Compute the logarithm of the mean probabilities.

        Args:
            images: (N, 3, 80, 80) float, one for each network, each with its crop.

        Returns:
            (N, 2) logits of spoof and real, with the softmax (1 - p_live, p_live); and None, because there are no prompts.
        """
        logs = torch.stack([network(own).log_softmax(1) for network, own in zip(self.networks, images, strict=True)])
        attacks = [number for number in range(logs.shape[2]) if number != self.live]
        spoof, real = logs[:, :, attacks].logsumexp((0, 2)), logs[:, :, self.live].logsumexp(0)
        return torch.stack([spoof, real], 1), None
