# SPDX-License-Identifier: Apache-2.0
"""Weights of open_clip tags, and errors without a network."""

import open_clip
import pytest
from mmpretrain.registry import MODELS

from flip_mm.models.backbones.open_clip import build as build_module
from flip_mm.models.backbones.open_clip.build import get_normalization


def build(arch, **kwargs):
    return MODELS.build(dict(type="OpenCLIP", arch=arch, **kwargs))


def test_normalisation_follows_tag_or_architecture():
    zero, openai = (0.0, 0.0, 0.0), open_clip.OPENAI_DATASET_MEAN
    assert get_normalization("MobileCLIP-S2", "datacompdr")[0] == get_normalization("MobileCLIP-S2", None)[0] == zero
    assert get_normalization("ViT-L-14", "laion2b_s32b_b82k")[0] == (0.5, 0.5, 0.5)
    assert get_normalization("ViT-L-14", "openai")[0] == openai
    assert get_normalization("ViT-L-14", None) == (None, None)
    assert get_normalization("ViT-S-32-alt", None)[0] == get_normalization(dict(embed_dim=3), None)[0] == openai


class ConnectError(Exception):
    """Of that name in the hub's client."""


def test_without_a_network_the_hub_is_contacted_once(monkeypatch):
    asked = []

    def unreachable(url):
        asked.append(url)
        raise ConnectError("no route")

    monkeypatch.setattr(build_module, "get_hf_file_metadata", unreachable)
    monkeypatch.setattr(build_module, "try_to_load_from_cache", lambda repo, name: None)
    with pytest.raises(ConnectionError, match=r"could not be downloaded.*backbone.pretrained"):
        build("ViT-B-16-quickgelu", pretrained="openai")
    assert len(asked) == 1


@pytest.mark.parametrize("error", [None, TimeoutError("slow"), OSError("404")])
@pytest.mark.parametrize("cached", [True, False])
def test_cached_weights_and_slow_networks_are_not_checked(monkeypatch, arch, cached, error):
    def answer(url):
        assert not cached
        if error:
            raise error

    monkeypatch.setattr(build_module, "get_hf_file_metadata", answer)
    monkeypatch.setattr(build_module, "try_to_load_from_cache", lambda repo, name: "/cache/file" if cached else None)
    monkeypatch.setattr(open_clip, "create_model", lambda *args, **kwargs: open_clip.CLIP(**arch))
    assert build("ViT-B-16-quickgelu", pretrained="openai").separable
