# SPDX-License-Identifier: Apache-2.0
"""Run experiments: plan, check, train what is not finished, collect the results."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from mmengine.config import Config

from flip_mm.apis.interruption import Interrupted, interruptible
from flip_mm.apis.work_dir import check_work_dir

from .disk_space import check_space
from .experiment import Experiment
from .job import Outcome, is_finished
from .plan import make_jobs
from .pool import Pool
from .progress import Progress
from .record_state import read_valid_record
from .results_file import write_results


def run_experiments(experiments: Sequence[Experiment], pool: Pool, progress: Progress) -> list[Outcome]:
    """Run all jobs of experiments that are not finished, and write ``results.csv``.

    Args:
        experiments: With the same ``work_dir``.
        pool: Runs the jobs.
        progress: Shows what happens.

    Returns:
        The outcome of each job that was not finished before.

    Raises:
        ValueError: Something was refused before the first job started.
        OSError: The same.
    """
    folder = experiments[0].work_dir
    jobs = make_jobs(experiments)
    check_records(folder)
    finished = [job for job in jobs if is_finished(job)]
    waiting = [job for job in jobs if job not in finished]
    check_space(folder, waiting)
    check_work_dir(Config(dict(work_dir=folder)))
    progress.start(jobs, finished)
    outcomes = []
    try:
        with closing(pool.run(waiting)) as running:
            for outcome in running:
                outcomes.append(outcome)
                progress.ended(outcome)
    finally:
        progress.close()
        write_results(folder)
    return outcomes


def run_interruptibly(experiments: Sequence[Experiment], pool: Pool, progress: Progress) -> list[Outcome]:
    """Do the same as :func:`run_experiments` for a command.

    Raises:
        Interrupted: Ctrl-C or SIGTERM; the text says what happened to the trainings, and how to continue.
    """
    with interruptible() as stop:
        try:
            return run_experiments(experiments, pool, progress)
        except (Exception, KeyboardInterrupt) as error:
            if not (stop.is_requested or isinstance(error, KeyboardInterrupt)):
                raise
            raise Interrupted(f"Interrupted: {pool.left_behind}") from error


def check_records(folder: str | Path) -> None:
    """Refuse a damaged record anywhere in the folder: the results could not be collected at the end.

    Raises:
        ValueError: The message names the file.
    """
    for path in sorted(Path(folder).rglob("record*.json")):
        read_valid_record(path)
