# SPDX-License-Identifier: Apache-2.0
import itertools
import json

import pytest

ONNX = "onnxruntime"


def test_sizes_and_times_of_two_models(run_tool, capsys, tmp_path, small_vocabulary):
    pytest.importorskip(ONNX)
    pytest.importorskip("onnx")
    flags = ("--turns", 2, "--calls", 1, "--json", tmp_path / "result.json")
    run_tool("benchmarks/small_models.py", "flip_mcl_demo", "flip_student_demo", *flags)
    results = json.loads((tmp_path / "result.json").read_text())["results"]
    parts = [(result["part"], result["way"]) for result in results]
    models = ("flip_mcl_demo", "flip_student_demo")
    assert parts == [(f"{engine}, batch 1", model) for engine in ("torch", ONNX) for model in models]
    teacher, student = results[:2]
    assert teacher["ratio"] == 1 < student["ratio"]
    # Convolutions of 3 x 3 with stride 2, and the projection to 128; the similarities of two classes.
    channels, side, count = (3, 4, 8, 24, 48), 64, 48 * 128 + 2 * 128
    for before, after in itertools.pairwise(channels):
        side //= 2
        count += 9 * before * after * side**2
    assert student["notes"]["million_multiplications"] == pytest.approx(count / 1e6, rel=1e-3)
    assert "flip_student_demo: 0.0188 M parameters, 0.467 M multiplications" in capsys.readouterr().out
