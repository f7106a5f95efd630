# SPDX-License-Identifier: Apache-2.0
"""Arguments of the commands that read a config."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from typing import Any

from flip_mm.apis.arguments import integer, nonempty, number
from flip_mm.datasets.protocols import RUNS

# Texts that only Python reads as numbers: 0_1, digits of other scripts.
ODD_NUMBER = re.compile(r"(?:^|[\[(,])\s*(?![0-9]+\s*(?:[\]),]|$))(\d[\d_]*)\s*(?:[\]),]|$)")

# Dicts, which mmengine's parser cannot read.
A_DICT = re.compile(r"""(?:^|[\[(,])\s*['"]?(?:dict\(|\{\s*['"]?\w+['"]?\s*:)""")


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of training and testing: those of MMPretrain, and the run of the protocol."""
    add_data_arguments(parser)
    parser.add_argument(
        "--work-dir", type=nonempty, help="folder of logs, plots and checkpoints (work_dirs/<config>/<target>_seed<seed>)"
    )
    parser.add_argument(
        "--seed", type=integer(0, 2**32 - 1), help="seed of sampling, augmentation and initialisation (config: 0)"
    )
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none", help="job launcher")
    parser.add_argument("--local_rank", "--local-rank", type=integer(0), default=0, help=argparse.SUPPRESS)


def add_data_arguments(parser: argparse.ArgumentParser) -> None:
    """Add arguments for the config, the run of the protocol, and settings to override."""
    parser.add_argument("config", type=nonempty, help="path of the config file, or name of a shipped one")
    # load_config reads these for every command; add_common_arguments makes them options.
    parser.set_defaults(work_dir=None, seed=None, launcher="none", local_rank=0)
    parser.add_argument(
        "--data-root",
        type=nonempty,
        help="folder of the data set, instead of the config's data/...; or several: MCIO=FOLDER WCS=FOLDER",
    )
    parser.add_argument(
        "--depth-root",
        type=nonempty,
        metavar="DIR",
        help="folder of depth maps, for methods that train on them (docs/depth.md)",
    )
    run = parser.add_argument_group(
        "run",
        "run of a protocol; default: the run in the config. In a test, --shots, --unlabelled and --holdout must be those of "
        "the training",
    )
    run.add_argument("--protocol", help=f"{', '.join(RUNS)}, or a registered one; without --target its first run")
    run.add_argument("--target", help="domain to test on, e.g. M, C, I or O for protocol 1")
    run.add_argument("--source", help="source domain, for protocols with several runs per target")
    run.add_argument("--shots", type=integer(0), help="target images per class in the training (0)")
    run.add_argument(
        "--holdout",
        type=number(0, 1),
        help="share of the source videos that do not train: development set, to choose threshold and checkpoint (0)",
    )
    run.add_argument("--unlabelled", choices=["train", "test"], help="list of target images to train on without labels")
    run.add_argument(
        "--aux", action=argparse.BooleanOptionalAction, help="train with or without the auxiliary domain (CelebA-Spoof)"
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        action=Options,
        help="settings to override, key=value with dots, e.g. model.backbone.arch=ViT-B-32 train_cfg.max_iters=10; "
        'lists as key="[a,b]"',
    )


class Options(argparse.Action):
    """mmengine's ``key=value``, with argparse's errors for wrong values."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: Any = None) -> None:
        """Parse the options."""
        for value in values:
            key, equals, _ = value.partition("=")
            if not (equals and key.strip()):
                parser.error(f"argument --cfg-options: '{value}' is no key=value, e.g. train_cfg.max_iters=10")
            setting = key.partition(".")[0]
            if A_DICT.search(value.partition("=")[2]):
                parser.error(
                    f"argument --cfg-options: '{value}' contains a dict, and the command line takes only numbers, words and "
                    f"lists of them: write a config of two lines, _base_ = ['the config to change'] and {setting} = ..."
                )
            if odd := ODD_NUMBER.search(value.partition("=")[2]):
                parser.error(f"argument --cfg-options: '{value}': mmengine would read '{odd[1]}' as the number {int(odd[1])}")
        from flip_mm.utils.option_value import option_value

        read = dict(getattr(namespace, self.dest) or {})
        for value in values:
            key, _, text = value.partition("=")
            try:
                read[key] = option_value(text)
            except ValueError as error:
                reason = error.__cause__ or "its brackets"
                parser.error(f"argument --cfg-options: the value of '{value}' cannot be read: {reason}")
        setattr(namespace, self.dest, read)


def evaluator_without_effect(options: Mapping[str, Any] | None, reads: str, other: str) -> str:
    """Describe options for an evaluator that the command does not read, unless the one that it reads has options, too.

    Args:
        options: From ``--cfg-options``.
        reads: The evaluator that the command reads: ``'val_evaluator'`` or ``'test_evaluator'``.
        other: The other one.

    Returns:
        One sentence; '' if there is nothing to say.
    """
    names = [option for option in options or {} if option.partition(".")[0] == other]
    if not names or any(option.partition(".")[0] == reads for option in options or {}):
        return ""
    better = f"{reads}{names[0].removeprefix(other)}={(options or {})[names[0]]}"
    return f"--cfg-options {names[0]} has no effect here, this command reads {reads}: use {better}"
