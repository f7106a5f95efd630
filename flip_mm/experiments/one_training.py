# SPDX-License-Identifier: Apache-2.0
"""One source, many targets: train once, test on every target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flip_mm.apis.inputs import check_inputs
from flip_mm.apis.run_config import load_config
from flip_mm.datasets.protocols import RUNS, Run, get_run
from flip_mm.evaluation.roles import DEV

from .experiment import Experiment
from .job_plan import JobPlan, Test

# Without effect in a test, which refuses it.
ONLY_TRAINING = "val_evaluator"


def has_one_training(protocol: str) -> bool:
    """Return whether all runs of a protocol have the same single source and several targets, as ``celeba`` has."""
    runs = RUNS[protocol]
    return len(runs) > 1 and len(runs[0][0]) == 1 and all(sources == runs[0][0] for sources, _ in runs)


def plan_one_training(
    experiment: Experiment, stages: Sequence[str], protocol: str, targets: Sequence[str], protocol_in_file: str | None
) -> JobPlan:
    """Return the plan of a training that is tested on several targets.

    No target chooses the checkpoint: it is the last one, and with holdout also the best one on held-out source videos.

    Args:
        experiment: It belongs to it.
        stages: Configs of all stages.
        protocol: A protocol with one training.
        targets: The targets to test on.
        protocol_in_file: Protocol in the file of the last config.

    Raises:
        ValueError: A setting or the run is wrong.
        OSError: A file is missing.
    """
    # The same for any choice of targets, so that more targets can be tested later.
    first = RUNS[protocol][0][1]
    holdout = _holdout(experiment, stages[-1], protocol, first)
    chosen = replace(experiment, protocol=protocol)
    training = dict(target=first, no_validate=not holdout, validate=DEV if holdout else "all")
    plan = JobPlan.checked(chosen, [chosen.arguments(stage, **training) for stage in stages], protocol_in_file)
    source = "+".join(RUNS[protocol][0][0])
    rules = ("", f"best_{DEV}_HTER_*.pth") if holdout else ("",)
    tests = [_test(experiment, stages[-1], protocol, target, rule) for target in targets for rule in rules]
    run: dict[str, Any] = {**plan.run, "source": source, "target": None}
    name = plan.name.replace(f"->{first}", "")
    return replace(plan, name=name, run=run, tests=tests)


def _holdout(experiment: Experiment, config: str, protocol: str, target: str) -> float:
    if experiment.holdout is not None:
        return experiment.holdout
    cfg = load_config(experiment.arguments(config, protocol=protocol, target=target))
    return cfg.train_dataloader.dataset.run.get("holdout", 0.0)


def _test(experiment: Experiment, config: str, protocol: str, target: str, checkpoint: str) -> Test:
    options = {key: value for key, value in experiment.cfg_options.items() if key.partition(".")[0] != ONLY_TRAINING}
    args = replace(experiment, protocol=protocol, cfg_options=options).arguments(config, target=target)
    check_inputs(load_config(args), ("test_dataloader",))
    run: Run = get_run(protocol, target)
    return Test(args, run.name, checkpoint, f"{target}_{DEV if checkpoint else 'last'}")
