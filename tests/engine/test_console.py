# SPDX-License-Identifier: Apache-2.0
"""The output of a training and a test, for a classifier and metric of MMPretrain and for FLIP."""

import itertools
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.registry import RUNNERS
from mmpretrain.registry import DATASETS

from flip_mm.engine import QuietRunner
from flip_mm.engine.console.printing import quieten, show
from flip_mm.engine.console.progress import Progress
from flip_mm.engine.result_hook import one_line

NUMBER = itertools.count()
HOOKS = dict(
    logger=dict(type="LoggerHook", interval=1),
    checkpoint=dict(type="CheckpointHook", interval=1, save_best="accuracy/top1", rule="greater"),
    banner=dict(type="BannerHook"),
    progress_bar=dict(type="ProgressBarHook"),
    result=dict(type="ResultHook"),
)


@DATASETS.register_module()
class EightGreyImages(BaseDataset):
    """Of two classes; black and white."""

    METAINFO = dict(classes=("black", "white"))

    def load_data_list(self):
        return [dict(img=np.full((32, 32, 1), 255 * (i % 2), np.uint8), gt_label=i % 2) for i in range(8)]


@pytest.fixture
def runner(tmp_path):
    """runner(log_level=...): of LeNet on eight images, two epochs."""

    def build(**settings):
        pipeline = [dict(type="PackInputs")]
        data = dict(type="EightGreyImages", pipeline=pipeline)
        loader = dict(batch_size=4, num_workers=0, dataset=data, collate_fn=dict(type="default_collate"))
        loader = dict(loader, sampler=dict(type="DefaultSampler", shuffle=False))
        head = dict(type="LinearClsHead", num_classes=2, in_channels=84, topk=(1,))
        backbone = dict(type="LeNet5", num_classes=-1)
        neck = dict(type="GlobalAveragePooling")
        model = dict(type="ImageClassifier", backbone=backbone, neck=neck, head=dict(head, in_channels=120))
        cfg = dict(
            runner_type="QuietRunner",
            default_scope="mmpretrain",
            model=model | dict(data_preprocessor=dict(mean=[127], std=[127], num_classes=2)),
            work_dir=str(tmp_path / "work"),
            train_dataloader=loader,
            val_dataloader=loader,
            test_dataloader=loader,
            train_cfg=dict(by_epoch=True, max_epochs=2),
            val_cfg=dict(),
            test_cfg=dict(),
            val_evaluator=dict(type="Accuracy", topk=(1,)),
            test_evaluator=dict(type="Accuracy", topk=(1,)),
            optim_wrapper=dict(optimizer=dict(type="SGD", lr=0.01)),
            default_hooks=HOOKS,
            randomness=dict(seed=0),
            experiment_name=f"test_console_{next(NUMBER)}",
        )
        return RUNNERS.build(Config(cfg | settings))

    return build


def test_any_classifier_and_metric(runner, capfd, tmp_path):
    training = runner()
    assert type(training) is QuietRunner
    training.train()
    said, errors = capfd.readouterr()
    lines = said.splitlines()
    assert errors == ""
    assert lines[0].startswith("Training test_console_")
    assert " on CPU, 1 process, 1 thread" in lines[0]
    assert [line.split()[0] for line in lines[1:8]] == [
        *("run", "trains", "validates", "method", "weights", "iterations", "checkpoint")
    ]
    assert "  trains on    8 samples of EightGreyImages" in lines
    assert any(line.startswith("  method       ImageClassifier with LeNet5 and LinearClsHead, 0.1 M") for line in lines)
    assert "  iterations   2 epochs, 4 images a step, validation every 1" in lines
    start = "  checkpoint   every 1 epochs; best: highest accuracy/top1, checkpoint chosen on all validation images"
    assert any(line.startswith(start) for line in lines)
    assert "  metrics      Accuracy" in lines
    steps = [line for line in lines if line.startswith("train ")]
    assert [line.split()[1] for line in steps] == ["1/4", "2/4", "3/4", "4/4"]
    assert all("loss=" in line and line.endswith("left") for line in steps)
    validations = [line for line in lines if line.startswith("validation at")]
    assert len(validations) == 2
    assert validations[1].startswith("validation at 4/4: accuracy/top1 ")
    assert "(best accuracy/top1 " in validations[1]
    assert lines[-1].startswith("Trained to iteration 4 in 00:0")
    assert "best_accuracy_top1_epoch_" in lines[-1]
    assert len(lines) < 25

    (log,) = tmp_path.glob("work/*/*.log")
    text = log.read_text()
    for part in ("System environment:", "Config:", "Hooks will be executed", "Epoch(train)", *lines[:9]):
        assert part in text
        assert part in lines or part not in said

    test = runner(load_from=str(tmp_path / "work/epoch_2.pth"))
    test.test()
    said = capfd.readouterr().out.splitlines()
    assert said[0].startswith("Testing ")
    assert f"  weights      {tmp_path / 'work/epoch_2.pth'}" in said
    assert said[-2].startswith("accuracy/top1 ")
    assert said[-1].startswith("Files in ")
    assert said[-1].endswith(".log")
    assert "Loads checkpoint" not in "".join(said)


def test_the_full_console(runner, capfd):
    runner(log_level="DEBUG")
    assert "Hooks will be executed in the following order" in capfd.readouterr().out


def test_one_of_two_processes_prints(runner, processes, capfd):
    def run(rank):
        runner(
            launcher="pytorch",
            env_cfg=dict(dist_cfg=dict(backend="gloo")),
            train_dataloader=None,
            train_cfg=None,
            optim_wrapper=None,
        ).test()

    processes(2, run)
    said = capfd.readouterr().out
    assert said.count("Testing ") == said.count("accuracy/top1 ") == said.count("Files in ") == 1
    assert "on CPU, 2 processes, 1 thread each" in said


def test_warnings_and_errors_are_printed_and_the_rest_is_not(capfd, tmp_path):
    logger = logging.Logger("own")
    logger.addHandler(logging.StreamHandler())
    file = logging.FileHandler(tmp_path / "log")
    logger.addHandler(file)
    quieten(logger)
    logger.info("chatter")
    show(logger, "for people")
    logger.warning("careful: %s", "x")
    logger.error("wrong")
    file.close()
    assert capfd.readouterr().err == "for people\nWARNING: careful: x\nERROR: wrong\n"
    assert (tmp_path / "log").read_text() == "chatter\nfor people\ncareful: x\nwrong\n"


def test_lines_of_a_long_training(monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: False)
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    lines = []
    progress = Progress("train", 100, 10, lines.append)
    for _ in range(90):
        now[0] += 40
        progress.advance(lambda: "loss=1")
    # One at each fifth of the training, and one after three minutes or a fifth of the time so far without a line.
    assert lines[0] == "train 15/100  loss=1  56:40 left"
    counts = [int(line.split()[1].split("/")[0]) for line in lines]
    assert counts == [15, 20, 25, 30, 35, 40, 48, 58, 60, 73, 80, 98, 100]
    assert lines[-1] == "train 100/100  loss=1  00:00 left"


@pytest.mark.parametrize(
    ("metrics", "line"),
    [
        ({"target/HTER": 12.5, "target/AUC": 96.0, "target/ECE": 3.0, "target/threshold": 0.5}, "target HTER 12.50  AUC 96.00"),
        ({"dev/HTER": 1.0, "target/HTER": 2.0}, "dev HTER 1.00, target HTER 2.00"),
        ({"accuracy/top1": 90.0, "classes": [1, 2]}, "accuracy/top1 90.00"),
        ({f"m{i}": i for i in range(9)}, "  ".join(f"m{i} {i}.00" for i in range(6))),
        ({}, ""),
    ],
)
def test_metrics_in_one_line(metrics, line):
    assert one_line(metrics) == line


def test_the_banner_of_a_run(run_tool, shared_mcio, tmp_path, capfd):
    work = Path(tmp_path, "work")
    loaders = [f"{part}_dataloader.num_workers=0" for part in ("train", "val")]
    options = ["train_cfg.max_iters=2", "train_cfg.val_interval=2", f"experiment_name=test_console_{next(NUMBER)}", *loaders]
    flags = ("--data-root", shared_mcio, "--work-dir", work, "--holdout", 0.3)
    run_tool("train.py", "flip_v_demo", *flags, "--cfg-options", *options)
    said = capfd.readouterr().out
    assert "  run          ICM->O of protocol p1, holdout 0.3, seed 0\n" in said
    assert "I 4 real + 8 spoof" in said
    assert "O (target) 10 real + 20 spoof images of 15 videos" in said
    assert "(dev) " in said
    assert (
        "best: lowest target/HTER, checkpoint chosen on the target's own test set (optimistic); best: lowest dev/HTER, " in said
    )
    assert "  threshold    fitted on the same scores ('paper', optimistic)\n" in said
    assert "Learning rate" not in said
    (validation,) = [line for line in said.splitlines() if line.startswith("validation at 2/2: dev HTER ")]
    assert ", target HTER " in validation
    assert "(best target/HTER " in validation
    assert "(best dev/HTER " in validation
    assert torch.get_num_threads() == 1
