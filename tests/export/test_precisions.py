# SPDX-License-Identifier: Apache-2.0
"""Weights of 8 and 16 bits: smaller files, answers close to those of 32 bits."""

from dataclasses import replace

import numpy as np
import onnx
import pytest

from flip_mm.export.fp16 import half, half_graph
from flip_mm.export.int8 import quantise
from flip_mm.inference.onnx_runtime import ONNXRuntime


def weights(path):
    """Bytes of the weights by their type."""
    sizes = {}
    for tensor in onnx.load(path).graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        sizes[str(array.dtype)] = sizes.get(str(array.dtype), 0) + array.nbytes
    return sizes


def difference(exported, path, **changes):
    crops = exported.crops(8)
    card = replace(exported.card, sha256="", **changes)
    want, got = ONNXRuntime(exported.file, exported.card)([crops]), ONNXRuntime(path, card)([crops])
    return np.abs(want.p_real() - got.p_real()).max()


def test_half(exported, tmp_path):
    half_graph(exported.graph, tmp_path / "half.onnx")
    before, after = weights(exported.graph), weights(tmp_path / "half.onnx")
    assert after["float16"] > 0.4 * before["float32"]
    assert after["float32"] < 0.2 * before["float32"]
    assert 0 < difference(exported, tmp_path / "half.onnx") < 1e-2


def test_half_of_single_tensors():
    values = np.linspace(-2, 2, 300, dtype=np.float32)
    assert half("w", values).dtype == np.float16
    for kept in (values[:10], np.arange(300)):
        assert half("w", kept) is kept
    with pytest.raises(ValueError, match=r"^The weight 'w' has values outside the range of float16: export without --fp16\."):
        half("w", values * 1e5)


def test_dynamic_and_static(exported, tmp_path):
    facts = quantise(exported.graph, tmp_path / "dynamic.onnx")
    assert facts == dict(quantisation="dynamic")
    assert 0 < difference(exported, tmp_path / "dynamic.onnx", export=facts) < 0.05
    facts = quantise(exported.graph, tmp_path / "static.onnx", exported.crops(6, seed=1))
    assert facts == dict(quantisation="static, 6 calibration images")
    assert 0 < difference(exported, tmp_path / "static.onnx", export=facts) < 0.2
    for name in ("dynamic", "static"):
        found = weights(tmp_path / f"{name}.onnx")
        assert found["int8"] > 1000
        # 7 bits: with 8 a processor without VNNI may saturate.
        tensors = onnx.load(tmp_path / f"{name}.onnx").graph.initializer
        arrays = [onnx.numpy_helper.to_array(tensor) for tensor in tensors]
        assert max(np.abs(array.astype(int)).max() for array in arrays if array.dtype == np.int8 and array.ndim > 1) <= 64


def test_a_face_of_an_int8_file_gets_the_same_score_in_any_batch(exported, tmp_path):
    facts = quantise(exported.graph, tmp_path / "dynamic.onnx")
    runtime = ONNXRuntime(tmp_path / "dynamic.onnx", replace(exported.card, sha256="", export=facts))
    crops = exported.crops(4)
    together, alone = runtime([crops]).logits, np.concatenate([runtime([crops[row : row + 1]]).logits for row in range(4)])
    np.testing.assert_array_equal(together, alone)
    # The graph itself takes one scale for all.
    raw = runtime.session.run(["logits"], {"crop": crops})[0]
    assert np.abs(raw - alone).max() > 1e-5


def test_a_graph_that_cannot_be_quantised(tmp_path):
    (tmp_path / "broken.onnx").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"^onnxruntime \S+ cannot quantise this network \(.+\): update it, or export"):
        quantise(tmp_path / "broken.onnx", tmp_path / "out.onnx")
