# SPDX-License-Identifier: Apache-2.0
"""Networks from data."""

import pytest

from flip_mm.networks.build import build_network


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ({}, "architecture.network is None, and this version knows open_clip"),
        (dict(network="os.system"), "architecture.network is 'os.system'"),
        (dict(network="resnet", depth=17), "architecture.depth is 17; use 18"),
        (dict(network="resnet", width=17), "architecture does not fit the network 'resnet': .*'width'"),
        (dict(network="open_clip", embed_dim=8, vision_cfg={}, head=dict(kind="x")), "architecture.head.kind is 'x'"),
        (
            dict(network="open_clip", embed_dim=8, vision_cfg=dict(colour=1), head=dict(kind="linear")),
            "does not fit the network",
        ),
    ],
)
def test_wrong_architectures_are_refused(architecture, message):
    with pytest.raises(ValueError, match=message):
        build_network(architecture)
