# SPDX-License-Identifier: Apache-2.0
"""Choose the checkpoint of a work dir to resume from."""

from __future__ import annotations

import math
from logging import Logger
from pathlib import Path

from flip_mm.compat import load_checkpoint_file


def newest_readable(folder: Path, logger: Logger) -> str | None:
    """Return the checkpoint to resume from: ``last_checkpoint`` or, if that file is damaged, the newest readable one before.

    Args:
        folder: The work dir.
        logger: Gets a warning for each skipped checkpoint.

    Returns:
        Its path; None if there is no checkpoint.

    Raises:
        RuntimeError: There are checkpoints, and none can be read.
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
    logger.warning(f"--resume: {folder} contains no checkpoint, training starts at iteration 0.")
    return None


def candidates(folder: Path) -> list[Path]:
    """Return ``last_checkpoint`` and the checkpoints before it, newest first; all checkpoints if that file is empty.

    Checkpoints after ``last_checkpoint`` belong to an earlier training.
    """
    pointer = folder / "last_checkpoint"
    text = pointer.read_text(encoding="utf-8", errors="replace").strip() if pointer.is_file() else ""
    paths = sorted(folder.glob("iter_*.pth"), key=_number, reverse=True)
    if not text:
        return paths
    # A work dir may have been moved or copied. The folder in the pointer counts only if the work dir has none (out_dir).
    last = folder / Path(text).name if paths else Path(text)
    paths = paths or sorted(last.parent.glob("iter_*.pth"), key=_number, reverse=True)
    return [last, *(path for path in paths if _number(path) < _number(last))]


def _number(path: Path) -> float:
    """500 for iter_500.pth; infinity for other names, which come first."""
    digits = path.stem.removeprefix("iter_")
    return int(digits) if digits.isdecimal() else math.inf
