# SPDX-License-Identifier: Apache-2.0
"""Run a training or test in its work dir; check the folder first, and clean it up if the start is refused."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import nullcontext, suppress
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.logging import MMLogger
from mmengine.registry import RUNNERS
from mmengine.runner import BaseLoop, Runner

from flip_mm.engine.records.record_file import FILE as RECORD
from flip_mm.utils.folder_lock import FolderLock

from .errors import user_message
from .interruption import Interrupted, Stop, best_checkpoints, interruptible, last_checkpoint, resume_command, training_message
from .processes import is_first
from .stop_hook import StopHook

WORK = {"train": "training", "test": "test"}


def check_work_dir(cfg: Config) -> None:
    """Create the work dir, and refuse one that cannot be written.

    Raises:
        OSError: The message names the folder and the reason.
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
    """Build a runner and let it train or test, with the work dir locked.

    If a user error or an interruption ends the run before its first iteration, its files are removed: the log folder, the copy
    of the config, the record, and new folders. Files of other runs are not changed.

    Args:
        cfg: The config.
        action: ``'train'`` or ``'test'``. They write different files: a checkpoint can be tested during the training.

    Raises:
        BlockingIOError: Another process does the same in this work dir.
        Interrupted: Ctrl-C or SIGTERM; the text says what was saved and how to continue.
    """
    folder = Path(cfg.work_dir)
    made = [path for path in (folder, *folder.absolute().parents) if not path.exists()]
    before, best = last_checkpoint(folder), best_checkpoints(folder)
    with interruptible() as stop:
        try:
            check_work_dir(cfg)
            with FolderLock(folder, WORK[action]) if is_first(cfg.launcher) else nullcontext():
                _run_locked(cfg, action, folder, stop)
        except (Exception, KeyboardInterrupt) as error:
            if not (stop.is_requested or isinstance(error, KeyboardInterrupt)):
                raise
            raise Interrupted(_interruption(cfg, action, before, best)) from error
        finally:
            with suppress(OSError):  # a folder that is not empty is kept
                for path in made:
                    path.rmdir()


def _run_locked(cfg: Config, action: str, folder: Path, stop: Stop) -> None:
    kept = {path: _content(path) for path in (folder / Path(cfg.filename or "config.py").name, folder / RECORD)}
    logs = {path.name for path in folder.iterdir()}
    runner = None
    try:
        runner = RUNNERS.build(cfg) if "runner_type" in cfg else Runner.from_cfg(cfg)
        runner.register_hook(StopHook(stop), priority="LOWEST")
        getattr(runner, action)()
    except (Exception, KeyboardInterrupt) as error:
        is_refused = stop.is_requested or isinstance(error, KeyboardInterrupt) or user_message(error)
        if is_refused and not _started(runner) and is_main_process():
            log = Path(MMLogger.get_current_instance().log_file or "none").parent
            if log.parent.absolute() == folder.absolute() and log.name not in logs:
                shutil.rmtree(log, ignore_errors=True)
            for path, content in kept.items():
                if content is None:
                    path.unlink(missing_ok=True)
                elif content != _content(path):
                    path.write_bytes(content)
        raise


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _started(runner: Runner | None) -> bool:
    # Reading runner.iter would build the loop.
    loop = getattr(runner, "_train_loop", None)
    return isinstance(loop, BaseLoop) and loop.iter > 0


def _interruption(cfg: Config, action: str, before: tuple[str, int], best: dict[str, int]) -> str:
    """The message of an interruption; '' in all processes but the first."""
    if not is_first(cfg.launcher):
        return ""
    if action == "test":
        return "Interrupted before the test was finished: start it again."
    is_resumed = bool(cfg.get("resume")) and not cfg.get("load_from")
    folder = Path(cfg.work_dir)
    new = [name for name, written in best_checkpoints(folder).items() if written != best.get(name)]
    return training_message(before, last_checkpoint(folder), is_resumed, resume_command(sys.argv, os.environ), new)
