# SPDX-License-Identifier: Apache-2.0
"""Check whether a checkpoint has seen the test data, by comparing plain data without a runner."""

from __future__ import annotations

from collections.abc import Mapping

from flip_mm.config_checks.common_run import difference
from flip_mm.evaluation.seen import seen_before

from .findings import Findings

# First words of a problem.
CHECKPOINT = "The checkpoint"


def compare_ancestors(record: Mapping, run: Mapping) -> Findings:
    """Compare the runs of the checkpoints that a training started or learned from with the one that is trained or tested.

    Args:
        record: Record of the training.
        run: Fields of the current run.
    """
    subject = "A checkpoint that this one was started or distilled from"
    return Findings(
        tuple(
            problem
            for ancestor in seen_before(record)["runs"]
            for problem in compare_runs(ancestor, run, resumes=False, subject=subject).problems
        )
    )


def compare_teacher(record: Mapping, run: Mapping) -> Findings:
    """Compare the run of a teacher, and those of its ancestors, with the training of its student.

    Args:
        record: Record of the teacher's training; empty without a teacher.
        run: Fields of the student's run.
    """
    own = compare_runs(record.get("run") or {}, run, resumes=False, subject="The teacher").problems
    return Findings(own + compare_ancestors(record, run).problems)


def compare_runs(trained: Mapping, run: Mapping, resumes: bool, subject: str = CHECKPOINT) -> Findings:
    """Compare the run that a checkpoint was trained in with the one that is trained or tested.

    Args:
        trained: Fields of the checkpoint's :class:`~flip_mm.datasets.protocols.Run`; earlier versions stored fewer.
        run: Fields of the current run.
        resumes: Whether the checkpoint's training is resumed.
        subject: First words of a problem.

    Returns:
        The findings; report the first problem.
    """
    if not {"protocol", "sources", "target"} <= trained.keys():
        return Findings()
    trained = {"aux": (), "shots": 0, "holdout": 0.0} | dict(trained)
    problems, seen = [], (*trained["sources"], *trained["aux"])
    # Protocol intra trains and tests on different videos of one domain.
    if run["target"] in seen and not run["protocol"] == trained["protocol"] == "intra":
        # An ancestor's target may have been a source of a later training.
        other = f"--target {trained['target']}, or " if subject == CHECKPOINT else ""
        problems.append(
            f"{subject} was trained on {', '.join(seen)} and the target of this run is {run['target']}: a metric on "
            f"it would be worthless. Use {other}a checkpoint that has not seen the target."
        )
    if run["holdout"] > trained["holdout"]:
        problems.append(
            f"{subject} was trained with holdout={trained['holdout']} and has seen videos of the development set of "
            f"this run, holdout={run['holdout']}. "
            + (f"Use --holdout {trained['holdout']}" if trained["holdout"] else "Test it without --holdout and threshold='dev'")
            + f", or train with --holdout {run['holdout']}."
        )
    same_target = run["target"] == trained["target"]
    if same_target and run["shots"] < trained["shots"]:
        problems.append(
            f"{subject} was trained with {trained['shots']} image(s) per class of {run['target']}, the target, and "
            f"this run has shots={run['shots']}: the result would be reported as one without them. Use --shots "
            f"{trained['shots']}, or a checkpoint that was trained with --shots {run['shots']}."
        )
    unlabelled, current = trained.get("unlabelled", ""), run.get("unlabelled", "")
    if same_target and unlabelled and current != unlabelled:
        problems.append(
            f"{subject} was trained with images of {run['target']}, the target, without their labels "
            f"(run.unlabelled={unlabelled!r}), and this run has unlabelled={current!r}: the result would be reported as one "
            f"without them. Set run.unlabelled={unlabelled!r} in every dataloader, or use another checkpoint."
        )
    different = difference(trained, run)
    if different and resumes:
        problems.append(f"The training to be resumed belongs to another run: {different}. Use its --target and config.")
    note = f"The checkpoint was trained in another run that has not seen the target: {different}."
    return Findings(tuple(problems), notes=(note,) if different and not problems else ())
