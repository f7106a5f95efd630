# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest
from mmpretrain.registry import MODELS
from torch import nn

CONFIGS = Path(__file__).parents[2] / "configs"


@pytest.fixture
def one_layer():
    """A backbone of one convolution while a test runs."""

    @MODELS.register_module()
    class OneLayer(nn.Module):
        def __init__(self, pretrained=None):
            super().__init__()
            assert pretrained is None
            self.conv = nn.Conv2d(3, 4, 3, padding=1)
            self.conv.bias.requires_grad = False

        def forward(self, images):
            return (self.conv(images).mean((2, 3)),)

    yield
    del MODELS.module_dict["OneLayer"]


@pytest.mark.usefixtures("one_layer")
def test_the_costs_of_one_layer(run_tool, capsys, shared_mcio, tmp_path):
    config = tmp_path / "one_layer.py"
    config.write_text(f"""
_base_ = ["{(CONFIGS / "erm/erm_r18_demo.py").as_posix()}"]
backbone = dict(_delete_=True, type="OneLayer", pretrained="nowhere.pth")
model = dict(backbone=backbone, neck=None, head=dict(in_channels=4))
""")
    run_tool("benchmarks/methods.py", config, "--steps", 1, "--batch-size", 2, "--data-root", shared_mcio)
    head, _, row = capsys.readouterr().out.strip().splitlines()[-3:]
    assert head.startswith("| config | parameters (trained), M | GMAC per image |")
    name, parameters, products, images, seconds = [cell.strip() for cell in row.strip("|").split("|")]
    # 3 * 4 * 9 + 4 weights and 4 * 2 + 2 of the head; 64 * 64 places.
    assert (name, parameters, images) == ("one_layer", "0.000122 (0.000118)", "12")
    assert float(products) * 1e9 == pytest.approx(64 * 64 * 3 * 4 * 9 + 4 * 2, rel=1e-2)
    assert 0 < float(seconds) < 60
