# SPDX-License-Identifier: Apache-2.0
"""Make the jobs of experiments; everything is checked before the first one starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from flip_mm.apis.run_config import load_config, run_settings
from flip_mm.datasets.protocols import RUNS
from flip_mm.utils.shipped import config_file

from .choices import choose_runs, needs_source
from .experiment import Experiment
from .job import Job
from .job_plan import JobPlan
from .one_training import has_one_training, plan_one_training
from .stages import check_start, stage_configs


def make_jobs(experiments: Sequence[Experiment]) -> list[Job]:
    """Return all jobs; those of the first seed come first, so that a table over all runs is complete early.

    Args:
        experiments: With different ``variant`` where they have the same configs and runs.

    Raises:
        ValueError: A run does not exist, two configs have the same name, a setting is wrong, or two jobs have one folder.
        OSError: A config, a list or another file is missing.
    """
    jobs: list[tuple[int, Job]] = []
    for experiment in experiments:
        _check_names(experiment.configs)
        plans = [plan for config in experiment.configs for plan in _plans_of(experiment, config)]
        jobs += [(position, plan.job(seed)) for plan in plans for position, seed in enumerate(experiment.seeds)]
    folders: set[str] = set()
    for _, job in jobs:
        if job.folder in folders:
            raise ValueError(f"Two trainings have the folder '{job.folder}': remove one of them from the grid.")
        folders.add(job.folder)
    return [job for _, job in sorted(jobs, key=lambda pair: pair[0])]


def _check_names(configs: Sequence[str]) -> None:
    """Refuse two configs with the same name: their work dirs and the rows of a table would be the same."""
    seen: dict[str, Path] = {}
    for config in configs:
        path = config_file(config)
        if (other := seen.get(path.stem)) is not None:
            if other.resolve() == path.resolve():
                raise ValueError(f"The config '{path}' is given twice: give it once.")
            raise ValueError(
                f"The configs '{other}' and '{path}' have the same name: rename one, it is the name of the folder and of the "
                "table's row."
            )
        seen[path.stem] = path


def _plans_of(experiment: Experiment, config: str) -> Iterator[JobPlan]:
    """Yield the plans of one config, one for each run and number of shots."""
    stages = stage_configs(config)
    check_start(experiment.work_dir, stages)
    own = run_settings(load_config(experiment.arguments(config, protocol=None)))
    in_file = own.get("protocol")
    protocol = experiment.protocol or in_file
    if protocol not in RUNS:
        # It has the message for a wrong protocol, and for a config without one.
        load_config(experiment.arguments(config, protocol=protocol or "p1"))
    runs = choose_runs(experiment.runs, protocol)
    for shots in experiment.shots or (None,):
        sees_target = shots or experiment.unlabelled or own.get("unlabelled") or own.get("shots")
        if has_one_training(protocol) and not sees_target:
            yield plan_one_training(experiment, stages, protocol, [target for _, target in runs], in_file)
            continue
        for sources, target in runs:
            source = sources[0] if needs_source(RUNS[protocol], target) else None
            chosen = [experiment.arguments(stage, target=target, source=source, shots=shots) for stage in stages]
            yield JobPlan.checked(experiment, chosen, in_file)
