# SPDX-License-Identifier: Apache-2.0
"""mmengine's runner, which prints only what users need."""

from __future__ import annotations

import io
import logging
from contextlib import redirect_stdout
from typing import Any

from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from flip_mm.config_checks.by_target import set_by_target
from flip_mm.config_checks.run_arguments import set_run_arguments

from .console.printing import quieten


@RUNNERS.register_module()
class QuietRunner(Runner):
    """Writes environment, config, list of hooks and mmengine's messages to the log file only.

    Chosen by ``runner_type='QuietRunner'``, also in MMPretrain's tools. With ``log_level='DEBUG'`` everything is printed.
    """

    @classmethod
    def from_cfg(cls, cfg: Config) -> Runner:
        """Build a runner, with the settings that follow from the run."""
        set_by_target(cfg)
        set_run_arguments(cfg)
        return super().from_cfg(cfg)

    def build_logger(self, log_level: int | str = "INFO", log_file: str | None = None, **kwargs: Any) -> MMLogger:
        """Build the logger, and let it print only messages for users."""
        logger = super().build_logger(log_level, log_file, **kwargs)
        if logging._checkLevel(log_level) > logging.DEBUG:
            quieten(logger)
        return logger

    def load_checkpoint(self, *args: Any, **kwargs: Any) -> dict:
        """Load a checkpoint; mmengine prints its path, which goes to the log instead."""
        printed = io.StringIO()
        with redirect_stdout(printed):
            checkpoint = super().load_checkpoint(*args, **kwargs)
        self.logger.info(printed.getvalue().strip())
        return checkpoint
