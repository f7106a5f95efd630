# SPDX-License-Identifier: Apache-2.0
"""The projector of FLIP-MCL: MMPretrain's NonLinearNeck with the released settings."""

from __future__ import annotations

from mmpretrain.models import NonLinearNeck
from mmpretrain.registry import MODELS

RELEASED = dict(
    type="NonLinearNeck",
    hid_channels=4096,
    out_channels=256,
    num_layers=3,
    with_bias=True,
    with_last_bn=False,
    with_last_bias=True,
    with_avg_pool=False,
    norm_cfg=dict(type="BN1d"),
)


def build_projector(in_channels: int, changes: dict | None = None) -> NonLinearNeck:
    """Build ``in_channels`` -> 4096 -> BN -> ReLU -> 4096 -> BN -> ReLU -> 256, as released (FLIP section 3.3).

    Args:
        in_channels: Width of the embeddings.
        changes: Settings that differ, for instance ``dict(hid_channels=128)``.
    """
    return MODELS.build({**RELEASED, "in_channels": in_channels, **(changes or {})})
