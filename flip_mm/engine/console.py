# SPDX-License-Identifier: Apache-2.0
"""What of the log is printed: lines for people, warnings and errors. The log file keeps everything."""

from __future__ import annotations

import logging


def show(logger: logging.Logger, text: str) -> None:
    """Log a line that a person is meant to read: it is printed as well, without time and level."""
    logger.info(text, extra={"shown": True})


def quieten(logger: logging.Logger) -> None:
    """Print only warnings, errors and what :func:`show` logs. Handlers that write into files stay as they are."""
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
            handler.addFilter(_is_for_people)
            handler.setFormatter(PlainFormatter())


class PlainFormatter(logging.Formatter):
    """The message alone; warnings and errors name their level."""

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        text = super().format(record)
        return f"{record.levelname}: {text}" if record.levelno >= logging.WARNING else text


def _is_for_people(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or getattr(record, "shown", False)
