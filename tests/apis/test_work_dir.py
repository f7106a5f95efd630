# SPDX-License-Identifier: Apache-2.0
"""A run that is refused leaves no folder behind, however late the refusal comes."""

import itertools
import os

import pytest

pytestmark = pytest.mark.usefixtures("small_vocabulary")

NUMBER = itertools.count()
QUICK = [
    "train_cfg.max_iters=2",
    "train_cfg.val_interval=2",
    *(f"{p}_dataloader.num_workers=0" for p in ("train", "val", "test")),
]
REFUSED = {
    "data": ("train.py", ("--data-root", "nowhere"), ()),
    "weights": ("train.py", (), ("model.backbone.pretrained=no/such.pt",)),
    "model": ("train.py", (), ("model.backbone.embed=3",)),
    "image size": ("train.py", (), ("model.backbone.image_size=96",)),
    "loss": (
        "train.py",
        (),
        ("optim_wrapper.optimizer.lr=1e30", "train_dataloader.sampler.seed=0", "optim_wrapper.loss_scale=1"),
    ),
    "log level": ("train.py", (), ("log_level=NOISE",)),
    "resumed weights": ("train.py", ("--resume", "CHECKPOINT"), ("model.head.logit_scale=1.5",)),
    "resumed seed": ("train.py", ("--resume", "CHECKPOINT", "--seed", 7), ()),
    "another method": ("test.py", ("CHECKPOINT",), ("model.head.type=FLIPITHead",)),
    "no checkpoint": ("test.py", ("gone.pth",), ()),
    "another target": ("test.py", ("CHECKPOINT", "--target", "M"), ()),
    "test data": ("test.py", ("CHECKPOINT", "--data-root", "nowhere"), ()),
    "threshold": ("test.py", ("CHECKPOINT",), ("test_evaluator.threshold=2",)),
}


def arguments(flags, options, checkpoint):
    flags = [checkpoint if flag == "CHECKPOINT" else flag for flag in flags]
    return ["flip_v_demo", *flags], ["--cfg-options", *QUICK, *options, f"experiment_name=test_refused_{next(NUMBER)}"]


@pytest.fixture(scope="module")
def checkpoint(old_files, tmp_path_factory):
    """Filled by the first test that trains."""
    return tmp_path_factory.mktemp("trained") / "iter_2.pth"


@pytest.fixture
def trained(checkpoint, end_tool, shared_mcio):
    if not checkpoint.is_file():
        first, options = arguments((), (), checkpoint)
        assert end_tool("train.py", *first, "--data-root", shared_mcio, "--work-dir", checkpoint.parent, *options) == 0
    return checkpoint


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("work", ["new/deep/work", None, "old"], ids=["nested", "default", "existing"])
def test_a_refused_run_leaves_no_folder(end_tool, trained, shared_mcio, tmp_path, monkeypatch, capfd, case, work):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    earlier = tmp_path / "old/flip_v_demo.py"
    earlier.write_text("# of an earlier run")
    tool, flags, options = REFUSED[case]
    first, last = arguments(flags, options, trained)
    data = [] if "--data-root" in flags else ["--data-root", shared_mcio]
    code = end_tool(tool, *first, *data, *(["--work-dir", work] if work else []), *last)
    assert code == 2, capfd.readouterr().err
    assert [path for path, _, _ in os.walk(tmp_path)] == [str(tmp_path), str(tmp_path / "old")]
    assert os.listdir(tmp_path / "old") == ["flip_v_demo.py"]
    assert earlier.read_text() == "# of an earlier run"
