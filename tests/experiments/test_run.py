# SPDX-License-Identifier: Apache-2.0
"""flip_mm run with real trainings of a few steps."""

import json
import os
import signal
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")


@pytest.fixture
def undisturbed(start_runner, tiny_options, tmp_path):
    """Content of results.csv of a run that nobody disturbed."""

    def run(*arguments):
        folder = tmp_path / "undisturbed"
        assert start_runner.wait(start_runner(*arguments, "--work-dir", folder, *tiny_options)) == 0
        return (folder / "results.csv").read_bytes()

    return run


def test_killed_twice_and_restarted_it_ends_with_the_same_results(
    start_runner, undisturbed, tiny_options, tmp_path, wait, running
):
    arguments = ("flip_v_demo", "--runs", "O", "--parallel", "1")
    folder = tmp_path / "killed"
    log = folder / "flip_v_demo/O_no-aux_seed0/train.log"
    for step in (2, 4):
        runner = start_runner(*arguments, "--work-dir", folder, *tiny_options)
        wait(lambda step=step: log.is_file() and f"train {step}/6" in log.read_text())
        (training,) = children(runner)
        os.kill(runner, signal.SIGKILL)
        start_runner.wait(runner)
        wait(lambda training=training: not running(training))
    # Two at once: one does the job, the other one waits for it.
    runners = [start_runner(*arguments, "--work-dir", folder, *tiny_options) for _ in range(2)]
    assert [start_runner.wait(runner) for runner in runners] == [0, 0]
    record = json.loads((log.parent / "record.json").read_text())
    assert record["iterations"] == {"done": 6, "planned": 6}
    assert record["time"]["resumed"] == 2
    assert log.read_text().count("$ flip_mm train") == 3
    assert (folder / "results.csv").read_bytes() == undisturbed(*arguments)


def children(pid):
    """Process ids of the children of all threads of a process."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]
