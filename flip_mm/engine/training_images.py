# SPDX-License-Identifier: Apache-2.0
"""The training images of a run without shuffling and augmentation."""

from __future__ import annotations

from mmengine.runner import Runner
from mmpretrain.registry import DATASETS
from torch.utils.data import DataLoader, SequentialSampler


def training_images(runner: Runner, unlabelled: bool = False) -> DataLoader:
    """Return the training images in the order of their list, with the pipeline of the test.

    Args:
        runner: The runner of a training.
        unlabelled: Whether to include the unlabelled images of the target, which come last.
    """
    train, test = runner.cfg.train_dataloader.dataset, runner.cfg.test_dataloader
    run = {name: value for name, value in train.run.items() if unlabelled or name != "unlabelled"}
    dataset = DATASETS.build({**train, "run": run, "pipeline": test.dataset.pipeline})
    loader = {**test, "dataset": dataset, "sampler": SequentialSampler(dataset), "persistent_workers": False}
    return runner.build_dataloader(loader)
