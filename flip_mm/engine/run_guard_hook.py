# SPDX-License-Identifier: Apache-2.0
"""Stop before training when the dataloaders do not belong to the same run."""

from __future__ import annotations

from dataclasses import fields

from mmengine.dataset import BaseDataset
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from flip_mm.datasets import FASDataset


@HOOKS.register_module()
class RunGuardHook(Hook):
    """Training on the target must be impossible by accident.

    Compares the run of the training set with that of the validation set, and the run's target with the domains that the
    training set really holds.

    Raises:
        ValueError: Naming the dataloaders and the keys that differ, or the target's images in the training set.
    """

    priority = "VERY_HIGH"

    def before_train(self, runner: Runner) -> None:
        """Check once, before the first iteration."""
        train = runner.train_loop.dataloader.dataset
        if not isinstance(train, FASDataset):
            return
        if runner.val_loop is not None:
            compare_runs(train, runner.val_loop.dataloader.dataset, "val_dataloader")
        domains = {domain for domain, _ in train.streams}
        if train.run.target in domains and not train.run.shots:
            raise ValueError(
                f"train_dataloader trains on {', '.join(sorted(domains))}, and {train.run.target} is the target of the run."
            )


def compare_runs(train: FASDataset, other: BaseDataset, name: str) -> None:
    """Raise where two datasets belong to different runs."""
    if not isinstance(other, FASDataset):
        raise ValueError(f"{name}.dataset is a {type(other).__name__}, it must be a FASDataset like train_dataloader's.")
    different = {
        field.name: (getattr(train.run, field.name), getattr(other.run, field.name))
        for field in fields(train.run)
        if getattr(train.run, field.name) != getattr(other.run, field.name)
    }
    if different:
        text = "; ".join(f"{key}: {a!r} against {b!r}" for key, (a, b) in different.items())
        raise ValueError(
            f"train_dataloader and {name} belong to different runs: {text}. Set the same run in all of them "
            "(*_dataloader.dataset.run), or use --target, which does."
        )
