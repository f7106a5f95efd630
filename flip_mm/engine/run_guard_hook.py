# SPDX-License-Identifier: Apache-2.0
"""Stop before the first image is read when what trains and what tests do not belong to the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import DATASETS, HOOKS

from flip_mm.datasets import FASDataset, Run, get_run

# Dataloader -> the split that it must read.
SPLITS = {"train_dataloader": "train", "val_dataloader": "test", "test_dataloader": "test"}


@HOOKS.register_module()
class RunGuardHook(Hook):
    """Training on the target must be impossible by accident.

    Compares the runs of all dataloaders of the config with each other, and with the run that a checkpoint was trained in.

    Raises:
        ValueError: Dataloaders belong to different runs or read the wrong split, a threshold is to come from held-out videos
            and there are none, a checkpoint has seen more of the target or of the development set than the run says, or a
            training is resumed in another run or with another seed; the message names what differs.
    """

    priority = "VERY_HIGH"

    def __init__(self) -> None:
        self.run: Run | None = None

    def before_run(self, runner: Runner) -> None:
        """Compare the dataloaders, and the figures that are wanted with the data that there are."""
        self.run = common_run(runner.cfg)
        check_thresholds(runner.cfg, self.run)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare with the run that is stored in the checkpoint; files of other programs store none."""
        meta = checkpoint.get("meta", {})
        if runner.cfg.get("resume") and meta.get("seed") not in (None, runner.seed):
            raise ValueError(
                f"The training to be resumed has the seed {meta['seed']}, this one {runner.seed}: batches would follow one and "
                f"dropout the other. Resume with --seed {meta['seed']}."
            )
        trained = meta.get("dataset_meta", {}).get("run")
        if self.run is None or not trained:
            return
        seen = (*trained["sources"], *trained["aux"])
        # Protocol intra divides the target's own videos, as long as both sides do.
        if self.run.target in seen and not self.run.protocol == trained["protocol"] == "intra":
            raise ValueError(
                f"The checkpoint was trained on {', '.join(seen)} and the target of this run is {self.run.target}: a figure on "
                f"it would be worthless. Use --target {trained['target']}, or a checkpoint that has not seen the target."
            )
        if self.run.holdout > trained["holdout"]:
            raise ValueError(
                f"The checkpoint was trained with holdout={trained['holdout']} and has seen videos of the development set of "
                f"this run, holdout={self.run.holdout}. "
                + (f"Use --holdout {trained['holdout']}" if trained["holdout"] else "Test it without --holdout and 'deploy'")
                + f", or train with --holdout {self.run.holdout}."
            )
        if self.run.target == trained["target"] and self.run.shots < trained["shots"]:
            raise ValueError(
                f"The checkpoint was trained with {trained['shots']} image(s) per class of {self.run.target}, the target, and "
                f"this run has shots={self.run.shots}: the figure would pass for one without them. Use --shots "
                f"{trained['shots']}, or a checkpoint that was trained with --shots {self.run.shots}."
            )
        unlabelled = trained.get("unlabelled", "")
        if self.run.target == trained["target"] and unlabelled and self.run.unlabelled != unlabelled:
            raise ValueError(
                f"The checkpoint was trained with images of {self.run.target}, the target, without their labels "
                f"(run.unlabelled={unlabelled!r}), and this run has unlabelled={self.run.unlabelled!r}: the result would pass "
                f"for one without them. Set run.unlabelled={unlabelled!r} in every dataloader, or use another checkpoint."
            )
        different = difference(trained, vars(self.run))
        if different and runner.cfg.get("resume"):
            raise ValueError(f"The training to be resumed belongs to another run: {different}. Use its --target and config.")
        if different:
            runner.logger.info(f"The checkpoint was trained in another run that has not seen the target: {different}.")


def common_run(cfg: Mapping) -> Run | None:
    """The run that all dataloaders of a config share; None where no ``FASDataset`` is in it.

    Raises:
        ValueError: Two dataloaders differ, or one reads the wrong split.
    """
    datasets = {name: cfg[name]["dataset"] for name in SPLITS if cfg.get(name)}
    runs = {name: get_run(**dataset["run"]) for name, dataset in datasets.items() if is_fas(dataset)}
    if not runs:
        return None
    first, run = next(iter(runs.items()))
    for name, dataset in datasets.items():
        if name not in runs:
            raise ValueError(f"{name}.dataset is a {dataset['type']}, it must be a FASDataset like that of {first}.")
        if dataset["split"] != SPLITS[name]:
            raise ValueError(f"{name}.dataset.split must be {SPLITS[name]!r}, got {dataset['split']!r}.")
        if runs[name] != run:
            raise ValueError(
                f"{first} and {name} belong to different runs: {difference(vars(run), vars(runs[name]))}. Set the same run in "
                "all of them (*_dataloader.dataset.run), or use --target, which does."
            )
    return run


def check_thresholds(cfg: Mapping, run: Run | None) -> None:
    """Refuse a threshold from held-out source videos where none are held out.

    Raises:
        ValueError: An evaluator has ``threshold='deploy'`` and the run has no holdout.
    """
    for name in ("val_evaluator", "test_evaluator"):
        metrics = cfg.get(name) or ()
        for metric in (metrics,) if isinstance(metrics, Mapping) else metrics:
            if metric.get("threshold") == "deploy" and run is not None and not run.holdout:
                raise ValueError(
                    f"{name}.threshold='deploy' takes the threshold from held-out source videos, and this run holds out none: "
                    "use --holdout 0.1, or threshold='paper' or a number."
                )


def difference(one: Mapping, other: Mapping) -> str:
    """The fields in which two runs differ, in words; empty where they are the same. Old checkpoints lack the last fields."""
    pairs = [(field.name, one.get(field.name, field.default), other.get(field.name, field.default)) for field in fields(Run)]
    return "; ".join(f"{name}: {mine!r} against {theirs!r}" for name, mine, theirs in pairs if mine != theirs)


def is_fas(dataset: Mapping) -> bool:
    """Whether a dataset's config is one of ``FASDataset`` or of a class made from it."""
    kind = dataset["type"]
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    return isinstance(kind, type) and issubclass(kind, FASDataset)
