# SPDX-License-Identifier: Apache-2.0
import json

import open_clip
import pytest

SMALL = ("--arch", "tiny-flip", "--batch", 2, "--turns", 1, "--device", "cpu")


@pytest.fixture
def tiny(arch, tmp_path):
    (tmp_path / "tiny-flip.json").write_text(json.dumps(arch))
    open_clip.add_model_config(tmp_path)


def test_both_ways_compute_the_same_losses(tiny, run_tool, capsys, tmp_path):
    run_tool("benchmarks/train_step.py", *SMALL, "--grad-checkpointing", "--json", tmp_path / "result.json")
    _, difference, *_ = capsys.readouterr().out.splitlines()
    assert float(difference.split(": ")[1].split()[0]) < 1e-4
    step, ours, *optimizers = json.loads((tmp_path / "result.json").read_text())["results"]
    assert [step["way"], ours["way"], *(row["way"] for row in optimizers)] == ["plain", "ours", "default", "fused"]
    for row in (step, ours):
        notes = row["notes"]
        assert 0 < notes["mfu"] < 1.5
        assert min(notes["forward_backward_s"], notes["optimizer_s"], row["seconds"]) > 0
        assert notes["gflop"] == step["notes"]["gflop"]


def test_a_device_that_is_not_there(run_tool, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(ValueError, match=r"^--device cuda: PyTorch finds no GPU here; use --device cpu\.$"):
        run_tool("benchmarks/train_step.py", "--device", "cuda")
