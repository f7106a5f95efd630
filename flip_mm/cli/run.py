# SPDX-License-Identifier: Apache-2.0
"""Train configs in all runs of a protocol with several seeds, several at a time, and collect the results.

A run that is finished is skipped, one that was stopped is continued: the same command continues an experiment.

flip_mm run flip_v_p1 flip_it_p1 flip_mcl_p1 --seeds 0-4 --work-dir work_dirs/paper
flip_mm run grid.yaml --parallel 4
flip_mm run flip_mcl_p3 --runs C-I,M-I --seeds 0 --gpus 0,1 --work-dir work_dirs/p3
"""

from __future__ import annotations

import sys
from argparse import BooleanOptionalAction, Namespace
from typing import TYPE_CHECKING, Any

from flip_mm.apis.arguments import integer, nonempty, number
from flip_mm.utils.shipped import config_file

from .answers import OPTIONS
from .config_arguments import Options
from .parser import Parser

if TYPE_CHECKING:
    from flip_mm.experiments.pool import Pool

SETTINGS = ("work_dir", "protocol", "runs", "seeds", "shots", "holdout", "unlabelled", "aux", "data_root")
SETTINGS += ("depth_root", "cfg_options")


def parse_args() -> Namespace:
    """Read the command line."""
    parser = Parser(__doc__, OPTIONS["run"])
    parser.add_argument(
        "configs", nargs="+", metavar="CONFIG", type=nonempty, help="configs, or names of shipped ones; or one grid (YAML)"
    )
    parser.add_argument("--work-dir", type=nonempty, help="folder of all trainings and of results.csv")
    what = parser.add_argument_group("what is trained", "default: the choice of each config")
    what.add_argument("--protocol", help="protocol")
    what.add_argument("--runs", type=nonempty, help="all (default), targets M,O or runs C-I")
    what.add_argument("--seeds", type=nonempty, help="seeds: 0-4 or 0,2,5 (0)")
    what.add_argument("--shots", type=nonempty, help="target images per class in the training: 0,5 trains everything twice")
    what.add_argument("--holdout", type=number(0, 1), help="share of the source videos that do not train")
    what.add_argument("--unlabelled", choices=["train", "test"], help="list of target images to train on without labels")
    what.add_argument("--aux", action=BooleanOptionalAction, help="train with or without the auxiliary domain (CelebA-Spoof)")
    what.add_argument("--data-root", type=nonempty, help="folder of the data set, instead of the config's data/...")
    what.add_argument("--depth-root", type=nonempty, help="folder of depth maps, for methods that train on them")
    what.add_argument(
        "--cfg-options", nargs="+", action=Options, help="settings to override in all configs, key=value with dots"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--gpus", type=nonempty, help="GPUs, one training at a time on each: 0,1,2,3 (all)")
    where.add_argument("--parallel", type=integer(1, 1024), metavar="N", help="N trainings at a time, on the CPU")
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
    settings = read_settings(args)
    for config in settings["configs"] if isinstance(settings["configs"], list) else ():
        config_file(str(config))
    from flip_mm.experiments.settings import make_experiments

    experiments = make_experiments(settings)
    from flip_mm.experiments.job import State
    from flip_mm.experiments.progress import progress_on
    from flip_mm.experiments.run import run_interruptibly
    from flip_mm.experiments.summary import closing_text

    pool = choose_pool(args, experiments[0].work_dir)
    outcomes = run_interruptibly(experiments, pool, progress_on(sys.stdout))
    print(closing_text(outcomes, experiments[0].work_dir))
    return int(any(outcome.state is State.FAILED for outcome in outcomes))


def read_settings(args: Namespace) -> dict[str, Any]:
    """Return the settings of the command line; those of a grid, which it overrides, come first."""
    from flip_mm.experiments.grid import is_grid, read_grid

    grids = [path for path in args.configs if is_grid(path)]
    if grids and len(args.configs) > 1:
        raise ValueError(f"'{grids[0]}' is a grid and contains its configs: give it alone.")
    given = {name: value for name in SETTINGS if (value := getattr(args, name)) is not None}
    return dict(read_grid(grids[0]) if grids else dict(configs=args.configs)) | given


def choose_pool(args: Namespace, work_dir: str) -> Pool:
    """Return where the trainings run."""
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

    return SlurmPool(args.slurm, work_dir, parse_options(args.slurm_options or []))
