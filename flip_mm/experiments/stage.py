# SPDX-License-Identifier: Apache-2.0
"""One training or test of a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flip_mm.engine.checks.resume_choice import candidates

# Files of a test in its work dir.
TESTED = ("scores_*", "figures_*.json", "roc_*.png", "det_*.png")


@dataclass(frozen=True)
class Stage:
    """One training or test, an ordinary call of ``flip_mm``.

    Attributes:
        arguments: Command, config and options without ``--work-dir``: ``("train", "flip_v_demo", "--seed", "0")``.
        work_dir: Its work dir.
        expected: What the record of the finished stage says: ``config``, ``run``, ``seed`` and ``data`` of a training, ``run``
            of a test.
        after: Work dir of the training that this stage starts from, or tests; ``''`` for none.
        checkpoint: Pattern of the checkpoint in ``after``, such as ``'best_dev_*.pth'``; ``''`` for the last one.
        files: Folder in the work dir for the files of a test: several tests in one work dir write files with the same names.
    """

    arguments: tuple[str, ...]
    work_dir: str
    expected: Mapping[str, Any] = field(default_factory=dict, compare=False)
    after: str = ""
    checkpoint: str = ""
    files: str = ""

    @property
    def action(self) -> str:
        """``'train'`` or ``'test'``."""
        return self.arguments[0]

    @property
    def log(self) -> Path:
        """The file with everything that the process prints, of all its starts."""
        return Path(self.work_dir, f"{self.action}.log")

    def given_checkpoint(self) -> Path | None:
        """Return the checkpoint that the stage starts from or tests; None if there is none yet."""
        if not self.after:
            return None
        folder = Path(self.after)
        found = sorted(folder.glob(self.checkpoint)) if self.checkpoint else candidates(folder)
        return found[0] if found else None

    def command(self) -> list[str]:
        """Return the arguments of ``flip_mm``, with work dir and checkpoint.

        Raises:
            FileNotFoundError: The checkpoint of the stage before is missing.
        """
        action, config, *options = self.arguments
        checkpoint = self.given_checkpoint()
        if self.after and checkpoint is None:
            raise FileNotFoundError(f"'{self.after}' has no checkpoint {self.checkpoint}, which the next stage needs.")
        options = [*options, "--work-dir", self.work_dir]
        if action == "test":
            return [action, config, str(checkpoint), *options]
        start = ["--cfg-options", f"load_from={checkpoint}"] if checkpoint else []
        return [action, config, *options, "--resume", *start]

    def move_files(self) -> None:
        """Move scores, metrics and plots of a test into the folder ``files``."""
        if not self.files:
            return
        target = Path(self.work_dir, self.files)
        target.mkdir(exist_ok=True)
        for kind in TESTED:
            for path in Path(self.work_dir).glob(kind):
                path.replace(target / path.name)
