# SPDX-License-Identifier: Apache-2.0
import json

import pytest

TINY = ("--cfg-options", "model.backbone.arch=FLIP-demo", "model.backbone.image_size=64")


def test_times_of_every_batch_size_and_equal_scores(run_tool, capsys, tmp_path):
    flags = ("--batch-sizes", 1, 3, "--repeats", 2, "--device", "cpu", "--json", tmp_path / "result.json", "--exports")
    run_tool("benchmarks/inference.py", "flip_mcl_p1", *flags, *TINY, "model.backbone.weights_format=openai-jit")
    head, *rows = capsys.readouterr().out.splitlines()
    assert head == "FLIP-demo, 12 prompts, cpu, 1 threads"
    differences = [float(row.rpartition(" ")[2]) for row in rows if row.startswith("Largest difference of a score: ")]
    assert len(differences) == 2
    assert max(differences) < 1e-5
    results = json.loads((tmp_path / "result.json").read_text())["results"]
    assert [(result["part"], result["way"], result["units"]) for result in results] == [
        (f"prediction, FLIP-demo, batch {size}", way, size) for size in (1, 3) for way in ("plain", "cached", "deployed")
    ]
    for result in results:
        (gain,) = (row for row in rows if row.startswith(f"{result['part']}, {result['way']}: "))
        assert f"  {result['ratio']:.2f}x" in gain
        assert result["ratio"] == 1 if result["way"] == "plain" else result["ratio"] > 0


def test_model_files_take_turns_with_the_others(run_tool, capsys, tmp_path):
    pytest.importorskip("onnxscript")
    ways = ("safetensors", "onnx", "int8")
    flags = ("--batch-sizes", 2, "--turns", 2, "--device", "cpu", "--json", tmp_path / "result.json", "--exports", *ways)
    run_tool("benchmarks/inference.py", "flip_mcl_p1", *flags, "--threads", 1, 2, *TINY)
    results = json.loads((tmp_path / "result.json").read_text())["results"]
    assert [(result["part"], result["way"]) for result in results] == [
        (f"prediction, FLIP-demo, batch 2, {threads} threads", way)
        for threads in (1, 2)
        for way in ("plain", "cached", "deployed", *ways)
    ]
    notes = {result["way"]: result["notes"] for result in results}
    assert max(notes[way]["largest_difference"] for way in ("cached", "deployed", "safetensors", "onnx")) < 1e-5
    assert notes["int8"]["largest_difference"] < 0.1
    assert notes["int8"]["mib"] < 0.7 * notes["onnx"]["mib"] < notes["plain"]["mib"]
    assert all(note["p99_ms"] > 0 for note in notes.values())
    assert "int8: p50 " in capsys.readouterr().out


def test_refused_options(run_tool, capsys):
    with pytest.raises(ValueError, match="FLIPVHead has no text tower, there is nothing to compare"):
        run_tool("benchmarks/inference.py", "flip_v_p1", *TINY)
    with pytest.raises(SystemExit):
        run_tool("benchmarks/inference.py", "flip_it_p1", "--repeats", 0)
    assert "must be at least 1" in capsys.readouterr().err


@pytest.mark.parametrize(("flags", "turns"), [((), 10), (("--repeats", "3"), 3), (("--turns", "4"), 4)])
def test_two_names_for_the_number_of_turns(load_tool, monkeypatch, flags, turns):
    monkeypatch.setattr("sys.argv", ["inference.py", "flip_it_p1", *flags])
    assert load_tool("benchmarks/inference.py").parse_args().turns == turns
