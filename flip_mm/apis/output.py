# SPDX-License-Identifier: Apache-2.0
"""Escape control characters in everything that a tool prints and logs: texts from files must not control the terminal."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from flip_mm.utils.text import safe_text

# Allowed: line ends of Windows, and mmengine's colours of log levels.
ALLOWED = r"\r(?=\n)|(?:\x1b\[\d{1,2}m)+(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\x1b\[0m"
# A progress bar returns to the beginning of its line.
BAR = r"\A\r"


class SafeStream:
    """A text stream that escapes control characters.

    Args:
        stream: Gets :func:`~flip_mm.utils.text.safe_text` of each text, and has all other attributes.
        bars: Whether progress bars may be drawn on it.
    """

    def __init__(self, stream: TextIO, bars: bool = False) -> None:
        self.stream = stream
        # After a split by a pattern in brackets, the matches have odd indices.
        self._allowed = re.compile(f"({ALLOWED}|{BAR})" if bars else f"({ALLOWED})")

    def write(self, text: str) -> int:
        """Write text; return its length."""
        parts = self._allowed.split(text)
        self.stream.write("".join(part if index % 2 else safe_text(part) for index, part in enumerate(parts)))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        if name == "stream":  # not set yet, in a copy
            raise AttributeError(name)
        return getattr(self.stream, name)


def protect_output() -> None:
    """Apply :func:`~flip_mm.utils.text.safe_text` to the standard streams and all log records of this process.

    Characters that the output's encoding does not have are escaped, too.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        if stream is not None and not isinstance(stream, SafeStream):
            setattr(sys, name, SafeStream(stream, bars=name == "stderr"))
    # Python 3.14 colours the help of tools with codes that would be escaped.
    os.environ.setdefault("PYTHON_COLORS", "0")
    # Log files do not use the streams.
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _SafeRecords):
        logging.setLogRecordFactory(_SafeRecords(factory))


class _SafeRecords:
    """Makes log records with safe text."""

    def __init__(self, factory: Any) -> None:
        self.factory = factory

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self.factory(*args, **kwargs)
        try:
            message = record.getMessage()
        except Exception:  # arguments that do not fit the message: logging reports them and continues
            return record
        if (safe := safe_text(message)) != message:
            record.msg, record.args = safe, None
        return record
