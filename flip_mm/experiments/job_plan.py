# SPDX-License-Identifier: Apache-2.0
"""A job before its seed is chosen."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flip_mm.apis.run_config import run_folder, run_settings

from .disk_space import checkpoint_space
from .expected import checked_config, expected_record
from .experiment import Experiment, command_line
from .job import Job
from .stage import Stage


@dataclass(frozen=True)
class Test:
    """A test of the last training of a job.

    Attributes:
        args: Its arguments, without seed.
        run: Name of the run that is tested: ``'CelebA->M'``.
        checkpoint: See :class:`~flip_mm.experiments.stage.Stage`.
        files: Folder of its files, inside of the folder of the job.
    """

    args: Namespace
    run: str
    checkpoint: str
    files: str


@dataclass(frozen=True)
class JobPlan:
    """A job before its seed is chosen: trainings and tests that passed all checks.

    Attributes:
        name: Name of the job without its seed.
        folder: Folder of the config.
        run: Settings of the run, which name the folder of the job.
        protocol_in_file: Protocol in the file of the config.
        trainings: Arguments and expected record of each training.
        space: Estimated bytes of all checkpoints of one job.
        tests: Tests of the last training.
    """

    name: str
    folder: Path
    run: Mapping[str, Any]
    protocol_in_file: str | None
    trainings: Sequence[tuple[Namespace, Mapping[str, Any]]]
    space: int
    tests: Sequence[Test] = ()

    @classmethod
    def checked(cls, experiment: Experiment, stages: Sequence[Namespace], protocol_in_file: str | None) -> JobPlan:
        """Check the trainings and return their plan.

        Args:
            experiment: They belong to it.
            stages: Arguments of the training of each stage, without seed.
            protocol_in_file: Protocol in the file of the last config.

        Raises:
            ValueError: A setting or the run is wrong.
            OSError: A file is missing.
        """
        configs = [checked_config(args) for args in stages]
        records = [expected_record(cfg) for cfg in configs]
        stem, run = Path(stages[-1].config).stem + experiment.variant, records[-1]["run"]
        details = [f"{run['shots']} shot{'s' * (run['shots'] > 1)}"] if run["shots"] else []
        details += [f"holdout {run['holdout']:g}"] if run["holdout"] else []
        return cls(
            name=" ".join([stem, run["name"], *details]),
            folder=Path(experiment.work_dir, stem),
            run=dict(run_settings(configs[-1])),
            protocol_in_file=protocol_in_file,
            trainings=list(zip(stages, records, strict=True)),
            space=sum(map(checkpoint_space, configs)),
        )

    def job(self, seed: int) -> Job:
        """Return the job with a seed."""
        folder = self.folder / run_folder(self.run, seed, self.protocol_in_file)
        stages: list[Stage] = []
        for number, (args, record) in enumerate(self.trainings, 1):
            own = folder if number == len(self.trainings) else folder / f"stage{number}-{Path(args.config).stem}"
            words = command_line(Namespace(**vars(args) | dict(seed=seed)))
            after = stages[-1].work_dir if stages else ""
            stages.append(Stage(("train", *words), str(own), {**record, "seed": seed}, after))
        for test in self.tests:
            words = command_line(Namespace(**vars(test.args) | dict(seed=seed)))
            expected = dict(run=dict(name=test.run))
            stages.append(Stage(("test", *words), str(folder), expected, str(folder), test.checkpoint, test.files))
        return Job(f"{self.name} seed {seed}", str(folder), tuple(stages), self.space)
