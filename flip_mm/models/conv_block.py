# SPDX-License-Identifier: Apache-2.0
"""Convolution, normalisation and ReLU, with the initial weights of the methods on DepthNet."""

from __future__ import annotations

from torch import Tensor, nn

NORMS = ("bn", "adanorm")
INITS = ("xavier", "kaiming")


class AdaNorm(nn.Module):
    r"""Mixture of batch and instance normalisation, :math:`a BN(x) + (1 - a) IN(x)` (ANRL, ACM MM 2021).

    The weights :math:`a = \sigma(W\,GAP(x) + b)` are one per image and channel.

    Args:
        channels: Channels of the maps.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        self.instance = nn.InstanceNorm2d(channels, affine=True)
        self.attention = nn.Linear(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """Return normalised maps (N, C, H, W) of maps (N, C, H, W)."""
        share = self.attention(x.mean(dim=(2, 3))).sigmoid()[:, :, None, None]
        return share * self.bn(x) + (1 - share) * self.instance(x)


class ConvBlock(nn.Module):
    """Convolution 3 x 3, normalisation, ReLU.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        bias: Whether the convolution has a bias.
        norm: ``'bn'`` or ``'adanorm'``.
        momentum: Momentum of the running statistics of BatchNorm.
        init: See :func:`init_weights`.

    Raises:
        ValueError: ``norm`` or ``init`` is none of these.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        bias: bool = False,
        norm: str = "bn",
        momentum: float = 0.1,
        init: str = "xavier",
    ) -> None:
        super().__init__()
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {', '.join(map(repr, NORMS))}, got {norm!r}.")
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=bias)
        self.norm = nn.BatchNorm2d(out_channels, momentum=momentum) if norm == "bn" else AdaNorm(out_channels)
        self.relu = nn.ReLU()
        init_weights(self.conv, init)
        init_weights(self.norm, init)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (N, out_channels, H, W) of maps (N, in_channels, H, W)."""
        return self.relu(self.norm(self.conv(x)))


def init_weights(layer: nn.Module, init: str) -> None:
    """Set the initial weights of one layer as the releases do.

    Args:
        layer: A convolution, a linear layer or a normalisation.
        init: ``'xavier'`` (MADDG, RfMeta): Xavier normal; scales of BatchNorm2d from U(0.02, 1), where the releases write
            ``uniform(1.0, 0.02)``. ``'kaiming'`` (ANRL): Kaiming normal, normalisations as torch. Both set the bias of
            linear layers to 0 and leave the bias of convolutions as torch draws it.

    Raises:
        ValueError: ``init`` is none of these.
    """
    if init not in INITS:
        raise ValueError(f"init must be one of {', '.join(map(repr, INITS))}, got {init!r}.")
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        (nn.init.xavier_normal_ if init == "xavier" else nn.init.kaiming_normal_)(layer.weight)
        if isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.bias)
    elif isinstance(layer, nn.BatchNorm2d) and init == "xavier":
        nn.init.uniform_(layer.weight, 0.02, 1.0)
        nn.init.zeros_(layer.bias)
