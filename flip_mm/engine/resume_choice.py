# SPDX-License-Identifier: Apache-2.0
"""Which checkpoint of a work dir a training continues from."""

from __future__ import annotations

import math
from logging import Logger
from pathlib import Path

from flip_mm.compat import load_checkpoint_file


def newest_readable(folder: Path, logger: Logger) -> str | None:
    """The checkpoint to resume from: ``last_checkpoint`` or, if that file is damaged, the newest older one that can be read.

    Args:
        folder: The work dir.
        logger: Gets a warning of each checkpoint that is skipped.

    Returns:
        Its path; None if there is no checkpoint.

    Raises:
        RuntimeError: There are some, and none can be read.
    """
    refused = []
    for path in candidates(folder):
        try:
            load_checkpoint_file(path, "cpu")
        except (FileNotFoundError, RuntimeError) as error:
            refused.append(str(error))
            logger.warning(f"Checkpoint skipped. {error}")
            continue
        logger.info(f"Training continues from {path}.")
        return str(path)
    if refused:
        raise RuntimeError(
            f"None of the {len(refused)} checkpoints of {folder} can be read: {' '.join(refused)} Start again in another "
            "--work-dir."
        )
    logger.warning(f"--resume: {folder} holds no checkpoint, training starts at iteration 0.")
    return None


def candidates(folder: Path) -> list[Path]:
    """``last_checkpoint`` and the checkpoints before it, newest first; all of them if that file says nothing.

    Later ones than ``last_checkpoint`` are an earlier training's.
    """
    pointer = folder / "last_checkpoint"
    text = pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.is_file() else ""
    own = sorted(folder.glob("iter_*.pth"), key=_number, reverse=True)
    if not text:
        return own
    # A work dir may have been moved or copied; only if it holds none itself (out_dir) does the pointer's folder count.
    last = folder / Path(text).name if own else Path(text)
    own = own or sorted(last.parent.glob("iter_*.pth"), key=_number, reverse=True)
    return [last, *(path for path in own if _number(path) < _number(last))]


def _number(path: Path) -> float:
    """500 for iter_500.pth; other names come before all numbers."""
    digits = path.stem.removeprefix("iter_")
    return int(digits) if digits.isdecimal() else math.inf
