# SPDX-License-Identifier: Apache-2.0
"""Two trainings in one work dir would overwrite each other's checkpoints."""

from __future__ import annotations

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS

from flip_mm.folder_lock import FolderLock


@HOOKS.register_module()
class WorkDirLockHook(Hook):
    """Locks the work dir in the main process before anything in it is read, removed or replaced.

    ``tools/train.py`` and ``tools/test.py`` lock it before they build the runner; this covers other programs.

    Raises:
        BlockingIOError: Another training, or another test, holds the folder.
    """

    priority = "HIGHEST"

    def __init__(self) -> None:
        self.lock: FolderLock | None = None

    def before_run(self, runner: Runner) -> None:
        """Lock, and tell all processes whether it worked."""
        problem: list[tuple | None] = [None]
        if is_main_process():
            try:
                self.lock = FolderLock(runner.work_dir, "training" if isinstance(runner._train_loop, BaseLoop) else "test")
            except OSError as error:
                problem = [(error.errno, error.strerror, error.filename)]
        broadcast_object_list(problem)
        if problem[0] is not None:
            raise OSError(*problem[0])

    def after_run(self, runner: Runner) -> None:
        """Give it up."""
        if self.lock is not None:
            self.lock.release()
