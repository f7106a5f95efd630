# SPDX-License-Identifier: Apache-2.0
"""A checkpoint without text tower gives the scores of the whole one."""

from pathlib import Path

import pytest
import torch

from flip_mm.compat import load_checkpoint_file
from flip_mm.evaluation import read_scores

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "configs/flip_mcl_demo.py"
QUICK = [
    "train_cfg.max_iters=1",
    "train_cfg.val_interval=1",
    *(f"{p}_dataloader.num_workers=0" for p in ("train", "val", "test")),
]


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    return tmp_path_factory.mktemp("deploy")


def test_deployed_checkpoints(run_tool, shared_mcio, work, capsys):
    data = ("--data-root", shared_mcio)

    def test(checkpoint, name, *options):
        flags = ("--work-dir", work / name, "--cfg-options", f"experiment_name=deploy_{name}", *QUICK, *options)
        run_tool("test.py", CONFIG, checkpoint, *data, *flags)
        return read_scores(work / name / "scores_target.csv")

    run_tool("train.py", CONFIG, *data, "--no-validate", "--work-dir", work, "--cfg-options", "experiment_name=deploy", *QUICK)
    whole, out = work / "iter_1.pth", work / "out.pth"
    run_tool("model_converters/deploy.py", CONFIG, whole, out)
    assert "1.4 of 4.9 million parameters" in capsys.readouterr().out
    content = load_checkpoint_file(out)
    assert content.keys() == {"meta", "state_dict"}
    assert content["meta"]["dataset_meta"]["run"]["target"] == "O"
    assert content["state_dict"]["class_embeddings"].shape == (2, 128)

    want, got = test(whole, "whole"), test(out, "deployed", "model.deploy=True")
    assert want.file.tolist() == got.file.tolist()
    torch.testing.assert_close(torch.tensor(got.score), torch.tensor(want.score), rtol=0, atol=1e-6)
    with pytest.raises(ValueError, match=r"It is a deployed model: set model.deploy=True"):
        test(out, "refused")

    with pytest.raises(FileExistsError, match="exists already: choose another name, or --overwrite"):
        run_tool("model_converters/deploy.py", CONFIG, whole, out)
    with pytest.raises(
        ValueError,
        match=r"iter_1.pth' does not fit the model of .*flip_v_demo.py. It was trained with flip_mcl_demo.py \(FLIPMCLHead",
    ):
        run_tool("model_converters/deploy.py", ROOT / "configs/flip_v_demo.py", whole, work / "v.pth")
    assert not (work / "v.pth").exists()
