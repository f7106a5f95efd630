# SPDX-License-Identifier: Apache-2.0
"""What a tool prints and logs: names and texts of files must not steer the terminal."""

from __future__ import annotations

import io
import logging
import os
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

from flip_mm.utils.text import safe_text

# What libraries write on purpose: Windows ends lines so, and mmengine colours the level of a log line on a terminal.
OWN = r"\r(?=\n)|(?:\x1b\[\d{1,2}m)+(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\x1b\[0m"
# A progress bar goes back to the beginning of its line.
BAR = r"\A\r"


class SafeStream:
    """A text stream through which no text of others reaches a terminal that would obey it.

    Args:
        stream: Gets :func:`~flip_mm.utils.text.safe_text` of what is written; all else is its own.
        bars: Whether progress bars may be drawn on it.
    """

    def __init__(self, stream: TextIO, bars: bool = False) -> None:
        self.stream = stream
        # Split by a pattern in brackets: what matches is at the odd places.
        self._own = re.compile(f"({OWN}|{BAR})" if bars else f"({OWN})")

    def write(self, text: str) -> int:
        """Write text; returns how many characters were given."""
        parts = self._own.split(text)
        self.stream.write("".join(part if place % 2 else safe_text(part) for place, part in enumerate(parts)))
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
    """Let the standard streams and all log records of this process pass through :func:`~flip_mm.utils.text.safe_text`.

    What the output's encoding lacks is written out as well.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        if stream is not None and not isinstance(stream, SafeStream):
            setattr(sys, name, SafeStream(stream, bars=name == "stderr"))
    # Python 3.14 colours the help of tools by codes that would be written out.
    os.environ.setdefault("PYTHON_COLORS", "0")
    # Log files do not pass through the streams.
    factory = logging.getLogRecordFactory()
    if not isinstance(factory, _SafeRecords):
        logging.setLogRecordFactory(_SafeRecords(factory))


class _SafeRecords:
    """Makes log records of safe text."""

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
