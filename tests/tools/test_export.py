# SPDX-License-Identifier: Apache-2.0
"""flip_mm export and flip_mm info: files that answer as the trained model, or no file."""

import json

import numpy as np
import pytest

from flip_mm.export.parity import TOLERANCES
from flip_mm.inference.model_file import read_card
from flip_mm.inference.open_runtime import open_runtime

pytestmark = pytest.mark.usefixtures("small_vocabulary")


def test_a_safetensors_file_gives_the_same_bits(run_command, trained, tmp_path):
    out = tmp_path / "tiny.safetensors"
    code, text, err = run_command("export", *trained, out, "--faces", "given", "--license", "for tests", "--probes", 12)
    assert (code, err) == (0, "")
    assert "Compared with PyTorch on 12 test images of O: largest difference of p_real 0.0e+00" in text
    assert "It has no threshold, so verdicts are 'unsure'" in text
    card = read_card(out)
    assert (card.name, card.license, card.faces["detector"]) == ("tiny", "for tests", "given")
    assert card.training["run"]["target"] == "O"
    assert card.training["checkpoint"]["iteration"] == 4
    assert card.export["parity"]["images"] == 12
    assert card.export["parity"]["pytorch"] == card.export["parity"]["file"] != {}
    assert card.inputs[0].size == (224, 224)
    assert len(card.sentences) == 12
    crops = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), np.uint8)
    assert open_runtime(out)([crops]).similarities.shape == (2, 12)

    code, text, _ = run_command("info", out, "--verify")
    assert code == 0
    assert "weights as written" in text.splitlines()[0]
    assert "training       tiny_p1.py, ICM->O (protocol p1), seed 0, iteration 4 of 4" in text
    code, text, _ = run_command("info", out, "--json")
    assert json.loads(text) == json.loads(card.to_json())

    code, _, err = run_command("export", *trained, out)
    assert code == 2
    assert "exists already: choose another name, or --overwrite" in err
    code, text, _ = run_command("export", *trained, out, "--overwrite", "--threshold", 0.25, "--fp16", "--probes", 4)
    assert code == 0
    assert "It does not say how faces are found and cropped, so it takes face crops only: --faces and --margin say it." in text
    card = read_card(out)
    assert (card.decision.accept, card.decision.origin, card.faces) == (0.25, "given by the user", {})
    assert card.export["parity"]["threshold_origin"] == "threshold of the model file"
    assert 0 < card.export["parity"]["p_difference"] < TOLERANCES["fp16"]


def test_a_file_with_other_answers_is_not_left_behind(run_command, trained, tmp_path, monkeypatch):
    monkeypatch.setitem(TOLERANCES, "fp16", 1e-9)
    code, _, err = run_command("export", *trained, tmp_path / "x.safetensors", "--fp16", "--probes", 4)
    assert code == 2
    assert "The file gives other answers than PyTorch: p_real differs by up to" in err
    assert "1e-09 is allowed for fp16. Nothing was written." in err
    assert not [*tmp_path.iterdir()]


def test_int8_needs_labelled_images(run_command, trained, tmp_path, monkeypatch):
    pytest.importorskip("onnxscript")
    text = trained[0].read_text().replace('data_root="', 'data_root="/absent')
    config = tmp_path / "tiny_p1.py"
    config.write_text(text)
    code, _, err = run_command("export", config, trained[1], tmp_path / "x.onnx", "--int8")
    assert code == 2
    assert "int8 changes scores, so its error rates must be compared on labelled images of both classes" in err
    assert [path.name for path in tmp_path.iterdir()] == ["tiny_p1.py"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["x.pt"], "argument out: 'x.pt' must end in .safetensors or .onnx or .xml"),
        (["x.onnx", "--format", "openvino"], "argument --format: 'x.onnx' ends in .onnx, which is onnx"),
        (["x.onnx", "--int8", "--fp16"], "argument --fp16: not allowed with argument --int8"),
        (["x.onnx", "--calibration-images", "a"], "argument --calibration-images: it is for --int8"),
        (["x.safetensors", "--int8"], "int8 is for .onnx files, which onnxruntime runs: '.safetensors' takes fp32 and fp16"),
    ],
)
def test_options(run_command, trained, tmp_path, monkeypatch, options, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = run_command("export", *trained, *options)
    assert (code, out) == (2, "")
    assert message in err
