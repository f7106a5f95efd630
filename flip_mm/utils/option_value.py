# SPDX-License-Identifier: Apache-2.0
"""Read the value of a setting from text."""

from __future__ import annotations

from typing import Any

from mmengine.config import DictAction


def option_value(text: str) -> Any:
    """Return a value as mmengine's ``--cfg-options`` reads it, but with the blanks of a text, as in names of folders.

    Raises:
        ValueError: The brackets or quotes of a list are wrong.

    Example:
        >>> option_value("1e-3"), option_value("[1, 2]"), option_value("my data/a.pth")
        (0.001, [1, 2], 'my data/a.pth')
    """
    try:
        value = DictAction._parse_iterable(text)
    except (AssertionError, ValueError, SyntaxError, RecursionError) as error:
        raise ValueError(f"The value '{text}' cannot be read: {error or 'its brackets'}") from error
    return text.strip("'\"") if isinstance(value, str) else value
