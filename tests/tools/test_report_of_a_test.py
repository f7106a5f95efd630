# SPDX-License-Identifier: Apache-2.0
"""A test with --report writes an HTML page."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("small_vocabulary")
ROOT = Path(__file__).parents[2]


def test_a_page_after_a_test(run_tool, shared_mcio, tmp_path):
    config = ROOT / "configs/flip_v_demo.py"
    flags = ("--data-root", shared_mcio, "--target", "O", "--work-dir")
    options = [
        "train_cfg.max_iters=2",
        "train_cfg.val_interval=2",
        *(f"{n}_dataloader.num_workers=0" for n in ("train", "val", "test")),
    ]
    run_tool("train.py", config, *flags, tmp_path, "--cfg-options", *options, "experiment_name=report_1")
    (checkpoint,) = tmp_path.glob("best_*.pth")
    run_tool("test.py", config, checkpoint, *flags, tmp_path, "--report", "--cfg-options", *options, "experiment_name=report_2")
    page = (tmp_path / "report.html").read_text()
    assert checkpoint.name in page
    # The record of this very test is there, with the hash of the checkpoint.
    assert re.search(r"hash of the checkpoint</th><td><code>[0-9a-f]{64}<", page)
    assert "data:image/jpeg" in page
    assert "<code>--no-pictures</code>" in page
    plain = tmp_path / "plain"
    arguments = (*flags, plain, "--report", "--no-pictures", "--cfg-options", *options, "experiment_name=report_3")
    run_tool("test.py", config, checkpoint, *arguments)
    assert "data:image/jpeg" not in (plain / "report.html").read_text()
