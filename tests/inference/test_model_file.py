# SPDX-License-Identifier: Apache-2.0
"""Cards in the headers of weight files."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from flip_mm.inference.model_card import Decision
from flip_mm.inference.model_file import check_hash, read_card, weights_hash, write_card, write_safetensors

TENSORS = dict(b=np.arange(6, dtype=np.float32).reshape(2, 3), a=np.ones(1, np.float16))


def same(left, right):
    return left.keys() == right.keys() and all(np.array_equal(left[key], right[key]) for key in left)


def test_safetensors(make_card, tmp_path):
    path = tmp_path / "m.safetensors"
    card = write_safetensors(path, make_card(), TENSORS)
    assert read_card(path) == card
    assert card.sha256 == weights_hash(path)
    assert len(card.sha256) == 64
    assert same(load_file(path), TENSORS)
    with safe_open(path, "np") as file:
        assert list(file.metadata()) == ["flip_mm"]


def onnx_file(path, **texts):
    helper = pytest.importorskip("onnx").helper
    value = helper.make_tensor_value_info("x", 1, [1])
    node = helper.make_node("Identity", ["x"], ["y"])
    graph = helper.make_graph([node], "g", [value], [helper.make_tensor_value_info("y", 1, [1])])
    model = helper.make_model(graph)
    helper.set_model_props(model, texts)
    path.write_bytes(model.SerializeToString())
    return path


def test_onnx_texts_are_those_of_the_package(make_card, tmp_path):
    onnx = pytest.importorskip("onnx")
    path = onnx_file(tmp_path / "m.onnx", author="somebody", flip_mm="old")
    before = onnx.load(path)
    text = make_card(license="é" * 300)
    write_card(path, text)
    after = onnx.load(path)
    assert [prop.key for prop in after.metadata_props] == ["flip_mm"]
    assert read_card(path) == text
    onnx.checker.check_model(after)
    for model in (before, after):
        del model.metadata_props[:]
    assert before == after


@pytest.mark.parametrize("kind", [".safetensors", ".onnx"])
def test_another_card_keeps_the_weights(make_card, tmp_path, kind):
    path = tmp_path / f"m{kind}"
    if kind == ".onnx":
        card = replace(make_card(), sha256=weights_hash(onnx_file(path, flip_mm=make_card().to_json())))
        write_card(path, card)
    else:
        card = write_safetensors(path, make_card(), TENSORS)
    other = replace(card, decision=Decision(0.5, 0.25), name="n" * 5000)
    out = tmp_path / f"other{kind}"
    write_card(path, other, out)
    assert read_card(out) == other
    assert read_card(path) == card
    assert weights_hash(out) == weights_hash(path) == card.sha256
    check_hash(out, other)
    write_card(out, card)
    assert out.read_bytes() == path.read_bytes()


def test_changed_weights_are_found(make_card, tmp_path):
    path = tmp_path / "m.safetensors"
    card = write_safetensors(path, make_card(), TENSORS)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="weights differ from its hash"):
        check_hash(path, card)


def test_a_file_of_another_program_has_no_card(tmp_path):
    save_file(TENSORS, tmp_path / "m.safetensors")
    assert read_card(tmp_path / "m.safetensors") is None
    assert read_card(onnx_file(tmp_path / "m.onnx")) is None


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("m.safetensors", b"", "cut off"),
        ("m.safetensors", b"\xff" * 100, "cut off"),
        ("m.safetensors", (5).to_bytes(8, "little") + b"hello" * 9, "its header is no JSON"),
        ("m.safetensors", (2).to_bytes(8, "little") + b"[]", "no table of tensors"),
        ("m.safetensors", (26).to_bytes(8, "little") + b'{"__metadata__":{"flip_mm":"{}"}}'[:26], "its header is no JSON"),
        ("m.safetensors", (34).to_bytes(8, "little") + b'{"__metadata__":{"flip_mm":"{}"} }', "has format None"),
        ("m.onnx", b"", "no ONNX file"),
        ("m.onnx", b"\x08\x07", "no ONNX file"),
        ("m.onnx", b"\x08\x07\x3a\xff\xff\xff\xff\x0fabc", "no ONNX file"),
        ("m.onnx", b"\x08" + b"\xff" * 20, "no ONNX file"),
        ("m.onnx", b"PK\x03\x04" * 20, "no ONNX file"),
    ],
)
def test_damaged_files_are_refused(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ValueError, match=rf"The model file '.*{name}' was refused: .*{message}"):
        read_card(tmp_path / name)


def test_paths(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no model file"):
        read_card(tmp_path / "m.onnx")
    with pytest.raises(ValueError, match=r"it must end in .safetensors, .onnx or .xml. `flip_mm export"):
        read_card(tmp_path / "iter_4000.pth")
