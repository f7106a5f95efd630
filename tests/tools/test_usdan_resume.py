# SPDX-License-Identifier: Apache-2.0
"""The validation images that USDAN counts are the same after a resume."""

from pathlib import Path

import torch
from fixtures.comparison import equal

CONFIG = Path(__file__).parents[2] / "configs/usdan/usdan_un_demo.py"


def test_a_resumed_training_counts_the_same_images(run_tool, shrunk, shared_mcio, tmp_path, monkeypatch):
    monkeypatch.setattr("flip_mm.visualization.plot_report", lambda *_: [])
    cfg, path = shrunk(CONFIG), tmp_path / "usdan.json"
    cfg.train_cfg.update(max_iters=4, val_interval=2)
    cfg.default_hooks.checkpoint.update(interval=2, max_keep_ckpts=-1)
    cfg.dump(path)
    for folder, resume in (("work", ()), ("again", ("--resume", tmp_path / "work/iter_2.pth"))):
        flags = ("--target", "O", "--data-root", shared_mcio, "--work-dir", tmp_path / folder)
        run_tool("train.py", path, *flags, *resume, "--cfg-options", f"experiment_name=usdan_{folder}")
    last, again = (torch.load(tmp_path / folder / "iter_4.pth", weights_only=False) for folder in ("work", "again"))
    assert equal(last["state_dict"], again["state_dict"])
    # Four steps, and two validations of 30 images; a checkpoint is stored after the validation of its iteration.
    assert last["state_dict"]["discriminator.reversal.count"] == 64
