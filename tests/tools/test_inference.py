# SPDX-License-Identifier: Apache-2.0
import re

import pytest

TINY = ("--cfg-options", "model.backbone.arch=FLIP-demo", "model.backbone.image_size=64")


def test_times_of_every_batch_size_and_equal_scores(run_tool, capsys):
    flags = ("--batch-sizes", 1, 3, "--repeats", 2, "--device", "cpu")
    run_tool("benchmarks/inference.py", "flip_mcl_p1", *flags, *TINY, "model.backbone.weights_format=openai-jit")
    head, _, *rows = capsys.readouterr().out.splitlines()
    assert head == "FLIP-demo, 12 prompts, cpu, 1 threads"
    row = r" +(\d+) +(\d+) ms +(\d+) ms \((\d+\.\d\d)x\) +(\d+) ms \((\d+\.\d\d)x\)  (\d\.\de[-+]\d\d)"
    found = [re.fullmatch(row, line).groups() for line in rows]
    assert [size for size, *_ in found] == ["1", "3"]
    for _, plain, kept, gain, _, _, difference in found:
        assert float(difference) < 1e-5
        # Both times are rounded to 1 ms.
        assert (float(plain) - 1) / (float(kept) + 1) < float(gain) < (float(plain) + 1) / max(float(kept) - 1, 0.01)


def test_refused_options(run_tool, capsys):
    with pytest.raises(ValueError, match="FLIPVHead has no text tower, there is nothing to compare"):
        run_tool("benchmarks/inference.py", "flip_v_p1", *TINY)
    with pytest.raises(SystemExit):
        run_tool("benchmarks/inference.py", "flip_it_p1", "--repeats", 0)
    assert "must be at least 1" in capsys.readouterr().err
