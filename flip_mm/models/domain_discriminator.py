# SPDX-License-Identifier: Apache-2.0
"""The domain discriminator of SSDG, SSAN and USDAN."""

from __future__ import annotations

from torch import Tensor, nn

from .gradient_reversal import GradientReversal


class DomainDiscriminator(nn.Module):
    """Gradient reversal, then an MLP of two layers with dropout.

    Args:
        in_channels: Channels of the features.
        num_domains: Outputs: the domains, or 1.
        reversal: Maximum number of passes of :class:`GradientReversal`; None for none.
        dropout: Probability of dropping a hidden unit.
        stds: Standard deviations of the initial weights of both layers, with biases 0; None for torch's default.
        count_validation: As for :class:`GradientReversal`.
    """

    def __init__(
        self,
        in_channels: int,
        num_domains: int,
        reversal: int | None,
        dropout: float = 0.5,
        stds: tuple[float, float] | None = (0.01, 0.3),
        count_validation: bool = False,
    ) -> None:
        super().__init__()
        self.reversal = nn.Identity() if reversal is None else GradientReversal(reversal, count_validation)
        self.fc1 = nn.Linear(in_channels, in_channels)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.fc2 = nn.Linear(in_channels, num_domains)
        for layer, std in zip((self.fc1, self.fc2), stds or (), strict=False):
            nn.init.normal_(layer.weight, std=std)
            nn.init.zeros_(layer.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits (N, num_domains) of features (N, in_channels)."""
        return self.fc2(self.dropout(self.relu(self.fc1(self.reversal(features)))))
