# SPDX-License-Identifier: Apache-2.0
"""Save checkpoints that a crash cannot damage; of two equally good ones the later is the best."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from mmengine.dist import is_main_process
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS

from flip_mm.evaluation.directions import direction_of
from flip_mm.utils.folder_lock import FolderLock
from flip_mm.utils.nearest import did_you_mean

from .durable_backend import PART
from .work_dir_lock_hook import lock_for_all

ADVICE = "remove the cause, then continue with --resume"
OPTIONS = inspect.signature(CheckpointHook).parameters.keys() - {"kwargs", "file_client_args", "backend_args"}


@HOOKS.register_module()
class BestCheckpointHook(CheckpointHook):
    """mmengine's ``CheckpointHook`` with four differences.

    - The direction follows from the metric (:mod:`flip_mm.evaluation.directions`), for each metric of a list and for
      ``'auto'``. ``rule`` is for metrics of other packages.
    - On equal values the **later** validation is the best. The published tables were made like this: of several validations
      with the lowest HTER they report AUC and TPR of the last.
    - Files are written by :class:`~flip_mm.engine.durable_backend.DurableBackend`. An old file is removed after the new one
      is on the disk; mmengine removes it first.
    - Only files in the hook's folder are removed, whatever paths a resumed checkpoint contains.

    Args:
        **options: Options of mmengine's hook, without ``backend_args`` and ``file_client_args``: checkpoints are local files.

    Raises:
        TypeError: There is no such option; mmengine's hook would ignore it.
    """

    # Valid keys in a config, for config_checks: the constructor lists none.
    CONFIG_KEYS = OPTIONS
    # For config_checks: without `rule` the direction follows from the metric.
    INFERS_DIRECTION = True
    rule_map = {"greater": lambda new, best: new >= best, "less": lambda new, best: new <= best}

    def __init__(self, **options: Any) -> None:
        for name in options.keys() - OPTIONS:
            suggestion = did_you_mean(name, sorted(OPTIONS), most=1) or f"; it takes {', '.join(sorted(OPTIONS))}."
            raise TypeError(f"default_hooks.checkpoint.{name}: BestCheckpointHook has no such option{suggestion}")
        super().__init__(**options, backend_args=dict(backend="durable", advice=ADVICE))
        self._replaced: dict[str, str] = {}
        self._lock: FolderLock | None = None

    def _init_rule(self, rules: list[str | None], key_indicator: list[str]) -> None:
        """Set the known directions, so that mmengine does not guess them."""
        rules = rules * len(key_indicator) if len(rules) == 1 else rules
        directions = [rule or direction_of(name) for rule, name in zip(rules, key_indicator, strict=True)]
        super()._init_rule(directions, key_indicator)

    def before_train(self, runner: Runner) -> None:
        """Take over the files of a resumed training, or warn about best checkpoints of an earlier one."""
        info = runner.message_hub.runtime_info
        kept = [step for step in info.get("keep_ckpt_ids", []) if isinstance(step, int)]
        runner.message_hub.update_info("keep_ckpt_ids", kept)
        super().before_train(runner)
        folder = Path(self.out_dir)
        if runner.iter:
            self.last_ckpt = str(folder / self.filename_tmpl.format(runner.epoch if self.by_epoch else runner.iter))
            self._set_best({key: self._best_in_folder(runner, path) for key, path in self._best().items()})
        # With out_dir, trainings of two work dirs may share this folder.
        self._lock = lock_for_all(folder, "training")
        if not is_main_process():
            return
        for path in folder.glob(f"*{PART}"):
            path.unlink()
            runner.logger.info(f"{path} is removed: it is incomplete.")
        if runner.iter:
            self._remove(runner, info.get("outdated", []))
        elif left := sorted(path.name for path in folder.glob("best_*.pth")):
            runner.logger.warning(
                f"{folder} contains {', '.join(left)} of an earlier training; use another --work-dir to keep them apart."
            )

    def after_train(self, runner: Runner) -> None:
        """Unlock the folder."""
        super().after_train(runner)
        if self._lock is not None:
            self._lock.release()

    def after_val_epoch(self, runner: Runner, metrics: dict) -> None:
        """Store that this iteration is validated, and save a checkpoint if it is the best."""
        runner.message_hub.update_info("last_validated_iter", runner.iter)
        super().after_val_epoch(runner, metrics)

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        """Save the best checkpoints, then remove the replaced ones."""
        self._replaced = {key: path for key, path in self._best().items() if path}
        # mmengine would remove the old best checkpoint too early: hide it.
        self._set_best(dict.fromkeys(self._best()))
        super()._save_best_checkpoint(runner, metrics)
        outdated = self._outdated_best()
        self._set_best({key: path or self._replaced.get(key) for key, path in self._best().items()})
        self._replaced = {}
        if is_main_process():
            self._remove(runner, outdated)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        """Save a checkpoint, write its path to ``last_checkpoint``, then remove the outdated ones.

        The checkpoint stores what will be removed: if the training is killed in between, resuming removes it.
        """
        outdated = self._outdated_best()
        if self.max_keep_ckpts > 0 and step not in self.keep_ckpt_ids:
            if len(self.keep_ckpt_ids) == self.max_keep_ckpts:
                outdated.append(self.filename_tmpl.format(self.keep_ckpt_ids.popleft()))
            self.keep_ckpt_ids.append(step)
            runner.message_hub.update_info("keep_ckpt_ids", list(self.keep_ckpt_ids))
        name = self.filename_tmpl.format(step)
        self.last_ckpt = str(Path(self.out_dir, name))
        runner.message_hub.update_info("last_ckpt", self.last_ckpt)
        runner.message_hub.update_info("outdated", outdated)
        runner.save_checkpoint(
            self.out_dir,
            name,
            save_optimizer=self.save_optimizer,
            save_param_scheduler=self.save_param_scheduler,
            meta=meta,
            by_epoch=self.by_epoch,
            backend_args=self.backend_args,
        )
        if is_main_process():
            self.file_backend.put_text(self.last_ckpt, Path(runner.work_dir, "last_checkpoint"))
            self._remove(runner, outdated)

    def _best(self) -> dict[str, str | None]:
        """Metric -> path of its best checkpoint; '' if there is only one metric, which mmengine may not know yet."""
        if not self.save_best:
            return {}
        return {"": self.best_ckpt_path} if len(self.key_indicators) == 1 else self.best_ckpt_path_dict

    def _set_best(self, paths: dict[str, str | None]) -> None:
        """Replace all of :meth:`_best`."""
        if len(paths) == 1:
            (self.best_ckpt_path,) = paths.values()
        elif paths:
            self.best_ckpt_path_dict = paths

    def _outdated_best(self) -> list[str]:
        """Names of the best checkpoints that were replaced."""
        best = self._best()
        return [Path(path).name for key, path in self._replaced.items() if best[key] not in (None, path)]

    def _best_in_folder(self, runner: Runner, path: str | None) -> str | None:
        """A resumed training's best checkpoint, if it is in this folder."""
        if path is None:
            return None
        local = Path(self.out_dir, Path(path).name)
        if local.is_file():
            return str(local)
        runner.logger.warning(f"The best checkpoint so far, {path}, is not in {self.out_dir}; it is neither used nor removed.")
        return None

    def _remove(self, runner: Runner, names: list[str]) -> None:
        """Remove checkpoints of this folder; the names may come from a file."""
        prefixes = ("best_", self.filename_tmpl.split("{")[0])
        for name in names:
            path = Path(self.out_dir, Path(name).name)
            if path.name.startswith(prefixes) and path.suffix == ".pth" and path.is_file():
                path.unlink()
                runner.logger.info(f"{path} is removed: a later checkpoint replaces it.")
