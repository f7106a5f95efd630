# SPDX-License-Identifier: Apache-2.0
"""mmengine's runner with a console for people."""

from __future__ import annotations

import io
import logging
from contextlib import redirect_stdout
from typing import Any

from mmengine.logging import MMLogger
from mmengine.registry import RUNNERS
from mmengine.runner import Runner

from .console import quieten


@RUNNERS.register_module()
class QuietRunner(Runner):
    """Environment, config and list of hooks go to the log file alone, and so does what mmengine reports while it runs.

    Chosen by ``runner_type='QuietRunner'``, which MMPretrain's own tools read as well. With ``log_level='DEBUG'`` everything is
    printed, as mmengine does.
    """

    def build_logger(self, log_level: int | str = "INFO", log_file: str | None = None, **kwargs: Any) -> MMLogger:
        """The logger, its console reduced to what a person reads."""
        logger = super().build_logger(log_level, log_file, **kwargs)
        if logging._checkLevel(log_level) > logging.DEBUG:
            quieten(logger)
        return logger

    def load_checkpoint(self, *args: Any, **kwargs: Any) -> dict:
        """Load a checkpoint; mmengine prints from where, this goes into the log."""
        printed = io.StringIO()
        with redirect_stdout(printed):
            checkpoint = super().load_checkpoint(*args, **kwargs)
        self.logger.info(printed.getvalue().strip())
        return checkpoint
