# SPDX-License-Identifier: Apache-2.0
"""Lock the work dir: two trainings in it would overwrite each other's checkpoints."""

from __future__ import annotations

from pathlib import Path

from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import BaseLoop, Runner
from mmpretrain.registry import HOOKS

from flip_mm.utils.folder_lock import FolderLock


@HOOKS.register_module()
class WorkDirLockHook(Hook):
    """Locks the work dir in the main process before its files are read, removed or replaced.

    ``tools/train.py`` and ``tools/test.py`` lock it before they build the runner; this hook is for other programs.

    Raises:
        BlockingIOError: Another training, or another test, has locked the folder.
    """

    priority = "HIGHEST"

    def __init__(self) -> None:
        self.lock: FolderLock | None = None

    def before_run(self, runner: Runner) -> None:
        """Lock the work dir."""
        self.lock = lock_for_all(runner.work_dir, "training" if isinstance(runner._train_loop, BaseLoop) else "test")

    def after_run(self, runner: Runner) -> None:
        """Unlock the work dir."""
        if self.lock is not None:
            self.lock.release()


def lock_for_all(folder: str | Path, work: str) -> FolderLock | None:
    """Create and lock a folder in the main process, for all processes.

    Args:
        folder: The folder.
        work: See :class:`~flip_mm.utils.folder_lock.FolderLock`.

    Returns:
        The lock; None in all processes but the main one.

    Raises:
        OSError: The folder cannot be created or locked; raised in all processes.
    """
    lock, problem = None, [None]
    if is_main_process():
        try:
            Path(folder).mkdir(parents=True, exist_ok=True)
            lock = FolderLock(folder, work)
        except OSError as error:
            message = error.strerror
            if not isinstance(error, BlockingIOError):  # which has a complete message
                message += (
                    f": nothing can be written into '{folder}'. Choose another --work-dir, or out_dir of "
                    "default_hooks.checkpoint"
                )
            problem = [(error.errno, message)]
    broadcast_object_list(problem)
    if problem[0] is not None:
        raise OSError(*problem[0])
    return lock
