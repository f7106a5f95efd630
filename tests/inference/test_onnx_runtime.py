# SPDX-License-Identifier: Apache-2.0
"""The loader of .onnx files answers as the network does, and refuses what does not fit."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from flip_mm.inference.model_card import InputSpec
from flip_mm.inference.model_file import read_card, weights_hash, write_card
from flip_mm.inference.open_runtime import open_runtime


def test_answers(exported):
    runtime = open_runtime(exported.file, threads=1)
    assert runtime.card == exported.card
    found = runtime([exported.crops(3)])
    assert (found.logits.shape, found.similarities.shape) == ((3, 2), (3, 3))
    one = runtime([exported.crops(3)[:1]])
    np.testing.assert_allclose(one.p_real(), found.p_real()[:1], atol=1e-6)


def test_crops_that_do_not_fit(exported):
    runtime = open_runtime(exported.file)
    for crops, message in (
        ([exported.crops(2)] * 2, "takes 1 crops of each face, got 2"),
        ([exported.crops(2)[:, :8]], r"must be \(N, 16, 16, 3\) uint8, got \(2, 8, 16, 3\) uint8"),
        ([exported.crops(2).astype(np.float32)], "got .* float32"),
    ):
        with pytest.raises(ValueError, match=message):
            runtime(crops)


def changed(exported, path, change):
    content = bytearray(exported.file.read_bytes())
    path.write_bytes(change(content))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[: len(data) // 2], "it is no ONNX file, or it is cut off"),
        (lambda data: b"", "it is no ONNX file, or it is cut off"),
        (lambda data: b"\x89PNG" + data, "it is no ONNX file, or it is cut off"),
        (lambda data: data[:3000] + bytes([data[3000] ^ 1]) + data[3001:], "its weights differ from its hash"),
    ],
)
def test_damaged_files(exported, tmp_path, change, message):
    with pytest.raises(ValueError, match=rf"^The model file '.*x\.onnx' was refused: {message}"):
        open_runtime(changed(exported, tmp_path / "x.onnx", change))


def small_graph(path, kind=TensorProto.UINT8, shape=("n", 16, 16, 3), opset=20):
    """An ONNX file of another program: the mean of a crop, twice."""
    nodes = [
        helper.make_node("Cast", ["crop"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=0),
        helper.make_node("Reshape", ["mean", "column"], ["y"]),
        helper.make_node("Concat", ["y", "y"], ["logits"], axis=1),
    ]
    constants = [
        helper.make_tensor("axes", TensorProto.INT64, [3], [1, 2, 3]),
        helper.make_tensor("column", TensorProto.INT64, [2], [-1, 1]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("crop", kind, shape)],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 2])],
        constants,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10), path)
    return path


def test_files_of_other_programs(exported, tmp_path):
    path = small_graph(tmp_path / "other.onnx")
    assert read_card(path) is None
    with pytest.raises(ValueError, match="does not say what its inputs and outputs are, because flip_mm did not write it"):
        open_runtime(path)
    card = replace(exported.card, sha256="", prompts={})
    np.testing.assert_allclose(open_runtime(path, card)([np.full((2, 16, 16, 3), 7, np.uint8)]).logits, 7)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (
            dict(shape=("n", 32, 16, 3)),
            r"takes tensor\(uint8\) \(N, 32, 16, 3\) and returns logits, but .* \(N, 16, 16, 3\)",
        ),
        (dict(kind=TensorProto.FLOAT), r"takes tensor\(float\) \(N, 16, 16, 3\) and"),
        (dict(opset=99), "onnxruntime cannot read it: ONNX Runtime only .*Opset 99"),
    ],
)
def test_graphs_that_do_not_fit_the_card(exported, tmp_path, graph, message):
    path = small_graph(tmp_path / "x.onnx", **graph)
    write_card(path, replace(exported.card, sha256=weights_hash(path), prompts={}), tmp_path / "y.onnx")
    with pytest.raises(ValueError, match=rf"y\.onnx' was refused: .*{message}"):
        open_runtime(tmp_path / "y.onnx")


def test_another_number_of_inputs_or_prompts(exported, tmp_path):
    spec = exported.card.inputs[0]
    two = replace(exported.card, inputs=(spec, InputSpec((8, 8), spec.mean, spec.std)))
    write_card(exported.file, two, tmp_path / "two.onnx")
    with pytest.raises(ValueError, match=r"its graph takes .* but its description says .*\(N, 16, 16, 3\), .*\(N, 8, 8, 3\)"):
        open_runtime(tmp_path / "two.onnx")
    write_card(exported.file, replace(exported.card, prompts=dict(spoof=["a"], real=["b"])), tmp_path / "prompts.onnx")
    runtime = open_runtime(tmp_path / "prompts.onnx")
    with pytest.raises(ValueError, match=r"gives \(3,\) similarities for a face, but its description has 2 prompts"):
        runtime([exported.crops(2)])


def test_a_large_text_is_not_read(exported, tmp_path):
    path = tmp_path / "bomb.onnx"
    model = onnx.load(exported.file)
    model.metadata_props[0].value = "[" * (21 << 20)
    onnx.save(model, path)
    with pytest.raises(ValueError, match="a text in it has 21 MiB, 20 are allowed"):
        read_card(path)
    model.metadata_props[0].value = "[" * (5 << 20)
    onnx.save(model, path)
    with pytest.raises(ValueError, match="its description has 5 MiB, 4 are allowed"):
        read_card(path)
    model.metadata_props[0].value = "[" * (1 << 20)
    onnx.save(model, path)
    with pytest.raises(ValueError, match="its description is no JSON"):
        read_card(path)


def test_runtimes_by_name(exported):
    with pytest.raises(ValueError, match=r"^runtime='torch' cannot run 'small.onnx': use 'onnxruntime' or 'openvino'\.$"):
        open_runtime(exported.file, runtime="torch")
