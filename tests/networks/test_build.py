# SPDX-License-Identifier: Apache-2.0
"""Networks from data."""

import pytest

from flip_mm.networks.build import build_network


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        ({}, "architecture.network is None, and this version knows open_clip"),
        (dict(network="os.system"), "architecture.network is 'os.system'"),
        (dict(network=["resnet"]), r"architecture.network is \['resnet'\]"),
        (dict(network="small_cnn", channels=[10**7] * 2, projection=[1, 1], head={}), "does not fit the network 'small_cnn': "),
        (dict(network="small_cnn", channels=[0], projection=[1, 1], head={}), "does not fit the network 'small_cnn': "),
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


@pytest.mark.parametrize("name", ["hf-hub:a/b", "local-dir:/tmp/x", "hf_hub:b", "a/b"])
def test_timm_reads_no_other_files(name, monkeypatch):
    monkeypatch.setattr("timm.create_model", lambda *_, **__: pytest.fail("timm was asked"))
    tower = dict(embed_dim=8, vision_cfg=dict(timm_model_name=name), head=dict(kind="linear", in_channels=8))
    with pytest.raises(ValueError, match=f"vision_cfg.timm_model_name is '{name}', which is no name in timm"):
        build_network(dict(network="open_clip", **tower))


HEAD = dict(kind="linear", in_channels=1)


@pytest.mark.parametrize(
    "architecture",
    [
        dict(network="resnet", depth=18),
        dict(network="small_cnn", channels=[2**14] * 3, projection=[1, 1], head=HEAD),  # 20 GB
        dict(network="small_cnn", channels=[1] * 10**5, projection=[1, 1], head=HEAD),
        dict(network="small_cnn", channels=[1], projection=[10**5, 10**5], head=HEAD),
        dict(network="minifasnet", archs=["V2"] * 10**5),
        dict(network="open_clip", embed_dim=8, vision_cfg=dict(layers=10**9, width=64, image_size=32), head=HEAD),
    ],
)
def test_a_network_has_at_most_the_values_of_its_weights(architecture):
    with pytest.raises(ValueError, match=r"it has more values than the 1,000,000 that its weights allow|can't allocate memory"):
        build_network(architecture, most=1e6)


def test_the_limit_ends_with_the_network():
    small = dict(network="small_cnn", channels=[4], projection=[4, 4], head=dict(kind="linear", in_channels=4))
    build_network(small, most=20_000)
    assert sum(value.numel() for value in build_network(dict(network="resnet", depth=18)).parameters()) > 10**7
