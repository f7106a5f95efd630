# SPDX-License-Identifier: Apache-2.0
"""Stop a training or test that does not match its checkpoint or data sets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS

from flip_mm.config_checks.common_run import check_thresholds, common_run
from flip_mm.datasets import FASDataset, Run

from .checks.accumulation import accumulation_notice
from .checks.findings import Findings
from .checks.resume_checks import accumulation_counts, accumulation_problem, compare_for_resume
from .checks.resume_choice import newest_readable
from .checks.run_checks import compare_ancestors, compare_runs, compare_teacher
from .checks.weights_fit import activation, check_fit, unwrap
from .console.printing import show
from .records.data_record import list_record
from .records.run_record import KEY, comparable_record, datasets_of, stored_record
from .records.weights_record import teacher_record, teacher_weights


# Version 0.1 had three hooks; configs still use their names.
@HOOKS.register_module(name=["GuardHook", "ResumeGuardHook", "CheckpointGuardHook", "RunGuardHook"])
class GuardHook(Hook):
    """Compares dataloaders with each other, and checkpoints with the model, the run and the training to be resumed.

    It prevents training on the target by accident, and resuming from a checkpoint of another training. With ``--resume``
    alone it chooses the checkpoint, see :func:`~flip_mm.engine.checks.resume_choice.newest_readable`. If a config has several
    guards, by any name, only the first one works.

    Raises:
        ValueError: Dataloaders belong to different runs or read the wrong split; the threshold needs held-out videos and
            there are none; a checkpoint does not fit the model; a checkpoint or a teacher has seen more of the target or of
            the development set than the run allows; a checkpoint belongs to another training than the one to be resumed;
            gradients would be lost between two checkpoints.
        RuntimeError: None of the work dir's checkpoints can be read.
    """

    priority = "VERY_HIGH"

    def __init__(self) -> None:
        self.run: Run | None = None

    def before_run(self, runner: Runner) -> None:
        """Check the config, and choose the checkpoint to resume from before mmengine does."""
        if not self._is_first(runner):
            return
        self.run = common_run(runner.cfg)
        check_thresholds(runner.cfg, self.run)
        if not isinstance(getattr(runner, "_train_loop", None), BaseLoop):
            return
        if problem := accumulation_problem(runner.cfg):
            raise ValueError(problem)
        if runner._resume and runner._load_from is None:
            choice = [newest_readable(Path(runner.work_dir), runner.logger) if is_main_process() else None]
            broadcast_object_list(choice)
            runner._load_from = choice[0]
            runner._resume = choice[0] is not None

    def before_train(self, runner: Runner) -> None:
        """Check what a teacher has seen, and say what gradient accumulation means for the losses."""
        if not self._is_first(runner):
            return
        if self.run is not None:
            found = compare_teacher(teacher_record(unwrap(runner.model)), vars(self.run))
            if found.problems:
                raise ValueError(found.problems[0])
        for key, count in accumulation_counts(runner.cfg).items():
            if notice := accumulation_notice(unwrap(runner.model), count, key):
                show(runner.logger, notice)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Store what a later start compares, as plain data."""
        if not self._is_first(runner):
            return
        meta = checkpoint["meta"]
        if runner.cfg.filename:
            meta["config_file"] = Path(runner.cfg.filename).name
        # Names and shapes of weights do not show the activation.
        meta["quick_gelu"] = activation(unwrap(runner.model))
        # RecordHook stores more.
        meta.setdefault(KEY, comparable_record(runner))

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Compare the checkpoint; the runner calls this after it read the file and before it changes the model."""
        if not self._is_first(runner):
            return
        stored = stored_record(checkpoint)
        for finding in self._findings(runner, checkpoint, stored):
            for warning in finding.warnings:
                runner.logger.warning(warning)
            if finding.problems:
                raise ValueError(finding.problems[0])
            for note in finding.notes:
                show(runner.logger, note)

    def _findings(self, runner: Runner, checkpoint: dict, stored: dict) -> Iterator[Findings]:
        resumes = bool(runner.cfg.get("resume"))
        # First, because the options of a run, such as --holdout, change other settings, too.
        if self.run is not None:
            yield compare_runs(stored.get("run") or {}, vars(self.run), resumes)
            yield compare_ancestors(stored, vars(self.run))
        if resumes:
            current = comparable_record(runner)
            train = datasets_of(runner).get("train")
            current["lists"] = list_record(train) if isinstance(train, FASDataset) else {}
            current["weights"] = teacher_weights(runner.cfg.get("model") or {})
            yield compare_for_resume(checkpoint, stored, current)
        check_fit(unwrap(runner.model), checkpoint)

    def _is_first(self, runner: Runner) -> bool:
        """Whether this is the first guard of the runner."""
        guards = [hook for hook in getattr(runner, "hooks", ()) if isinstance(hook, GuardHook)]
        return not guards or guards[0] is self
