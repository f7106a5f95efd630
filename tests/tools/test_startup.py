# SPDX-License-Identifier: Apache-2.0
import json
import subprocess
import time

import pytest


def test_each_command_starts_and_its_processor_time_is_measured(run_tool, monkeypatch, tmp_path):
    class Fake(subprocess.Popen):
        """Python code of two lengths; imports of packages take too long for a test."""

        def __init__(self, command, **kwargs):
            code = "sum(range(4_000_000))" if "import torch, mmengine.runner, mmpretrain, open_clip" in command else "pass"
            super().__init__([command[0], "-S", "-c", code], **kwargs)

    monkeypatch.setattr(subprocess, "Popen", Fake)
    run_tool("benchmarks/startup.py", "--turns", 2, "--json", tmp_path / "startup.1.json")
    plain, *others = json.loads((tmp_path / "startup.1.json").read_text())["results"]
    assert (plain["way"], plain["ratio"]) == ("plain", 1)
    assert {result["way"] for result in others} >= {"torch alone", "import flip_mm", "flip_mm train --help"}
    for result in others:
        assert 0 < result["seconds"] < plain["seconds"]
        assert result["ratio"] > 1
        assert result["notes"]["wall-clock seconds"] > 0
        assert result["peak_mib"] > 2


def test_a_command_that_fails_is_refused(load_tool):
    start = load_tool("benchmarks/startup.py").Start(["-S", "-c", "raise ValueError('no')"])
    with pytest.raises(RuntimeError, match=r"(?s)^-S -c raise ValueError.*failed:.*ValueError: no"):
        start()


def test_processor_time_is_not_wall_clock_time(load_tool):
    start = load_tool("benchmarks/startup.py").Start(["-S", "-c", "import time; time.sleep(0.5)"])
    before = time.perf_counter()
    cpu, _ = start()
    assert start.wall == [pytest.approx(time.perf_counter() - before, abs=0.3)]
    assert start.wall[0] > 0.5 > cpu
