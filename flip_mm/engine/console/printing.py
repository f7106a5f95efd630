# SPDX-License-Identifier: Apache-2.0
"""Print only lines for users, warnings and errors. The log file contains everything."""

from __future__ import annotations

import logging


def show(logger: logging.Logger, text: str) -> None:
    """Log a line for users: it is also printed, without time and level."""
    logger.info(text, extra={"shown": True})


def quieten(logger: logging.Logger) -> None:
    """Print only warnings, errors and what :func:`show` logs. Handlers that write to files do not change."""
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(handler, logging.FileHandler):
            handler.addFilter(_is_for_users)
            handler.setFormatter(PlainFormatter())


class PlainFormatter(logging.Formatter):
    """Formats a record as its message; warnings and errors start with their level."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        text = super().format(record)
        return f"{record.levelname}: {text}" if record.levelno >= logging.WARNING else text


def _is_for_users(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or getattr(record, "shown", False)
