# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of flip_mm 0.1.0, whole and deployed, become model files that give the same answers."""

from pathlib import Path

import numpy as np
import pytest
import torch

from flip_mm.apis.export_model import export_model
from flip_mm.apis.read_config import read_config
from flip_mm.apis.trained_model import build_trained, read_checkpoint
from flip_mm.export.parity import TOLERANCES
from flip_mm.inference.model_file import read_card
from flip_mm.inference.open_runtime import open_runtime

CONFIG = Path(__file__).parents[1] / "data/run_0.1.0/config.py"


@torch.no_grad()
def scores(checkpoint, crops):
    """p_real of the trained model."""
    state, meta = read_checkpoint(checkpoint)
    model = build_trained(read_config(CONFIG), checkpoint, state, meta)
    data = model.data_preprocessor(dict(inputs=torch.from_numpy(crops.transpose(0, 3, 1, 2).copy())))
    return np.array([float(sample.pred_score[1]) for sample in model.predict(data["inputs"])])


def test_whole_and_deployed(run_command, old_files, tmp_path):
    crops = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 3), np.uint8)
    want = scores(old_files / "final.pth", crops)
    out = tmp_path / "whole.safetensors"
    code, text, err = run_command("export", CONFIG, old_files / "final.pth", out, "--data-root", old_files / "data")
    assert (code, err) == (0, "")
    assert "largest difference of p_real 0.0e+00" in text
    found = open_runtime(out)([crops])
    np.testing.assert_allclose(found.p_real(), want, atol=1e-6)
    assert found.similarities.shape == (3, len(read_card(out).sentences))

    pytest.importorskip("onnxscript")
    out = tmp_path / "deployed.onnx"
    code, text, err = run_command("export", CONFIG, old_files / "deployed.pth", out, "--data-root", old_files / "data")
    assert (code, err) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deployed.onnx", "whole.safetensors"]
    card = read_card(out)
    assert (card.sentences, card.export["opset"]) == ([], 20)
    assert card.export["parity"]["p_difference"] < TOLERANCES["fp32"]
    np.testing.assert_allclose(open_runtime(out)([crops]).p_real(), want, atol=1e-5)


def test_openvino(old_files, tmp_path):
    pytest.importorskip("onnxscript")
    pytest.importorskip("openvino")
    cfg = read_config(CONFIG)
    cfg.test_dataloader.dataset.data_root = str(old_files / "data")
    card, parity = export_model(cfg, old_files / "final.pth", tmp_path / "x.xml")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.bin", "x.xml"]
    assert parity.p_difference < TOLERANCES["fp32"]
    assert read_card(tmp_path / "x.xml") == card
