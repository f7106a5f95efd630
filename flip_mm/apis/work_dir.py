# SPDX-License-Identifier: Apache-2.0
"""The work dir: writable before anything is built, and without traces of a start that was refused."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import nullcontext, suppress
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.logging import MMLogger
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner

from flip_mm.utils.folder_lock import FolderLock

from .errors import user_message
from .processes import is_first

WORK = {"train": "training", "test": "test"}


def check_work_dir(cfg: Config) -> None:
    """Refuse a work dir that cannot be written, before anything is built.

    Raises:
        OSError: Naming the folder and why.
    """
    try:
        os.makedirs(cfg.work_dir, exist_ok=True)
        with tempfile.TemporaryFile(dir=cfg.work_dir):
            pass
    except OSError as error:
        raise OSError(
            error.errno,
            f"{error.strerror}: nothing can be written into the work dir '{os.path.abspath(cfg.work_dir)}'. Choose another "
            "with --work-dir",
        ) from error


def run(cfg: Config, action: str) -> None:
    """Build a runner and let it train or test; other trainings, or other tests, are kept out of its work dir.

    What the runner has written when a user's error ends it before the first iteration is removed again: its own log
    folder, the copy of the config, and folders that were made for it. Files of other runs in the work dir stay.

    Args:
        cfg: The config.
        action: ``'train'`` or ``'test'``. They write different files, so that a checkpoint can be tested while training.

    Raises:
        BlockingIOError: Another process does the same in this work dir.
    """
    folder = Path(cfg.work_dir)
    made = [path for path in (folder, *folder.absolute().parents) if not path.exists()]
    try:
        check_work_dir(cfg)
        with FolderLock(folder, WORK[action]) if is_first(cfg.launcher) else nullcontext():
            _run_locked(cfg, action, folder)
    except Exception:
        with suppress(OSError):  # a folder that is not empty stays, and all around it
            for path in made:
                path.rmdir()
        raise


def _run_locked(cfg: Config, action: str, folder: Path) -> None:
    copy = folder / Path(cfg.filename or "config.py").name
    is_new = not copy.exists()
    logs = {path.name for path in folder.iterdir()}
    runner = None
    try:
        runner = RUNNERS.build(cfg) if "runner_type" in cfg else Runner.from_cfg(cfg)
        getattr(runner, action)()
    except Exception as error:
        if user_message(error) and not _started(runner) and is_main_process():
            log = Path(MMLogger.get_current_instance().log_file or "none").parent
            if log.parent.absolute() == folder.absolute() and log.name not in logs:
                shutil.rmtree(log, ignore_errors=True)
            if is_new:
                copy.unlink(missing_ok=True)
        raise


def _started(runner: Runner | None) -> bool:
    # runner.iter would build the loop.
    loop = getattr(runner, "_train_loop", None)
    return isinstance(loop, BaseLoop) and loop.iter > 0
