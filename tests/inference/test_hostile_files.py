# SPDX-License-Identifier: Apache-2.0
"""Model files that somebody made to do harm, or that were damaged: refused before anything is run or computed."""

import sys
import threading
from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from fixtures.small_networks import ARCHITECTURES, random_network

from flip_mm.inference.detector import Detector
from flip_mm.inference.model_card import InputSpec, ModelCard
from flip_mm.inference.model_file import read_card, weights_hash, write_card, write_safetensors
from flip_mm.inference.onnx_metadata import with_metadata
from flip_mm.inference.open_runtime import open_runtime

PROMPTS = dict(spoof=["a printed face", "a face on a screen"], real=["a real face"])


@pytest.fixture(scope="module")
def weights():
    return {name: value.numpy() for name, value in random_network("vit").state_dict().items()}


@pytest.fixture
def write(weights, tmp_path):
    """write(tensors, ...) -> a .safetensors file with this card."""

    def make(tensors=weights, **changes):
        spec = InputSpec((32, 32), (127.5,) * 3, (64.0,) * 3, crop_size=32)
        known = dict(architecture=ARCHITECTURES["vit"], inputs=(spec,), prompts=PROMPTS, faces=dict(detector="given"))
        write_safetensors(tmp_path / "m.safetensors", ModelCard(**{**known, "name": "m", **changes}), tensors)
        return tmp_path / "m.safetensors"

    return make


def test_a_file_chooses_no_code(write, tmp_path, monkeypatch):
    (tmp_path / "harmful.py").write_text("raise SystemExit('it ran')")
    monkeypatch.syspath_prepend(tmp_path)
    path = write(faces=dict(detector="harmful:make", margin_source="given at the export"))
    with pytest.raises(ValueError, match="'harmful:make', which is code outside of flip_mm and is not run because a file says"):
        Detector(path)
    assert "harmful" not in sys.modules
    assert Detector(path, faces="given").face_detector is None
    with pytest.raises(SystemExit, match="it ran"):
        Detector(path, faces="harmful:make")


@pytest.mark.parametrize("decision", ["0.5", True, [0.5], dict(accept=0.5)])
def test_thresholds_are_numbers(write, decision):
    with pytest.raises(TypeError, match="must be a Decision or a number"):
        Detector(write(), decision=decision)


@pytest.mark.parametrize("number", [np.float32(0.5), np.float64(0.5), 0, 1])
def test_numbers_are_thresholds(write, number):
    assert Detector(write(), decision=number).decision.accept == float(number)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.1, 2, np.nan])
def test_thresholds_without_meaning(write, number):
    with pytest.raises(ValueError, match=r"Decision\.accept has a wrong value"):
        Detector(write(), decision=number)


def test_a_file_needs_a_hash(write):
    path = write()
    write_card(path, replace(read_card(path), sha256=""))
    with pytest.raises(ValueError, match="was refused: its description has no hash of its weights"):
        Detector(path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda value: value.view(np.int32), "weights have another type of numbers than the architecture: head.logit_scale"),
        (lambda value: value.astype(np.int64), "weights have another type of numbers"),
        (lambda value: value * np.nan, "weights are not finite: head.logit_scale"),
        (lambda value: np.ones((1, 1), np.float32), "its weights do not fit its architecture"),
    ],
)
def test_damaged_weights(write, weights, change, words):
    path = write(weights | {"head.logit_scale": change(weights["head.logit_scale"])})
    with pytest.raises(ValueError, match=rf"m\.safetensors' was refused: {words}"):
        open_runtime(path)


@pytest.mark.parametrize("changes", [dict(size=(64, 32)), dict(count=3)])
def test_inputs_that_the_network_does_not_take(write, changes):
    spec = InputSpec(changes.get("size", (32, 32)), (127.5,) * 3, (64.0,) * 3)
    runtime = open_runtime(write(inputs=(spec,) * changes.get("count", 1)))
    with pytest.raises(ValueError, match="inputs in the description of the model do not fit its architecture"):
        runtime([np.zeros((1, *spec.size, 3), np.uint8)] * changes.get("count", 1))


@pytest.mark.parametrize("device", ["meta", "nonsense", "cuda:99"])
def test_devices_that_cannot_compute(write, device):
    with pytest.raises(ValueError, match=f"The device '{device}' cannot be used"):
        Detector(write(), device=device)


def test_pickled_weights_are_no_model(tmp_path):
    torch.save(dict(a=torch.ones(1)), tmp_path / "m.pth")
    for name in ("m.safetensors", "m.onnx", "m.xml"):
        (tmp_path / name).write_bytes((tmp_path / "m.pth").read_bytes())
        with pytest.raises(ValueError, match=rf"{name}' was refused: it is no "):
            open_runtime(tmp_path / name)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_weights_in_other_files(exported, tmp_path, runtime):
    pytest.importorskip(runtime)
    path = tmp_path / "m.onnx"
    onnx.save_model(onnx.load(exported.graph), path, save_as_external_data=True, location="weights.bin", size_threshold=0)
    write_card(path, replace(exported.card, sha256=weights_hash(path)))
    with pytest.raises(ValueError, match="was refused: it has weights in other files, which could be exchanged"):
        open_runtime(path, runtime=runtime)


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_threads_share_a_model(exported, runtime):
    pytest.importorskip(runtime)
    shared = open_runtime(exported.file, threads=1, runtime=runtime)
    crops = [exported.crops(1, seed) for seed in range(8)]
    expected, wrong = [shared([crop]).logits for crop in crops], []

    def run(order):
        try:
            for number in order * 20:
                if not np.array_equal(shared([crops[number]]).logits, expected[number]):
                    wrong.append(number)
        except Exception as error:
            wrong.append(error)

    threads = [threading.Thread(target=run, args=([*range(8)][::step],)) for step in (1, -1, 3, -3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def damaged(data, rng):
    """A copy with one fault: some bytes changed, a part missing, or a part twice."""
    data, place = bytearray(data), int(rng.integers(len(data)))
    kind = rng.integers(4)
    if kind == 0:
        data[place] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        data[place : place + 8] = rng.bytes(8)
    elif kind == 2:
        del data[place : place + int(rng.integers(1, 50))]
    else:
        data[place:place] = data[place : place + int(rng.integers(1, 50))]
    return bytes(data)


@pytest.mark.parametrize("kind", [".safetensors", ".onnx"])
def test_damaged_files_give_no_other_answer(kind, write, exported, tmp_path):
    path = write() if kind == ".safetensors" else exported.file
    size = 32 if kind == ".safetensors" else 16
    crops = [np.random.default_rng(0).integers(0, 256, (1, size, size, 3), np.uint8)]
    content, expected = path.read_bytes(), open_runtime(path)(crops).logits
    # The header of one, the description at the end of the other.
    head = 8 + int.from_bytes(content[:8], "little") if kind == ".safetensors" else 0
    rng, copy = np.random.default_rng(0), tmp_path / f"copy{kind}"
    for number in range(100):
        part = content[:head] if number % 2 else content[head:]
        changed = damaged(part or content, rng)
        copy.write_bytes((changed + content[head:]) if number % 2 else content[:head] + changed)
        try:
            card = read_card(copy)
            found = card and open_runtime(copy)(crops)
        except ValueError:
            continue
        # Changes of names and notes are allowed, those of weights and normalisation are not.
        if card and card.inputs == read_card(path).inputs:
            np.testing.assert_array_equal(found.logits, expected)


def test_a_card_cannot_break_the_file(exported, tmp_path):
    content = b"".join(with_metadata(exported.file, {"flip_mm": "\0\x1b]\n"}))
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(ValueError, match="its description is no JSON"):
        read_card(tmp_path / "m.onnx")


@pytest.mark.parametrize("faces", [dict(detector="given"), dict(detector="lbp")])
def test_a_margin_is_never_assumed(write, faces):
    with pytest.raises(ValueError, match=r"does not say which margin .* export it again with --faces and --margin"):
        Detector(write(faces=faces), faces="lbp")
    assert Detector(write(faces=faces), faces="given").face_detector is None
