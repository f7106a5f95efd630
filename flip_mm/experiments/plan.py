# SPDX-License-Identifier: Apache-2.0
"""Make the jobs of experiments; everything is checked before the first one starts."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmengine.config import Config

from flip_mm.apis.run_config import load_config, run_folder, run_settings
from flip_mm.datasets.protocols import RUNS
from flip_mm.utils.shipped import config_file

from .choices import choose_runs, needs_source
from .expected import checked_config, expected_record
from .experiment import Experiment, command_line
from .job import Job
from .stage import Stage
from .stages import stage_configs


def make_jobs(experiments: Sequence[Experiment]) -> list[Job]:
    """Return all jobs; those of the first seed come first, so that a table over all runs is complete early.

    Args:
        experiments: With different ``variant`` where they have the same configs.

    Raises:
        ValueError: A run does not exist, two configs have the same name, a setting is wrong, or a work dir contains another
            training.
        OSError: A config, a list or another file is missing.
    """
    jobs: list[tuple[int, Job]] = []
    for experiment in experiments:
        _check_names(experiment.configs)
        for config in experiment.configs:
            jobs += _jobs_of(experiment, config)
    return [job for _, job in sorted(jobs, key=lambda pair: pair[0])]


def _check_names(configs: Sequence[str]) -> None:
    """Refuse two configs with the same name: their work dirs and the rows of a table would be the same."""
    seen: dict[str, Path] = {}
    for config in configs:
        path = config_file(config)
        if (other := seen.get(path.stem)) is not None:
            same = "is given twice" if other.resolve() == path.resolve() else f"has the same name as '{other}'"
            raise ValueError(f"The config '{path}' {same}: rename one, its name is that of the folder and of the table's row.")
        seen[path.stem] = path


def _jobs_of(experiment: Experiment, config: str) -> Iterator[tuple[int, Job]]:
    """Yield (position of the seed, job) of one config."""
    stages = stage_configs(config)
    in_file = run_settings(load_config(experiment.arguments(config, protocol=None))).get("protocol")
    protocol = experiment.protocol or in_file
    if protocol not in RUNS:
        # It has the message for a wrong protocol, and for a config without one.
        load_config(experiment.arguments(config, protocol=protocol or "p1"))
    for sources, target in choose_runs(experiment.runs, protocol):
        source = sources[0] if needs_source(RUNS[protocol], target) else None
        for shots in experiment.shots or (None,):
            chosen = [experiment.arguments(stage, target=target, source=source, shots=shots) for stage in stages]
            checked = [(args, checked_config(args)) for args in chosen]
            expected = [expected_record(cfg) for _, cfg in checked]
            for position, seed in enumerate(experiment.seeds):
                yield position, _job(experiment, checked, expected, seed, in_file)


def _job(
    experiment: Experiment,
    checked: Sequence[tuple[Namespace, Config]],
    expected: Sequence[Mapping[str, Any]],
    seed: int,
    in_file: str | None,
) -> Job:
    """One job: a training for each (arguments, config) in ``checked``."""
    made: list[Stage] = []
    (_, last), stem = checked[-1], Path(checked[-1][0].config).stem
    folder = Path(experiment.work_dir, stem + experiment.variant, run_folder(_with_seed(last, seed), in_file))
    for number, ((args, _), record) in enumerate(zip(checked, expected, strict=True), 1):
        is_last = number == len(checked)
        work_dir = folder if is_last else folder / f"stage{number}-{Path(args.config).stem}"
        words = command_line(Namespace(**vars(args) | dict(seed=seed)))
        after = made[-1].work_dir if made else ""
        made.append(Stage(("train", *words), str(work_dir), {**record, "seed": seed}, after))
    run = expected[-1]["run"]
    details = [f"{run['shots']} shots"] if run["shots"] else []
    name = " ".join([stem + experiment.variant, run["name"], *details, f"seed {seed}"])
    planned = sum((cfg.train_cfg.get("max_iters") or 0) for _, cfg in checked)
    return Job(name, str(folder), tuple(made), planned)


def _with_seed(cfg: Config, seed: int) -> Config:
    cfg.randomness.seed = seed
    return cfg
