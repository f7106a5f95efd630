# SPDX-License-Identifier: Apache-2.0
"""Train configs in all runs of a protocol with several seeds, several at a time, and collect the results.

A run that is finished is skipped, one that was stopped is continued: the same command continues an experiment.

flip_mm run flip_v_p1 flip_it_p1 flip_mcl_p1 --seeds 0-4 --work-dir work_dirs/paper
flip_mm run flip_mcl_p3 --runs C-I,M-I --seeds 0 --gpus 0,1 --work-dir work_dirs/p3
"""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from flip_mm.apis.arguments import integer, nonempty, number
from flip_mm.utils.shipped import config_file

from .answers import OPTIONS
from .config_arguments import Options
from .parser import Parser

if TYPE_CHECKING:
    from flip_mm.experiments.pool import Pool

SEEDS = "0"


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__, OPTIONS["run"])
    parser.add_argument(
        "configs", nargs="+", metavar="CONFIG", type=nonempty, help="configs, or names of shipped ones; or one grid (YAML)"
    )
    parser.add_argument("--work-dir", type=nonempty, required=True, help="folder of all trainings and of results.csv")
    what = parser.add_argument_group("what is trained")
    what.add_argument("--protocol", help="protocol (that of each config)")
    what.add_argument("--runs", default="all", help="all (default), targets M,O or runs C-I")
    what.add_argument("--seeds", default=SEEDS, help=f"seeds: 0-4 or 0,2,5 ({SEEDS})")
    what.add_argument("--shots", help="target images per class in the training: 0,5 trains everything twice (config's)")
    what.add_argument("--holdout", type=number(0, 1), help="share of the source videos that do not train (config's)")
    what.add_argument("--unlabelled", choices=["train", "test"], help="list of target images to train on without labels")
    what.add_argument("--no-aux", dest="aux", action="store_const", const=False, help="no auxiliary domain (CelebA-Spoof)")
    what.add_argument("--data-root", type=nonempty, help="folder of the data set, instead of the config's data/...")
    what.add_argument("--cfg-options", nargs="+", action=Options, help="settings to override in all configs, key=value")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--gpus", help="GPUs, one training at a time on each: 0,1,2,3 (all)")
    where.add_argument("--parallel", type=integer(1, 1024), metavar="N", help="N trainings at a time on the CPU")
    where.add_argument("--slurm", type=nonempty, metavar="PARTITION", help="one job of Slurm for each training (docs/slurm.md)")
    parser.add_argument(
        "--slurm-options", nargs="+", metavar="KEY=VALUE", help="time, gpus, cpus-per-task, mem, or any option of sbatch"
    )
    return parser.parse_args()


def main() -> int:
    """Run all trainings.

    Returns:
        1 if a training failed.
    """
    args = parse_args()
    for config in args.configs:
        config_file(config)
    from flip_mm.experiments.choices import MOST_SHOTS, numbers, seeds
    from flip_mm.experiments.experiment import Experiment

    experiment = Experiment(
        configs=tuple(args.configs),
        work_dir=args.work_dir,
        protocol=args.protocol,
        runs=args.runs,
        seeds=seeds(args.seeds),
        shots=numbers(args.shots, "--shots", MOST_SHOTS) if args.shots is not None else (),
        holdout=args.holdout,
        aux=args.aux,
        unlabelled=args.unlabelled,
        data_root=args.data_root,
        cfg_options=args.cfg_options or {},
    )
    from flip_mm.experiments.job import State
    from flip_mm.experiments.progress import progress_on
    from flip_mm.experiments.run import run_interruptibly
    from flip_mm.experiments.summary import closing_text

    outcomes = run_interruptibly([experiment], _pool(args), progress_on(sys.stdout))
    print(closing_text(outcomes, args.work_dir))
    return int(any(outcome.state is State.FAILED for outcome in outcomes))


def _pool(args: Namespace) -> Pool:
    """Where the trainings run."""
    if args.slurm is None:
        if args.slurm_options:
            raise ValueError("--slurm-options are for --slurm PARTITION: add it, or leave them out.")
        from flip_mm.experiments.choices import HIGHEST_GPU, numbers
        from flip_mm.experiments.devices import devices
        from flip_mm.experiments.pool import LocalPool

        gpus = None if args.gpus is None else numbers(args.gpus, "--gpus", HIGHEST_GPU)
        return LocalPool(devices(gpus, args.parallel))
    from flip_mm.experiments.slurm_options import parse_options
    from flip_mm.experiments.slurm_pool import SlurmPool

    return SlurmPool(args.slurm, args.work_dir, parse_options(args.slurm_options or []))
